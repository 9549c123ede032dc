"""Where a custodian's statement and our books disagree at the end of a session.

One row an item that differs, with both values and a name for what it looks like. A statement that equals our books of the
session before is one session behind; cash that is higher by exactly the session's fees was not charged them. Such a
name is a place to look first: two errors of the same size look alike.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.transactions.stated_items import ITEM, STATED, stated_items
from lake.job import Job, lookback
from schemas.transactions import CASH_DAILY, POSITIONS_DAILY, STATEMENT_BREAKS_DAILY, STATEMENTS


@dataclass(frozen=True)
class Params:
    """before_sessions: of our books before the run; 1 tells a statement that is one session behind."""

    before_sessions: int = 1


def statement_breaks_daily(
    statements: DataFrame,
    positions_daily: DataFrame,
    cash_daily: DataFrame,
    sessions: DataFrame,
    params: Params,
) -> DataFrame:
    """One row a session, custodian, account and item that differs."""
    items = stated_items(statements, positions_daily, cash_daily, sessions)
    is_cash = F.col("statement_item_type") == "cash"
    return items.where("stated_value <> booked_value").select(
        *STATED,
        *ITEM,
        _named(is_cash).alias("statement_break_name"),
        F.when(~is_cash, F.col("booked_value")).cast("decimal(20,8)").alias("booked_quantity"),
        F.when(~is_cash, F.col("stated_value")).cast("decimal(20,8)").alias("stated_quantity"),
        F.when(is_cash, F.col("booked_value")).cast("decimal(20,4)").alias("booked_cash_amount"),
        F.when(is_cash, F.col("stated_value")).cast("decimal(20,4)").alias("stated_cash_amount"),
        "currency_code",
    )


def _named(is_cash: Column) -> Column:
    stated, booked = F.col("stated_value"), F.col("booked_value")
    has_fees = F.col("fee_value") != 0
    is_behind = stated == F.col("before_value")
    return (
        F.when(is_behind, "one_session_behind")
        .when(~is_cash & (stated == 0), "not_in_statement")
        .when(~is_cash & (booked == 0), "not_in_books")
        .when(~is_cash, "quantity_differs")
        .when(has_fees & (stated - booked == F.col("fee_value")), "fees_not_charged")
        .otherwise("cash_differs")
    )


JOB = Job(
    writes=STATEMENT_BREAKS_DAILY,
    reads=(
        STATEMENTS,
        lookback(POSITIONS_DAILY, sessions="before_sessions"),
        lookback(CASH_DAILY, sessions="before_sessions"),
    ),
    transform=statement_breaks_daily,
    params={"standard": Params(), "small": Params()},
)
