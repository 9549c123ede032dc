"""What happened in each account over the last sessions: fills, rejected checks, money in and out, profit.

Amounts of all currencies are in the book's. All sums are of decimals and counts, which do not
depend on the order of rows, so a session comes out the same in every run that holds it.
"""

from __future__ import annotations

from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.churn.windows import LONG, SHORT, last, of_last, sessions_since, with_sums_so_far

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
    """One row a row of `known_accounts` (session_date, account_id): sums over the sessions up to that one.

    cash_daily, profit_and_loss_daily: in the book's currency.
    """
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
    by = "account_id"
    has_book = F.col("opening_value_amount").isNotNull()
    highest = F.max("profit_amount_so_far").over(last(LONG, by))
    return with_sums_so_far(rows, _NUMBERS, by).select(
        *_KEY,
        "is_asked_for",
        "closing_value_amount",
        F.min(F.when(has_book, F.col("session_number"))).over(last(LONG, by)).alias("first_book_number"),
        sessions_since(F.col("n_fills") > 0, LONG, by).alias("sessions_since_trade"),
        of_last(SHORT, "n_fills", by).alias("n_fills_short"),
        of_last(LONG, "n_fills", by).alias("n_fills_long"),
        of_last(SHORT, "n_rejected_checks", by).alias("n_rejected_checks_short"),
        (of_last(SHORT, "deposit_amount", by) - of_last(SHORT, "withdrawal_amount", by)).alias(
            "net_flow_short"
        ),
        of_last(LONG, "withdrawal_amount", by).alias("withdrawal_long"),
        of_last(SHORT, "sales_amount", by).alias("net_sales_short"),
        of_last(SHORT, "profit_amount", by).alias("profit_short"),
        (highest - F.col("profit_amount_so_far")).alias("fall_long"),
        _base(SHORT, by).alias("base_short"),
        _base(LONG, by).alias("base_long"),
    )


def _base(n_sessions: int, by: str) -> Column:
    """What there was before the window, and what was paid in within it."""
    opening = F.first("opening_value_amount", ignorenulls=True).over(last(n_sessions, by))
    return F.coalesce(opening, F.lit(0)) + of_last(n_sessions, "deposit_amount", by)
