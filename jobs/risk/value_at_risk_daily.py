"""Value at risk and expected shortfall of each account that holds something, and of the whole book.

Historical simulation: the session's positions, at their value at its close (`jobs/transactions/valuation.py`), under the
simple price moves of the last sessions, funds through the baskets known at the session, bonds and stocks by their own
closes, deposits without a move. A missing close takes the last known one, so that its move is zero and the next spans the gap;
moves before an instrument's first close are zero; `n_missing_prices` counts both, each price once a portfolio. Shorter
histories give fewer scenarios, which the row says; below `min_scenarios` a session has no rows, and the gate says so.
The book is in one currency: a position in another fails the run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.risk.price_history import price_history
from jobs.risk.session_risk import COLUMNS, SessionRisk
from jobs.transactions.valuation import PRICE_AGE_DAYS, closes, valued
from lake.job import Job, as_of, lookback
from lake.sessions import book_calendar
from lake.structs import struct_type
from models.risk.convention import Convention
from schemas.market import BARS, INSTRUMENTS
from schemas.risk import VALUE_AT_RISK_DAILY
from schemas.transactions import POSITIONS_DAILY


@dataclass(frozen=True)
class Params:
    """lookback_sessions: sessions' price moves asked for; DOMAIN §3.2 names 250 and 500.

    min_scenarios: moves below which nothing is published. 100: with fewer, 99 % lies beyond all of them.
    confidences: fractions of one; DOMAIN §3.1, Basel (0.99), FRTB (0.975).
    price_age_days: how old a position's close may be; a house rule, the same as for profit and loss.
    book_currency: ISO 4217 code of the book.
    """

    lookback_sessions: int = 500
    min_scenarios: int = 100
    confidences: tuple[float, ...] = (0.95, 0.975, 0.99)
    price_age_days: int = PRICE_AGE_DAYS
    book_currency: str = "USD"

    @property
    def convention(self) -> Convention:
        """What the rows say about how they were computed."""
        return Convention(
            confidences=self.confidences,
            window_sessions=self.lookback_sessions,
            missing_data_policy="carry_forward",
        )


def value_at_risk_daily(
    positions_daily: DataFrame, bars: DataFrame, instruments: DataFrame, sessions: DataFrame, params: Params
) -> DataFrame:
    """One row a session, portfolio and confidence; a book that holds nothing has a risk of zero."""
    positions = valued(positions_daily, bars, params.price_age_days).select(
        "session_date", "account_id", "instrument_id", "market_value_amount", "currency_code"
    )
    # A session without positions keeps a row, so that its book is measured too.
    by_session = positions.unionByName(sessions.select("session_date"), allowMissingColumns=True)
    masters = instruments.select("session_date", "instrument_id", "instrument_type", "basket")
    # One call a session, on whole sessions: the book's scenarios are sums over all accounts.
    return (
        by_session.groupBy("session_date")
        .cogroup(masters.groupBy("session_date"))
        .applyInArrow(_measured(_session_risk(bars, sessions, params)), struct_type(COLUMNS))
    )


def _session_risk(bars: DataFrame, sessions: DataFrame, params: Params) -> SessionRisk:
    """The scenarios, collected once and sent to every task: bars are instruments x sessions, some ten thousand rows."""
    last: date = sessions.agg(F.max("session_date")).collect()[0][0]
    history = price_history(closes(bars).toArrow(), last, book_calendar())
    return SessionRisk(history, params.convention, params.min_scenarios, params.book_currency)


def _measured(risk: SessionRisk) -> Callable[[tuple[pa.Scalar, ...], pa.Table, pa.Table], pa.Table]:
    def measure(key: tuple[pa.Scalar, ...], positions: pa.Table, instruments: pa.Table) -> pa.Table:
        return risk.rows(key[0].as_py(), positions, instruments)

    return measure


JOB = Job(
    writes=VALUE_AT_RISK_DAILY,
    reads=(POSITIONS_DAILY, lookback(BARS, sessions="lookback_sessions"), as_of(INSTRUMENTS)),
    transform=value_at_risk_daily,
    params={
        "standard": Params(),
        # 2: the least that a quantile can be taken of. Twenty sessions see all that a price may be old.
        "small": Params(lookback_sessions=20, min_scenarios=2),
    },
)
