from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from jobs.market.suspect_prices_daily import Params, suspect_prices_daily, trusted
from lake.conform import conform
from schemas.market import BARS, QUOTES, SUSPECT_PRICES_DAILY
from tests.jobs.acted import actions, split
from tests.jobs.session_frames import FRI, LAST, MON, NEXT, THU, TUE, WED, of_sessions, sessions_of
from tests.rows import frame, only

if TYPE_CHECKING:
    from datetime import date

    from pyspark.sql import DataFrame, SparkSession

DAYS = (MON, TUE, WED, THU, FRI, NEXT, LAST)
# Closes from Monday on; None is no bar.
CLOSES = {
    "typed-twice": (100, 101, 1010, 102, 100, 100, 100),
    "crash": (100, 100, 60, 61, 60, 60, 60),
    "unquoted": (100, 100, 60, 61, 60, 60, 60),
    "at-the-line": (100, 115, 115, 115, 115, 115, 115),
    "beyond-it": (100, "115.01", 115, 115, 115, 115, 115),
    "after-a-gap": (100, None, None, 50, 100, 100, 100),
    # Both split 2 for 1 on Thursday; the second is said to close as if it had not.
    "split": (100, 100, 100, 50, 50, 50, 50),
    "split-missed": (100, 100, 100, 100, 50, 50, 50),
    "new": (None, None, None, None, 50, 500, 50),
}
# Bid and ask, in the order in which they stood; the last one counts.
QUOTED = {("crash", WED): ((99, 101), (59, 61)), ("typed-twice", WED): ((999, 1021), (100, 102))}


def bars(spark: SparkSession) -> DataFrame:
    cases = [
        {"session_date": day, "instrument_id": what, "close_price": close}
        for what, closes in CLOSES.items()
        for day, close in zip(DAYS, closes, strict=True)
        if close is not None
    ]
    return frame(spark, BARS, *cases)


def run(spark: SparkSession, *days: date) -> DataFrame:
    quotes = [
        {
            "session_date": day, "instrument_id": what, "quote_number": number, "bid_price": bid, "ask_price": ask,
            "quoted_at": f"{day}T15:0{number}:00Z",
        }
        for (what, day), stood in QUOTED.items()
        for number, (bid, ask) in enumerate(stood, start=1)
    ]  # fmt: skip
    made = suspect_prices_daily(
        bars(spark),
        of_sessions(frame(spark, QUOTES, *quotes), *days),
        actions(spark, split("split", THU, 2), split("split-missed", THU, 2)),
        sessions_of(spark, *days),
        Params(),
    )
    return conform(made, SUSPECT_PRICES_DAILY)


def test_a_close_that_nothing_bears_out_is_named(spark: SparkSession) -> None:
    rows = only(run(spark, *DAYS))
    assert [(row["session_date"], row["instrument_id"], row["close_price"], row["last_quote_price"]) for row in rows] == [
        (TUE, "beyond-it", Decimal("115.01"), None),
        (WED, "typed-twice", 1010, 101),
        (WED, "unquoted", 60, None),
        (THU, "after-a-gap", 50, None),
        (THU, "split-missed", 100, None),
        (NEXT, "new", 500, None),
    ]  # fmt: skip
    assert rows[1]["move_ratio"] == pytest.approx(9.0)
    assert rows[1]["explanation"] == (
        "typed-twice closed at 1010.0000 after 101.0000, and the last quote was 101.0000: "
        "the close before it counts until the price is confirmed."
    )
    apart = [row for day in DAYS for row in only(run(spark, day))]
    assert apart == rows


def test_who_values_positions_does_not_see_it(spark: SparkSession) -> None:
    suspects = frame(spark, SUSPECT_PRICES_DAILY, {"session_date": WED, "instrument_id": "typed-twice"})
    left = only(trusted(bars(spark), suspects), "session_date", "instrument_id")
    assert len(left) == sum(close is not None for closes in CLOSES.values() for close in closes) - 1
    assert {"session_date": WED, "instrument_id": "typed-twice"} not in left
