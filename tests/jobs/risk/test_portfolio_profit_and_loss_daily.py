from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from jobs.risk.portfolio_profit_and_loss_daily import portfolio_profit_and_loss_daily
from lake.conform import conform
from schemas.risk import PORTFOLIO_PROFIT_AND_LOSS_DAILY
from schemas.transactions import PROFIT_AND_LOSS_DAILY
from tests.jobs.session_frames import FRI, THU, WED, of_sessions, sessions_of
from tests.rows import frame, only

if TYPE_CHECKING:
    from datetime import date

    from pyspark.sql import DataFrame, SparkSession

# Session, account, client type, risk level, clean profit, actual profit.
ROWS = (
    (WED, "steady", "ordinary", "C2", 100, 100),
    (WED, "assessed", "ordinary", None, 100, 100),
    (THU, "steady", "ordinary", "C2", -10, -11),
    (THU, "assessed", "ordinary", "C4", -20, -21),
    (THU, "new", "professional", "C5", 0, 5),
    (FRI, "steady", "ordinary", "C2", 1, 1),
    (FRI, "assessed", "ordinary", "C4", 2, 2),
    (FRI, "new", "professional", "C5", 4, 4),
)


def run(spark: SparkSession, before: date, *days: date) -> DataFrame:
    cases = [
        {
            "session_date": day, "account_id": who, "client_type": kind, "client_risk_level": level,
            "book_clean_profit_amount": clean, "book_profit_amount": actual,
        }
        for day, who, kind, level, clean, actual in ROWS
    ]  # fmt: skip
    rows = frame(spark, PROFIT_AND_LOSS_DAILY, *cases)
    made = portfolio_profit_and_loss_daily(
        of_sessions(rows, *days), of_sessions(rows, before), sessions_of(spark, *days)
    )
    return conform(made, PORTFOLIO_PROFIT_AND_LOSS_DAILY)


def test_currencies_add_up_in_that_of_the_book(spark: SparkSession) -> None:
    def row(day: date, currency: str, level: str, profit: int) -> dict[str, object]:
        return {
            "session_date": day, "account_id": "one", "currency_code": currency, "client_type": "ordinary",
            "client_risk_level": level, "profit_amount": 1000, "clean_profit_amount": 1000, "book_currency_code": "USD",
            "book_profit_amount": profit, "book_clean_profit_amount": 2 * profit,
        }  # fmt: skip

    made = portfolio_profit_and_loss_daily(
        # The euros are new on Friday, and their account is not.
        frame(spark, PROFIT_AND_LOSS_DAILY, row(FRI, "USD", "C4", 3), row(FRI, "EUR", "C4", -5)),
        frame(spark, PROFIT_AND_LOSS_DAILY, row(THU, "USD", "C2", 0)),
        sessions_of(spark, FRI),
    )
    names = ("portfolio_id", "currency_code", "profit_amount", "clean_profit_amount", "n_accounts")
    assert [tuple(row.values()) for row in only(made, *names)] == [
        ("C2", "USD", -2, -4, 1),
        ("book", "USD", -2, -4, 1),
        ("ordinary", "USD", -2, -4, 1),
    ]


def test_rows_from_before_there_were_other_currencies_are_in_that_of_the_book(spark: SparkSession) -> None:
    names = [column.name for column in PROFIT_AND_LOSS_DAILY.columns if "book_" in column.name]
    old = frame(spark, PROFIT_AND_LOSS_DAILY, {"session_date": FRI, "profit_amount": 7}).withColumns(
        {name: F.lit(None).cast("string" if name.endswith("code") else "decimal(20,4)") for name in names}
    )
    made = only(portfolio_profit_and_loss_daily(old, old.limit(0), sessions_of(spark, FRI)))
    assert {(row["profit_amount"], row["currency_code"]) for row in made} == {(7, "USD")}


def test_profits_belong_to_the_groups_of_the_session_before(spark: SparkSession) -> None:
    whole = only(run(spark, WED, THU, FRI))
    names = ("session_date", "portfolio_id", "clean_profit_amount", "profit_amount", "n_accounts")
    assert sorted(tuple(row[name] for name in names) for row in whole) == [
        # Assessed on Thursday, and without a level when Thursday's risk was forecast.
        (THU, "C2", -10, -11, 1), (THU, "C5", 0, 5, 1), (THU, "book", -30, -27, 3), (THU, "ordinary", -30, -32, 2),
        (THU, "professional", 0, 5, 1), (THU, "unknown", -20, -21, 1),
        (FRI, "C2", 1, 1, 1), (FRI, "C4", 2, 2, 1), (FRI, "C5", 4, 4, 1), (FRI, "book", 7, 7, 3),
        (FRI, "ordinary", 3, 3, 2), (FRI, "professional", 4, 4, 1),
    ]  # fmt: skip
    assert only(run(spark, WED, THU).unionByName(run(spark, THU, FRI))) == whole
