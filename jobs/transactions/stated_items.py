"""What a statement and our books say of the same positions and cash, side by side.

Of several statements of a custodian, session and account the highest numbered counts. A statement is of the whole account: what
it does not list is nothing, and so is what our books do not have. Accounts without a statement are not compared.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.session_days import nights

STATED = ["session_date", "custodian_name", "account_id"]
ITEM = ["statement_item_type", "statement_item_id"]
_SAID = ["stated_value", "booked_value", "before_value", "fee_value", "currency_code"]


def newest(statements: DataFrame) -> DataFrame:
    """The statements that count: one a session, custodian and account."""
    latest = F.max_by(F.struct("stated_positions", "stated_cash"), "statement_number").alias("latest")
    return statements.groupBy(*STATED).agg(latest).select(*STATED, "latest.*")


def stated_items(
    statements: DataFrame, positions_daily: DataFrame, cash_daily: DataFrame, sessions: DataFrame
) -> DataFrame:
    """One row an item of STATED and ITEM: stated_value, booked_value, of the session before before_value, fee_value, currency.

    Values are decimal(38,8), 0 where one side has nothing: units for positions, money for cash. positions_daily, cash_daily: of
    the sessions, and of the one before the first.
    """
    counted = newest(statements)
    books = _positions(positions_daily).unionByName(_cash(cash_daily), allowMissingColumns=True)
    moved = books.unionByName(_as_before(books, sessions), allowMissingColumns=True)
    booked = moved.join(counted.select(*STATED), on=["session_date", "account_id"], how="inner")
    said = _stated_positions(counted).unionByName(_stated_cash(counted))
    sums = [F.coalesce(F.sum(name), F.lit(0)).cast("decimal(38,8)").alias(name) for name in _SAID[:-1]]
    return (
        said.unionByName(booked, allowMissingColumns=True)
        .groupBy(*STATED, *ITEM)
        .agg(*sums, F.max("currency_code").alias("currency_code"))
    )


def _stated_positions(counted: DataFrame) -> DataFrame:
    each = counted.select(*STATED, F.explode("stated_positions").alias("each"))
    return _stated(each, "position", F.col("each.instrument_id"), F.col("each.position_quantity"))


def _stated_cash(counted: DataFrame) -> DataFrame:
    each = counted.select(*STATED, F.explode("stated_cash").alias("each"))
    currency = F.col("each.currency_code")
    return _stated(each, "cash", currency, F.col("each.cash_amount"), currency)


def _stated(
    each: DataFrame, kind: str, item: Column, value: Column, currency: Column | None = None
) -> DataFrame:
    return each.select(
        *STATED,
        F.lit(kind).alias("statement_item_type"),
        item.alias("statement_item_id"),
        value.alias("stated_value"),
        (F.lit(None).cast("string") if currency is None else currency).alias("currency_code"),
    )


def _positions(positions_daily: DataFrame) -> DataFrame:
    return positions_daily.select(
        "session_date",
        "account_id",
        F.lit("position").alias("statement_item_type"),
        F.col("instrument_id").alias("statement_item_id"),
        F.col("position_quantity").alias("booked_value"),
        "currency_code",
    )


def _cash(cash_daily: DataFrame) -> DataFrame:
    return cash_daily.select(
        "session_date",
        "account_id",
        F.lit("cash").alias("statement_item_type"),
        F.col("currency_code").alias("statement_item_id"),
        F.col("closing_cash_amount").alias("booked_value"),
        F.col("trade_fee_amount").alias("fee_value"),
        "currency_code",
    )


def _as_before(books: DataFrame, sessions: DataFrame) -> DataFrame:
    """Each session's values once more, as those before the next session."""
    before = books.withColumnRenamed("session_date", "before_date")
    return before.join(F.broadcast(nights(sessions)), on="before_date", how="inner").select(
        "session_date",
        "account_id",
        *ITEM,
        F.col("booked_value").alias("before_value"),
        "currency_code",
    )
