"""Value at risk and expected shortfall of each account that holds something, of groups of accounts, and of the whole book.

Historical simulation: the session's positions, at their value at its close (`jobs/transactions/valuation.py`), under the
simple price moves of the last sessions, funds through the baskets known at the session, bonds and stocks by their own
closes, deposits without a move. Moves are those of a holder: closes before an ex-date are adjusted for the split or
dividend (`models/risk/adjusted_closes.py`). A missing close takes the last known one, so that its move is zero and the next spans the gap;
moves before an instrument's first close are zero; `n_missing_prices` counts both, each price once a portfolio. Shorter
histories give fewer scenarios, which the row says; below `min_scenarios` a session has no rows, and the gate says so.
Everything is in the book's currency: a position in another is taken at the session's rate and moves with the rate too, and
cash in another currency is a position whose price is the rate (`jobs/market/exchange_rates.py`); without a rate the run fails.

An account counts in the group of its client's type and in that of the risk level that was known at the session. What is
published is historical simulation; the other methods (`models/risk/methods.py`) stand beside it for groups and the
book, Monte Carlo for the book, each under its own `method_name`. `is_in_domain` says where a method may not be used.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.market.exchange_rates import BOOK_CURRENCY
from jobs.market.suspect_prices_daily import trusted
from jobs.risk.account_blocks import laid_out
from jobs.risk.account_risk import AccountRisk
from jobs.risk.group_parts import PARTS_TYPE, PROFITS
from jobs.risk.group_risk import GroupRisk
from jobs.risk.held_positions import Market, held_positions, moves_of_sessions
from jobs.risk.risk_rows import COLUMNS, RiskRows
from jobs.transactions.valuation import PRICE_AGE_DAYS
from lake.job import Job, as_of, lookback, whole
from lake.structs import struct_type
from models.risk.convention import Convention
from schemas.clients import ACCOUNTS
from schemas.market import BARS, CORPORATE_ACTIONS, EXCHANGE_RATES, INSTRUMENTS, SUSPECT_PRICES_DAILY
from schemas.risk import VALUE_AT_RISK_DAILY
from schemas.transactions import CASH_DAILY, POSITION_VALUES_DAILY


@dataclass(frozen=True)
class Params:
    """lookback_sessions: sessions' price moves asked for; DOMAIN §3.2 names 250 and 500.

    min_scenarios: moves below which nothing is published. 100: with fewer, 99 % lies beyond all of them.
    confidences: fractions of one; DOMAIN §3.1, Basel (0.99), FRTB (0.975).
    rate_age_days: how old a rate may be; a house rule, the same as for a close that values a position.
    book_currency: ISO 4217 code of the book.
    seed: of drawn scenarios, with the session's day. n_blocks: how many blocks of 4,096 are drawn; four times as many
    halve the standard error, which the row says.
    """

    lookback_sessions: int = 500
    min_scenarios: int = 100
    confidences: tuple[float, ...] = (0.95, 0.975, 0.99)
    rate_age_days: int = PRICE_AGE_DAYS
    book_currency: str = BOOK_CURRENCY
    seed: int = 1
    n_blocks: int = 2

    @property
    def convention(self) -> Convention:
        """What the rows say about how they were computed."""
        return Convention(
            confidences=self.confidences,
            window_sessions=self.lookback_sessions,
            missing_data_policy="carry_forward",
        )


def value_at_risk_daily(
    position_values_daily: DataFrame,
    cash_daily: DataFrame,
    bars: DataFrame,
    suspect_prices_daily: DataFrame,
    corporate_actions: DataFrame,
    exchange_rates: DataFrame,
    instruments: DataFrame,
    accounts: DataFrame,
    sessions: DataFrame,
    params: Params,
) -> DataFrame:
    """One row a session, portfolio, method and confidence; a book that holds nothing has a risk of zero."""
    prices = trusted(bars, suspect_prices_daily)
    market = Market(prices, corporate_actions, exchange_rates, params.book_currency)
    held = held_positions(position_values_daily, cash_daily, market, accounts, sessions, params.rate_age_days)
    moves_of = moves_of_sessions(market, instruments, sessions, params.lookback_sessions)
    rows = RiskRows(params.convention, params.book_currency)
    # Computed once: accounts are done with it, and the few rows of groups are added up.
    measured = (
        laid_out(held)
        .mapInArrow(AccountRisk(moves_of, rows, params.min_scenarios), PARTS_TYPE)
        .localCheckpoint()
    )
    is_part = F.col(PROFITS).isNotNull()
    of_accounts = measured.where(~is_part).select(*[column.name for column in COLUMNS])
    risk = GroupRisk(moves_of, rows, params.seed, params.n_blocks)
    of_groups = (
        measured.where(is_part).groupBy("session_date").applyInArrow(_of_session(risk), struct_type(COLUMNS))
    )
    return of_accounts.unionByName(of_groups)


def _of_session(risk: GroupRisk) -> Callable[[tuple[pa.Scalar, ...], pa.Table], pa.Table]:
    def measured(key: tuple[pa.Scalar, ...], parts: pa.Table) -> pa.Table:
        return risk.measured(key[0].as_py(), parts)

    return measured


JOB = Job(
    writes=VALUE_AT_RISK_DAILY,
    reads=(
        POSITION_VALUES_DAILY,
        CASH_DAILY,
        lookback(BARS, sessions="lookback_sessions"),
        lookback(SUSPECT_PRICES_DAILY, sessions="lookback_sessions"),
        whole(CORPORATE_ACTIONS),
        lookback(EXCHANGE_RATES, sessions="lookback_sessions"),
        as_of(INSTRUMENTS),
        as_of(ACCOUNTS),
    ),
    transform=value_at_risk_daily,
    params={
        "standard": Params(),
        # 2: the least that a quantile can be taken of. Twenty sessions see all that a price may be old.
        "small": Params(lookback_sessions=20, min_scenarios=2),
    },
)
