"""What each position is worth at the end of a session, in its own currency, and by which close.

The rule is that of `jobs/transactions/valuation.py`; a close that is suspect values nothing. Whoever needs what an account
holds at its value reads this table, so that profit, risk, limits and margin never disagree about a position.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import DataFrame

from jobs.market.suspect_prices_daily import trusted
from jobs.transactions.valuation import PRICE_AGE_DAYS, PRICE_AGE_SESSIONS, valued
from lake.job import Job, lookback, whole
from schemas.market import BARS, CORPORATE_ACTIONS, SUSPECT_PRICES_DAILY
from schemas.transactions import POSITION_VALUES_DAILY, POSITIONS_DAILY


@dataclass(frozen=True)
class Params:
    """price_age_days: how old the close of a position's instrument may be; a house rule. lookback_sessions: that cover it."""

    price_age_days: int = PRICE_AGE_DAYS
    lookback_sessions: int = PRICE_AGE_SESSIONS


def position_values_daily(
    positions_daily: DataFrame,
    bars: DataFrame,
    suspect_prices_daily: DataFrame,
    corporate_actions: DataFrame,
    params: Params,
) -> DataFrame:
    """One row a position of `positions_daily`."""
    return valued(
        positions_daily, trusted(bars, suspect_prices_daily), corporate_actions, params.price_age_days
    ).select(*[column.name for column in POSITION_VALUES_DAILY.columns])


JOB = Job(
    writes=POSITION_VALUES_DAILY,
    reads=(
        POSITIONS_DAILY,
        lookback(BARS, sessions="lookback_sessions"),
        lookback(SUSPECT_PRICES_DAILY, sessions="lookback_sessions"),
        whole(CORPORATE_ACTIONS),
    ),
    transform=position_values_daily,
    params={"standard": Params(), "small": Params()},
)
