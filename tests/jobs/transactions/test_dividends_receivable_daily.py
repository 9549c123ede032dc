from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from jobs.transactions.dividends_receivable_daily import dividends_receivable_daily
from lake.conform import conform
from lake.sessions import book_calendar
from schemas.transactions import CASH_MOVEMENTS, DIVIDENDS_RECEIVABLE_DAILY, POSITIONS_DAILY
from tests.jobs.acted import actions, dividend, split
from tests.jobs.session_frames import FRI, MON, NEXT, THU, TUE, WED, of_sessions, sessions_of
from tests.rows import frame, only

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

BEFORE = date(2022, 12, 16)
HOLIDAY = date(2022, 12, 26)
# Account, instrument, quantity, first and last session at the end of which it is held.
HELD = (
    ("holder", "paid", 10, BEFORE, FRI),
    # Sold on the ex-date: still entitled.
    ("seller", "paid", "2.5", MON, MON),
    # Bought on the ex-date: not entitled.
    ("buyer", "paid", 7, TUE, FRI),
    ("short", "paid", -4, MON, FRI),
    ("holder", "off", 10, BEFORE, FRI),
    ("holder", "unpaid", 3, BEFORE, FRI),
    ("holder", "late", 1, BEFORE, NEXT),
)
ACTIONS = (
    # On one day: the dividend is of the old units. A split before has split the position already.
    dividend("paid", TUE, "0.33335", corporate_action_id="paid"),
    split("paid", TUE, 2),
    split("paid", MON, 5),
    dividend("off", TUE, 1, corporate_action_id="off"),
    dividend("off", TUE, 1, corporate_action_id="off", corporate_action_version=2, corporate_action_status="cancelled"),
    dividend("unpaid", WED, "1.5", corporate_action_id="unpaid"),
    # A split and then a dividend on the Monday that is no session: two units are paid 0.25 each on Tuesday.
    split("late", date(2022, 12, 24), 2),
    dividend("late", HOLIDAY, "0.25", corporate_action_id="late"),
)  # fmt: skip
# Session, account, action, amount: what was due; less than was due; a dividend that nobody announced.
PAID = (
    (THU, "holder", "paid", "3.3335"),
    (FRI, "seller", "paid", "0.5"),
    (WED, "holder", "never-heard-of", 5),
    (WED, "holder", None, 5),
)
# Account, action, day: opening, accrued, settled, closing. 2.5 at 0.33335 is 0.833375.
EXPECTED = [
    (20, "holder", "paid", 0, 3.3335, 0, 3.3335),
    (20, "seller", "paid", 0, 0.8334, 0, 0.8334),
    (20, "short", "paid", 0, -1.3334, 0, -1.3334),
    (21, "holder", "paid", 3.3335, 0, 0, 3.3335),
    (21, "holder", "unpaid", 0, 4.5, 0, 4.5),
    (21, "seller", "paid", 0.8334, 0, 0, 0.8334),
    (21, "short", "paid", -1.3334, 0, 0, -1.3334),
    (22, "holder", "paid", 3.3335, 0, 3.3335, 0),
    (22, "holder", "unpaid", 4.5, 0, 0, 4.5),
    (22, "seller", "paid", 0.8334, 0, 0, 0.8334),
    (22, "short", "paid", -1.3334, 0, 0, -1.3334),
    (23, "holder", "unpaid", 4.5, 0, 0, 4.5),
    (23, "seller", "paid", 0.8334, 0, 0.8334, 0),
    (23, "short", "paid", -1.3334, 0, 0, -1.3334),
    (27, "holder", "late", 0, 0.5, 0, 0.5),
    (27, "holder", "unpaid", 4.5, 0, 0, 4.5),
    (27, "short", "paid", -1.3334, 0, 0, -1.3334),
]


def run(spark: SparkSession, opening: DataFrame, *days: date) -> DataFrame:
    calendar = book_calendar()
    positions = frame(
        spark,
        POSITIONS_DAILY,
        *[
            {"session_date": day, "account_id": who, "instrument_id": what, "position_quantity": quantity}
            for who, what, quantity, first, last in HELD
            for day in calendar.between(first, last)
        ],
    )
    movements = frame(
        spark,
        CASH_MOVEMENTS,
        *[
            {"session_date": day, "account_id": who, "corporate_action_id": action, "cash_amount": amount,
             "cash_movement_type": "dividend", "cash_movement_id": f"m-{number}"}
            for number, (day, who, action, amount) in enumerate(PAID)
        ],
        {"session_date": WED, "account_id": "short", "corporate_action_id": "paid", "cash_movement_type": "fee"},
    )  # fmt: skip
    made = dividends_receivable_daily(
        of_sessions(positions, *days),
        of_sessions(positions, calendar.shift(days[0], -1)),
        of_sessions(movements, *days),
        actions(spark, *ACTIONS),
        opening,
        sessions_of(spark, *days),
    )
    return conform(made, DIVIDENDS_RECEIVABLE_DAILY)


def found(made: DataFrame) -> list[tuple[object, ...]]:
    names = (
        "session_date", "account_id", "corporate_action_id", "opening_receivable_amount", "accrued_dividend_amount",
        "settled_dividend_amount", "closing_receivable_amount",
    )  # fmt: skip
    rows = only(made, *names)
    return [(row["session_date"].day, row["account_id"], row["corporate_action_id"], *[float(row[name]) for name in names[3:]]) for row in rows]  # fmt: skip


def test_due_from_the_ex_date_until_it_is_paid_in_any_cut(spark: SparkSession) -> None:
    nothing = frame(spark, DIVIDENDS_RECEIVABLE_DAILY)
    whole = run(spark, nothing, MON, TUE, WED, THU, FRI, NEXT).localCheckpoint()
    assert found(whole) == EXPECTED
    first = run(spark, nothing, MON, TUE).localCheckpoint()
    second = run(spark, of_sessions(first, TUE), WED, THU).localCheckpoint()
    third = run(spark, of_sessions(second, THU), FRI, NEXT)
    assert found(first) + found(second) + found(third) == EXPECTED
