"""What each account gained or lost in a session, deposits and withdrawals apart.

Value is cash and positions (`jobs/transactions/valuation.py`); profit is closing value less opening value less external
flows. The opening value of a session is the closing value of the session before, computed from the same tables by the
same rule. An account has a row in every session in which it has cash or positions; cash has a row for every account from its
first movement on.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from jobs.transactions.valuation import PRICE_AGE_DAYS, PRICE_AGE_SESSIONS, valued
from lake.job import Job, lookback, opening
from schemas.market import BARS
from schemas.transactions import CASH_DAILY, POSITIONS_DAILY, PROFIT_AND_LOSS_DAILY

_OWNER = ["account_id", "currency_code"]
_SUMS = ["value_amount", "external_flow_amount", "trade_fee_amount", "n_stale_prices"]


@dataclass(frozen=True)
class Params:
    """price_age_days: how old the close of a position's instrument may be; a house rule.

    lookback_sessions: sessions of bars before the run. The opening session is one before it, so one more than the age.
    """

    price_age_days: int = PRICE_AGE_DAYS
    lookback_sessions: int = PRICE_AGE_SESSIONS + 1


def profit_and_loss_daily(
    positions_daily: DataFrame,
    opening_positions_daily: DataFrame,
    cash_daily: DataFrame,
    opening_cash_daily: DataFrame,
    bars: DataFrame,
    sessions: DataFrame,
    params: Params,
) -> DataFrame:
    """One row a session, account and currency."""
    positions = positions_daily.unionByName(opening_positions_daily)
    cash = cash_daily.unionByName(opening_cash_daily)
    values = _summed(_cash_values(cash), _position_values(positions, bars, params))
    return _with_openings(values).join(
        F.broadcast(sessions.select("session_date")), on="session_date", how="left_semi"
    )


def _cash_values(cash: DataFrame) -> DataFrame:
    return cash.select(
        "session_date",
        *_OWNER,
        F.col("closing_cash_amount").alias("value_amount"),
        "external_flow_amount",
        "trade_fee_amount",
    )


def _position_values(positions: DataFrame, bars: DataFrame, params: Params) -> DataFrame:
    return valued(positions, bars, params.price_age_days).select(
        "session_date",
        *_OWNER,
        F.col("market_value_amount").alias("value_amount"),
        F.col("is_stale").cast("bigint").alias("n_stale_prices"),
    )


def _summed(cash: DataFrame, positions: DataFrame) -> DataFrame:
    sums = [F.coalesce(F.sum(name), F.lit(0)).alias(name) for name in _SUMS]
    return cash.unionByName(positions, allowMissingColumns=True).groupBy("session_date", *_OWNER).agg(*sums)


def _with_openings(values: DataFrame) -> DataFrame:
    by_session = Window.partitionBy(*_OWNER).orderBy("session_date")
    before = F.coalesce(F.lag("value_amount").over(by_session), F.lit(0))
    profit = F.col("value_amount") - F.col("before_amount") - F.col("external_flow_amount")
    return values.withColumn("before_amount", before).select(
        "session_date",
        *_OWNER,
        _amount(F.col("before_amount")).alias("opening_value_amount"),
        _amount(F.col("external_flow_amount")).alias("external_flow_amount"),
        _amount(F.col("value_amount")).alias("closing_value_amount"),
        _amount(profit).alias("profit_amount"),
        _amount(F.col("trade_fee_amount")).alias("trade_fee_amount"),
        "n_stale_prices",
    )


def _amount(exact: Column) -> Column:
    return exact.cast("decimal(20,4)")


JOB = Job(
    writes=PROFIT_AND_LOSS_DAILY,
    reads=(
        POSITIONS_DAILY,
        opening(POSITIONS_DAILY),
        CASH_DAILY,
        opening(CASH_DAILY),
        lookback(BARS, sessions="lookback_sessions"),
    ),
    transform=profit_and_loss_daily,
    params={"standard": Params(), "small": Params()},
)
