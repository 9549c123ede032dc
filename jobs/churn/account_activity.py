"""What happened in each account over the last sessions: fills, rejected checks, money in and out, profit.

Amounts are added over currencies as they are: the book has one. All sums are of decimals and counts, which do not
depend on the order of rows, so a session comes out the same in every run that holds it.
"""

from __future__ import annotations

from functools import reduce

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from jobs.churn.windows import LONG, SHORT, last, sessions_since

_KEY = ("session_date", "account_id")
_NUMBERS = (
    "n_fills",
    "n_rejected_checks",
    "deposit_amount",
    "withdrawal_amount",
    "sales_amount",
    "profit_amount",
)


def account_activity(
    known_accounts: DataFrame,
    corrected_fills: DataFrame,
    order_checks: DataFrame,
    cash_daily: DataFrame,
    profit_and_loss_daily: DataFrame,
    numbers: DataFrame,
) -> DataFrame:
    """One row a row of `known_accounts` (session_date, account_id): sums over the sessions up to that one."""
    seen = (
        known_accounts.select(*_KEY, F.lit(True).alias("is_asked_for")),
        corrected_fills.groupBy(*_KEY).agg(F.count("*").alias("n_fills")),
        _rejected(order_checks),
        cash_daily.groupBy(*_KEY).agg(F.sum("trade_flow_amount").alias("sales_amount")),
        _book(profit_and_loss_daily),
    )
    rows = reduce(lambda left, right: left.unionByName(right, allowMissingColumns=True), seen)
    return _over_windows(_one_a_session(rows).join(F.broadcast(numbers), "session_date", how="inner")).where(
        "is_asked_for"
    )


def _rejected(order_checks: DataFrame) -> DataFrame:
    rejected = order_checks.where("check_outcome = 'rejected'")
    return rejected.groupBy(*_KEY).agg(F.count("*").alias("n_rejected_checks"))


def _book(profit_and_loss_daily: DataFrame) -> DataFrame:
    """Flows are net by account and session: what comes in and goes out on one day has not moved."""
    flow, nothing = F.col("external_flow_amount"), F.lit(0).cast("decimal(20,4)")
    return profit_and_loss_daily.groupBy(*_KEY).agg(
        F.sum("opening_value_amount").alias("opening_value_amount"),
        F.sum("closing_value_amount").alias("closing_value_amount"),
        F.sum(F.greatest(flow, nothing)).alias("deposit_amount"),
        F.sum(F.greatest(-flow, nothing)).alias("withdrawal_amount"),
        F.sum("profit_amount").alias("profit_amount"),
    )


def _one_a_session(rows: DataFrame) -> DataFrame:
    return rows.groupBy(*_KEY).agg(
        F.coalesce(F.max("is_asked_for"), F.lit(False)).alias("is_asked_for"),
        F.max("opening_value_amount").alias("opening_value_amount"),
        F.max("closing_value_amount").alias("closing_value_amount"),
        *[F.coalesce(F.max(name), F.lit(0)).alias(name) for name in _NUMBERS],
    )


def _over_windows(rows: DataFrame) -> DataFrame:
    short, long = last(SHORT, ["account_id"]), last(LONG, ["account_id"])
    history = Window.partitionBy("account_id").orderBy("session_number")
    has_book = F.col("opening_value_amount").isNotNull()
    opening = F.coalesce(F.first("opening_value_amount", ignorenulls=True).over(short), F.lit(0))
    opening_long = F.coalesce(F.first("opening_value_amount", ignorenulls=True).over(long), F.lit(0))
    return rows.withColumn("summed_profit_amount", F.sum("profit_amount").over(history)).select(
        *_KEY,
        "is_asked_for",
        "closing_value_amount",
        F.min(F.when(has_book, F.col("session_number"))).over(long).alias("first_book_number"),
        sessions_since(F.col("n_fills") > 0, long).alias("sessions_since_trade"),
        F.sum("n_fills").over(short).alias("n_fills_short"),
        F.sum("n_fills").over(long).alias("n_fills_long"),
        F.sum("n_rejected_checks").over(short).alias("n_rejected_checks_short"),
        (F.sum("deposit_amount").over(short) - F.sum("withdrawal_amount").over(short)).alias(
            "net_flow_short"
        ),
        F.sum("withdrawal_amount").over(long).alias("withdrawal_long"),
        F.sum("sales_amount").over(short).alias("net_sales_short"),
        F.sum("profit_amount").over(short).alias("profit_short"),
        (F.max("summed_profit_amount").over(long) - F.col("summed_profit_amount")).alias("fall_long"),
        (opening + F.sum("deposit_amount").over(short)).alias("base_short"),
        (opening_long + F.sum("deposit_amount").over(long)).alias("base_long"),
    )
