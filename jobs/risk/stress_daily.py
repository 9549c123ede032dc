"""What the book, and each group of accounts, would lose under moves that happened once or that somebody thought of.

The session's positions, at their value at its close, under each scenario of `jobs/risk/stress_scenarios.toml`; funds through
the baskets known at the session, deposits without a move. What a scenario gives no move is not taken for unmoved: the row
lists it and says how much of it is held. An episode takes an instrument's closes at its two ends, and is replayed once it
is over. An index scenario moves everything by its beta against the equal-weighted mean of the stocks, over the window that
value at risk looks at, and covariances are those of that window; an instrument without a move in it has neither. A loss under
stressed covariances is the normal loss of one day, mean zero, at the scenario's confidence. Rates move bonds by at most what
a single payment at maturity would move: an instrument says when it is repaid, and not which coupon it pays. Everything is in the
book's currency: what is in another moves with the rate too, and cash in another is a position (`jobs/risk/held_positions.py`). An
episode moves what has a close and a rate at both its ends. A currency scenario moves what is in another currency and says nothing
of the rest. The reverse asks how far the index must fall until a share of the margin
accounts that owe something stands at the line of forced sale: the positions of each follow their betas, what has none stays.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.market.exchange_rates import BOOK_CURRENCY
from jobs.market.suspect_prices_daily import trusted
from jobs.risk.held_positions import Market, held_values, portfolios, rates_into
from jobs.risk.scenario_moves import Seen
from jobs.risk.session_positions import GROUPED_BY
from jobs.risk.session_stress import COLUMNS, MARGIN, SessionStress, closes_by_session
from jobs.risk.stress_scenarios import SCENARIOS, Episode, Scenario
from jobs.session_days import days_of
from jobs.transactions.corporate_actions import standing
from jobs.transactions.valuation import PRICE_AGE_DAYS, closes
from lake.job import Job, as_of, lookback, named, whole
from lake.structs import struct_type
from schemas.clients import ACCOUNTS
from schemas.market import BARS, CORPORATE_ACTIONS, EXCHANGE_RATES, INSTRUMENTS, SUSPECT_PRICES_DAILY
from schemas.risk import MARGIN_DAILY, STRESS_DAILY
from schemas.transactions import CASH_DAILY, POSITION_VALUES_DAILY


@dataclass(frozen=True)
class Params:
    """lookback_sessions, min_scenarios: of the window that betas and covariances are taken of, as for value at risk.

    rate_age_days: how old a rate may be. book_currency: ISO 4217 code of the book.
    """

    lookback_sessions: int = 500
    min_scenarios: int = 100
    rate_age_days: int = PRICE_AGE_DAYS
    book_currency: str = BOOK_CURRENCY
    scenarios: tuple[Scenario, ...] = SCENARIOS

    @property
    def episode_sessions(self) -> tuple[date, ...]:
        """The sessions whose closes bound the episodes, sorted."""
        shocks = [each.shock for each in self.scenarios]
        return tuple(
            sorted({day for each in shocks if isinstance(each, Episode) for day in (each.first, each.last)})
        )


def stress_daily(
    position_values_daily: DataFrame,
    cash_daily: DataFrame,
    bars: DataFrame,
    suspect_prices_daily: DataFrame,
    named_bars: DataFrame,
    corporate_actions: DataFrame,
    exchange_rates: DataFrame,
    named_exchange_rates: DataFrame,
    instruments: DataFrame,
    accounts: DataFrame,
    margin_daily: DataFrame,
    sessions: DataFrame,
    params: Params,
) -> DataFrame:
    """One row a session, portfolio and scenario; a book that holds nothing loses nothing."""
    prices = trusted(bars, suspect_prices_daily)
    market = Market(prices, corporate_actions, exchange_rates, params.book_currency)
    values = held_values(position_values_daily, cash_daily, market, sessions, params.rate_age_days)
    held = (
        _by_portfolio(values, accounts)
        .unionByName(
            _of_margin_accounts(values, margin_daily, params.book_currency), allowMissingColumns=True
        )
        .unionByName(sessions.select("session_date"), allowMissingColumns=True)
    )
    masters = instruments.select(
        "session_date", "instrument_id", "instrument_type", "basket", "maturity_date", "currency_code"
    )
    stress = SessionStress(
        Seen(market.history(days_of(sessions)[-1]), params.lookback_sessions, params.min_scenarios),
        # Collected: instruments x the two ends of each episode.
        closes_by_session(
            closes(named_bars).toArrow(),
            standing(corporate_actions).toArrow(),
            rates_into(named_exchange_rates, params.book_currency).toArrow(),
            params.book_currency,
        ),
        params.scenarios,
        params.book_currency,
    )
    return (
        held.groupBy("session_date")
        .cogroup(masters.groupBy("session_date"))
        .applyInArrow(_stressed(stress), struct_type(COLUMNS))
    )


def _by_portfolio(values: DataFrame, accounts: DataFrame) -> DataFrame:
    """What groups of accounts and the book hold of each instrument: groups x instruments rows a session."""
    labels = accounts.select("session_date", "account_id", *GROUPED_BY)
    value = F.col("market_value_amount")
    return (
        values.join(labels, on=["session_date", "account_id"], how="left")
        .select(
            "session_date",
            "instrument_id",
            value,
            F.explode(portfolios()).alias("portfolio"),
        )
        .groupBy(
            "session_date",
            "portfolio.portfolio_type",
            "portfolio.portfolio_id",
            "instrument_id",
        )
        .agg(
            F.sum(value).alias("market_value_amount"),
            F.sum(F.abs(value)).alias("gross_amount"),
            F.count("*").alias("n_positions"),
        )
    )


def _of_margin_accounts(values: DataFrame, margin_daily: DataFrame, book_currency: str) -> DataFrame:
    """Accounts that owe something in the book's currency: a row of MARGIN each, and a row a position, cash apart."""
    owes = (F.col("debt_amount") > 0) & (F.col("currency_code") == book_currency)
    owing = margin_daily.where(owes).select("session_date", "account_id", *MARGIN)
    return (
        values.where(F.col("instrument_id") != F.col("currency_code"))
        .join(owing, on=["session_date", "account_id"], how="left_semi")
        .select("session_date", "account_id", "instrument_id", "market_value_amount")
        .unionByName(owing, allowMissingColumns=True)
        .withColumnRenamed("account_id", "margin_account_id")
    )


def _stressed(stress: SessionStress) -> Callable[[tuple[pa.Scalar, ...], pa.Table, pa.Table], pa.Table]:
    def rows(key: tuple[pa.Scalar, ...], positions: pa.Table, instruments: pa.Table) -> pa.Table:
        return stress.rows(key[0].as_py(), positions, instruments)

    return rows


JOB = Job(
    writes=STRESS_DAILY,
    reads=(
        POSITION_VALUES_DAILY,
        CASH_DAILY,
        lookback(BARS, sessions="lookback_sessions"),
        lookback(SUSPECT_PRICES_DAILY, sessions="lookback_sessions"),
        named(BARS, sessions="episode_sessions"),
        whole(CORPORATE_ACTIONS),
        lookback(EXCHANGE_RATES, sessions="lookback_sessions"),
        named(EXCHANGE_RATES, sessions="episode_sessions"),
        as_of(INSTRUMENTS),
        as_of(ACCOUNTS),
        MARGIN_DAILY,
    ),
    transform=stress_daily,
    params={
        "standard": Params(),
        # As value at risk: twenty sessions see all that a price may be old.
        "small": Params(lookback_sessions=20, min_scenarios=2),
    },
)
