from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.transactions.cash_daily import cash_daily
from lake.conform import conform
from schemas.transactions import CASH_DAILY, CASH_MOVEMENTS, CORRECTED_FILLS, CURRENCY_EXCHANGES
from tests.jobs.session_frames import MON, TUE, WED, of_sessions, sessions_of
from tests.rows import frame, only

if TYPE_CHECKING:
    from datetime import date

    from pyspark.sql import DataFrame, SparkSession

MOVEMENTS = (
    ("saver", MON, "deposit", 100),
    ("saver", MON, "withdrawal", -30),
    ("saver", WED, "interest", "0.5"),
    ("saver", WED, "dividend", "0.25"),
    ("saver", WED, "tax", "-0.1"),
    ("saver", WED, "fee", -3),
    ("trader", TUE, "deposit", 1000),
)
# Quantity, price, fee. 0.00005 x 1 is half of the last place.
TRADES = (
    ("trader", TUE, "1", "buy", "2.5", "10.01", "0.3"),
    ("trader", TUE, "2", "buy", "0.00005", 1, 0),
    ("trader", WED, "3", "sell", 1, 12, "0.2"),
    ("debtor", WED, "4", "sell", "0.00005", 1, 0),
)


def inputs(spark: SparkSession) -> tuple[DataFrame, DataFrame]:
    movements = [
        {"account_id": who, "session_date": str(day), "cash_movement_type": kind, "cash_amount": amount}
        for who, day, kind, amount in MOVEMENTS
    ]
    names = ("fill_id", "side", "quantity", "price", "fee_amount")
    trades = [
        {"account_id": who, "session_date": str(day), **dict(zip(names, told, strict=True))}
        for who, day, *told in TRADES
    ]
    return frame(spark, CORRECTED_FILLS, *trades), frame(spark, CASH_MOVEMENTS, *movements)


def run(spark: SparkSession, opening: DataFrame, *days: date) -> DataFrame:
    fills, movements = inputs(spark)
    made = cash_daily(
        of_sessions(fills, *days),
        of_sessions(movements, *days),
        frame(spark, CURRENCY_EXCHANGES),
        opening,
        sessions_of(spark, *days),
    )
    return conform(made, CASH_DAILY)


def found(frame: DataFrame) -> list[tuple[object, ...]]:
    """Account, day, then opening, external, income, trades, fees, closing."""
    names = ("account_id", "session_date", "opening_cash_amount", "external_flow_amount", "income_amount", "trade_flow_amount", "trade_fee_amount", "closing_cash_amount")  # fmt: skip
    return [
        (row["account_id"], row["session_date"].day, *[str(row[name]) for name in names[2:]])
        for row in only(frame, *names)
    ]


EXPECTED = [
    ("debtor", 21, "0.0000", "0.0000", "0.0000", "0.0001", "0.0000", "0.0001"),
    ("opened", 19, "5.0000", "0.0000", "0.0000", "0.0000", "0.0000", "5.0000"),
    ("opened", 20, "5.0000", "0.0000", "0.0000", "0.0000", "0.0000", "5.0000"),
    ("opened", 21, "5.0000", "0.0000", "0.0000", "0.0000", "0.0000", "5.0000"),
    ("saver", 19, "0.0000", "70.0000", "0.0000", "0.0000", "0.0000", "70.0000"),
    ("saver", 20, "70.0000", "0.0000", "0.0000", "0.0000", "0.0000", "70.0000"),
    ("saver", 21, "70.0000", "0.0000", "-2.3500", "0.0000", "0.0000", "67.6500"),
    ("trader", 20, "0.0000", "1000.0000", "0.0000", "-25.0251", "0.3000", "974.6749"),
    ("trader", 21, "974.6749", "0.0000", "0.0000", "12.0000", "0.2000", "986.4749"),
]


def opened(spark: SparkSession) -> DataFrame:
    return frame(
        spark,
        CASH_DAILY,
        {"account_id": "opened", "session_date": "2022-12-16", "closing_cash_amount": 5},
    )


def test_opening_and_flows_make_closing(spark: SparkSession) -> None:
    assert found(run(spark, opened(spark), MON, TUE, WED)) == EXPECTED


def test_any_cut_gives_the_same(spark: SparkSession) -> None:
    first = run(spark, opened(spark), MON).localCheckpoint()
    second = run(spark, first, TUE).localCheckpoint()
    third = run(spark, second, WED)
    assert found(first.unionByName(second).unionByName(third)) == EXPECTED


def test_the_promise_holds_for_what_is_made(spark: SparkSession) -> None:
    (promise,) = CASH_DAILY.promises
    assert run(spark, opened(spark), MON, TUE, WED).where(f"NOT ({promise.sql})").count() == 0


def test_an_exchange_leaves_one_currency_and_comes_into_another(spark: SparkSession) -> None:
    exchanges = [
        {"session_date": day, "account_id": "one", "currency_exchange_id": f"X{number}", "sold_currency_code": sold,
         "sold_amount": given, "bought_currency_code": bought, "bought_amount": got}
        for number, (day, sold, given, bought, got) in enumerate((
            (TUE, "USD", 1102, "EUR", 1000), (TUE, "EUR", 300, "GBP", "250.5"), (WED, "EUR", 700, "USD", 768),
        ))
    ]  # fmt: skip
    made = cash_daily(
        frame(spark, CORRECTED_FILLS),
        frame(spark, CASH_MOVEMENTS, {"session_date": MON, "account_id": "one", "cash_amount": 2000}),
        frame(spark, CURRENCY_EXCHANGES, *exchanges),
        frame(spark, CASH_DAILY),
        sessions_of(spark, MON, TUE, WED),
    )
    rows = only(conform(made, CASH_DAILY))
    assert [
        (
            row["currency_code"],
            row["session_date"],
            float(row["exchange_flow_amount"]),
            float(row["closing_cash_amount"]),
        )
        for row in rows
    ] == [
        ("USD", MON, 0, 2000), ("EUR", TUE, 700, 700), ("GBP", TUE, 250.5, 250.5), ("USD", TUE, -1102, 898),
        ("EUR", WED, -700, 0), ("GBP", WED, 0, 250.5), ("USD", WED, 768, 1666),
    ]  # fmt: skip
    assert {row["external_flow_amount"] + row["income_amount"] for row in rows} == {0, 2000}
