from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lake.conform import conform
from schemas.market import BARS
from schemas.transactions import POSITION_VALUES_DAILY, POSITIONS_DAILY
from tests.jobs.acted import dividend, split
from tests.jobs.session_frames import MON, THU, TUE, WED, of_sessions
from tests.jobs.valued import valued
from tests.rows import frame, only

if TYPE_CHECKING:
    from datetime import date

    from pyspark.sql import DataFrame, SparkSession

# Instrument, quantity, cost, in dollars but for `abroad`; held on Tuesday and on Wednesday.
HELD = (
    ("moving", 10, 1),
    ("suspended", 2, 1),
    ("held-back", 2, 1),
    ("lapsed", 1, 7),
    ("unpriced", 3, 33),
    ("unpriced-short", -3, -33),
    ("short", -4, -20),
    ("abroad", 5, 1),
    ("fraction", "0.00005", 1),
    ("split", 10, 1),
    ("paid", 10, 1),
)
# Instrument, day, close, venue. 2022-11-23 is 28 days before the Wednesday, 2022-11-22 is 29.
CLOSES = (
    ("moving", TUE, 21, "XNYS"), ("moving", WED, "19.5", "XNYS"), ("moving", WED, 99, "XZZZ"), ("moving", THU, 1000, "XNYS"),
    ("suspended", "2022-11-23", 4, "XNYS"),
    ("held-back", TUE, 4, "XNYS"), ("held-back", WED, 4000, "XNYS"),
    ("lapsed", "2022-11-22", 1000, "XNYS"),
    ("short", TUE, 5, "XNYS"), ("short", WED, "6.25", "XNYS"),
    ("abroad", TUE, 8, "XNYS"), ("abroad", WED, 8, "XNYS"),
    # Half of the smallest amount there is, and half of that.
    ("fraction", TUE, 1, "XNYS"), ("fraction", WED, "0.5", "XNYS"),
    # No bar on the day on which two became of one, nor on that on which four were paid for one.
    ("split", TUE, 100, "XNYS"), ("paid", TUE, 100, "XNYS"),
)  # fmt: skip
ACTED = (split("split", WED, 2), dividend("paid", WED, 4))
SUSPECT = {"session_date": WED, "instrument_id": "held-back"}


def run(spark: SparkSession, *days: date) -> DataFrame:
    positions = [
        {"session_date": day, "instrument_id": what, "cost_amount": cost,
         "position_quantity": 20 if (what, day) == ("split", WED) else quantity,
         "currency_code": "EUR" if what == "abroad" else "USD"}
        for day in (TUE, WED)
        for what, quantity, cost in HELD
    ]  # fmt: skip
    bars = [
        {"instrument_id": what, "session_date": str(day), "close_price": close, "mic_code": venue}
        for what, day, close, venue in CLOSES
    ]
    held = of_sessions(frame(spark, POSITIONS_DAILY, *positions), *days)
    return conform(valued(held, frame(spark, BARS, *bars), [SUSPECT], ACTED), POSITION_VALUES_DAILY)


@pytest.fixture(scope="module")
def both(spark: SparkSession) -> list[dict[str, object]]:
    return only(run(spark, TUE, WED))


def test_a_position_is_worth_its_last_close_or_its_cost(both: list[dict[str, object]]) -> None:
    """Of Wednesday: value, session of the close, whether it is stale."""
    found = {
        row["instrument_id"]: (
            float(str(row["market_value_amount"])),
            str(row["priced_date"]),
            row["is_stale"],
        )
        for row in both
        if row["session_date"] == WED
    }
    today, yesterday, never = str(WED), str(TUE), "None"
    assert found == {
        "moving": (195, today, False),
        "suspended": (8, "2022-11-23", True),
        "held-back": (8, yesterday, True),
        "lapsed": (7, never, True),
        "unpriced": (33, never, True),
        "unpriced-short": (-33, never, True),
        "short": (-25, today, False),
        "abroad": (40, today, False),
        "fraction": (0, today, False),
        "split": (1000, yesterday, True),
        "paid": (960, yesterday, True),
    }


def test_half_of_the_smallest_amount_is_rounded_up(both: list[dict[str, object]]) -> None:
    [value] = [row["market_value_amount"] for row in both if (row["instrument_id"], row["session_date"]) == ("fraction", TUE)]  # fmt: skip
    assert str(value) == "0.0001"


def test_what_is_held_stands_beside_its_value(both: list[dict[str, object]]) -> None:
    names = ("position_quantity", "cost_amount", "currency_code")
    rows = {
        row["instrument_id"]: tuple(row[name] for name in names) for row in both if row["session_date"] == WED
    }
    assert len(both) == 2 * len(HELD)
    assert (rows["abroad"], rows["split"]) == ((5, 1, "EUR"), (20, 1, "USD"))


def test_any_cut_gives_the_same(spark: SparkSession, both: list[dict[str, object]]) -> None:
    assert only(run(spark, TUE)) + only(run(spark, WED)) == both


def test_every_promise_is_kept(spark: SparkSession) -> None:
    made = run(spark, TUE, WED)
    assert [
        each.name for each in POSITION_VALUES_DAILY.promises if made.where(f"NOT ({each.sql})").count()
    ] == []


def test_without_positions_there_is_nothing(spark: SparkSession) -> None:
    assert only(run(spark, MON)) == []
