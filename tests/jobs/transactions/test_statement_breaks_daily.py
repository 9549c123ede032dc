from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.transactions.statement_breaks_daily import Params, statement_breaks_daily
from lake.conform import conform
from schemas.transactions import CASH_DAILY, POSITIONS_DAILY, STATEMENT_BREAKS_DAILY, STATEMENTS
from tests.jobs.session_frames import FRI, THU, WED, of_sessions, sessions_of
from tests.rows import frame, only

if TYPE_CHECKING:
    from datetime import date

    from pyspark.sql import DataFrame, SparkSession

# What our books have: account, instrument, quantities at the ends of Wednesday, Thursday and Friday.
HELD = (
    ("agrees", "stock", 10, 10, 10),
    ("omitted", "stock", 10, 10, 10), ("omitted", "bond", 5, 5, 5),
    ("differs", "stock", 10, 10, 10),
    ("behind", "stock", 10, 12, 12), ("behind", "bought", 0, 0, 3),
    ("unstated", "stock", 10, 10, 10),
)  # fmt: skip
CASH = {"agrees": 100, "omitted": 100, "differs": 100, "behind": 100, "uncharged": 100, "unstated": 100}
# What the custodian has at the end of Friday, and of Thursday for one.
STATED = (
    (FRI, "agrees", 1, {"stock": 10}, 100),
    # Both lists of a position count.
    (FRI, "omitted", 1, {"stock": 10, "extra": 1}, 100),
    (FRI, "differs", 1, {"stock": 99}, 1),
    (FRI, "differs", 2, {"stock": 11}, 100),
    (THU, "behind", 1, {"stock": 10}, 100),
    (FRI, "behind", 1, {"stock": 12}, 100),
    (FRI, "uncharged", 1, {}, 102.5),
    (FRI, "nobody", 1, {}, 7),
)


def run(spark: SparkSession, *days: date) -> DataFrame:
    ends = (WED, THU, FRI)
    positions = [
        {"session_date": day, "account_id": who, "instrument_id": what, "position_quantity": quantity}
        for who, what, *quantities in HELD
        for day, quantity in zip(ends, quantities, strict=True)
        if quantity
    ]
    cash = [
        {
            "session_date": day, "account_id": who, "closing_cash_amount": amount,
            "trade_fee_amount": "2.5" if who == "uncharged" else 0,
        }
        for who, amount in CASH.items()
        for day in ends
    ]  # fmt: skip
    statements = [
        {
            "session_date": day, "custodian_name": "custodian", "account_id": who, "statement_number": number,
            "stated_positions": [{"instrument_id": what, "position_quantity": held} for what, held in listed.items()],
            "stated_cash": [{"currency_code": "USD", "cash_amount": amount}],
        }
        for day, who, number, listed, amount in STATED
    ]  # fmt: skip
    made = statement_breaks_daily(
        of_sessions(frame(spark, STATEMENTS, *statements), *days),
        frame(spark, POSITIONS_DAILY, *positions),
        frame(spark, CASH_DAILY, *cash),
        sessions_of(spark, *days),
        Params(),
    )
    return conform(made, STATEMENT_BREAKS_DAILY)


def test_each_way_to_disagree_has_its_name(spark: SparkSession) -> None:
    both = only(run(spark, THU, FRI))
    found = {
        (row["session_date"], row["account_id"], row["statement_item_id"]): (
            row["statement_break_name"],
            row["booked_quantity"] if row["statement_item_type"] == "position" else row["booked_cash_amount"],
            row["stated_quantity"] if row["statement_item_type"] == "position" else row["stated_cash_amount"],
        )
        for row in both
    }
    assert found == {
        (FRI, "omitted", "bond"): ("not_in_statement", 5, 0),
        (FRI, "omitted", "extra"): ("not_in_books", 0, 1),
        (FRI, "differs", "stock"): ("quantity_differs", 10, 11),
        (THU, "behind", "stock"): ("one_session_behind", 12, 10),
        # Held since today, and the statement is as of yesterday, when it was not.
        (FRI, "behind", "bought"): ("one_session_behind", 3, 0),
        (FRI, "uncharged", "USD"): ("fees_not_charged", 100, 102.5),
        (FRI, "nobody", "USD"): ("cash_differs", 0, 7),
    }
    assert both == sorted(
        [*only(run(spark, THU)), *only(run(spark, FRI))],
        key=lambda row: [str(value) for value in row.values()],
    )
