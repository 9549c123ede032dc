from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.transactions.statement_checks_daily import statement_checks_daily
from lake.conform import conform
from schemas.transactions import (
    CASH_DAILY,
    POSITIONS_DAILY,
    STATEMENT_BREAKS_DAILY,
    STATEMENT_CHECKS_DAILY,
    STATEMENTS,
)
from tests.jobs.session_frames import FRI, THU, sessions_of
from tests.rows import frame, only

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def test_a_stated_session_counts_what_agrees_and_what_does_not(spark: SparkSession) -> None:
    """Thursday has books and no statement, so it has no row; an account without anything needs no statement."""
    positions = [
        {"session_date": day, "account_id": who, "instrument_id": "stock", "position_quantity": 10}
        for day in (THU, FRI)
        for who in ("stated", "unstated")
    ]
    cash = [
        {"session_date": FRI, "account_id": who, "closing_cash_amount": amount}
        for who, amount in (("stated", 100), ("cash-only", 5), ("empty", 0))
    ]
    statement = {
        "session_date": FRI, "custodian_name": "custodian", "account_id": "stated",
        "stated_positions": [{"instrument_id": "other", "position_quantity": 1}],
        "stated_cash": [{"currency_code": "USD", "cash_amount": 100}],
    }  # fmt: skip
    found = {"session_date": FRI, "custodian_name": "custodian", "account_id": "stated"}
    made = statement_checks_daily(
        frame(spark, STATEMENTS, statement),
        frame(spark, POSITIONS_DAILY, *positions),
        frame(spark, CASH_DAILY, *cash),
        frame(
            spark,
            STATEMENT_BREAKS_DAILY,
            *[{**found, "statement_item_id": item} for item in ("other", "stock")],
        ),
        sessions_of(spark, THU, FRI),
    )
    names = ("session_date", "n_stated_accounts", "n_unstated_accounts", "n_statement_items", "n_statement_breaks")  # fmt: skip
    # Stock, other and cash are compared; `unstated` and `cash-only` are not stated.
    assert [tuple(row.values()) for row in only(conform(made, STATEMENT_CHECKS_DAILY), *names)] == [
        (FRI, 1, 2, 3, 2)
    ]
