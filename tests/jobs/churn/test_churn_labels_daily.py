"""Who left: closings, money moved out, the gap, censored clients, market moves; by hand, gap 1, outcome 5."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from jobs.churn.churn_labels_daily import Params, churn_labels_daily
from lake.sessions import book_calendar
from schemas.churn import CHURN_LABELS_DAILY, CLIENT_FEATURES_DAILY
from schemas.clients import ACCOUNTS
from schemas.transactions import PROFIT_AND_LOSS_DAILY
from tests.rows import Row, frame, only

CALENDAR = book_calendar()
START = date(2022, 12, 12)
SMALL = Params(gap_sessions=1, outcome_sessions=5)
TUESDAY, WEDNESDAY, THURSDAY, LAST, AFTER = (
    "2022-12-13",
    "2022-12-14",
    "2022-12-15",
    "2022-12-20",
    "2022-12-21",
)
Case = dict[str, Any]


def changed(client: str, kind: str, day: str, *, account: str = "1", recorded: str | None = None) -> Case:
    status = "open" if kind == "opened" else kind
    at, learnt = f"{day}T15:00:00Z", recorded or f"{day}T15:01:00Z"
    return {
        "client_id": client, "account_id": f"{client}-{account}", "account_event_type": kind, "effective_date": day,
        "account_status": status, "effective_at": at, "recorded_at": learnt,
    }  # fmt: skip


def book(client: str, day: str, closing: int, flow: int = 0, profit: int = 0) -> Case:
    return {
        "account_id": f"{client}-1", "session_date": day, "closing_value_amount": 7 * closing,
        # The rows' own currency is another one.
        "external_flow_amount": 7 * flow, "profit_amount": 7 * profit,
        "book_closing_value_amount": closing, "book_external_flow_amount": flow, "book_profit_amount": profit,
    }  # fmt: skip


# A client: what happened to its accounts, its book from 2022-12-12 on, and the label.
CLIENTS: dict[str, tuple[list[Case], list[Case], tuple[Any, ...] | None]] = {
    "stays": ([], [book("stays", "2022-12-12", 100)], (False, None, None)),
    "closes in the window": (
        [changed("closes in the window", "closed", WEDNESDAY)], [],
        (True, "closed", date(2022, 12, 14)),
    ),
    "closes on the last session": (
        [changed("closes on the last session", "closed", LAST)], [], (True, "closed", date(2022, 12, 20)),
    ),
    "closes after the window": ([changed("closes after the window", "closed", AFTER)], [], (False, None, None)),
    "closes in the gap": ([changed("closes in the gap", "closed", TUESDAY)], [], None),
    "closes after the close of the gap": (
        [{**changed("closes after the close of the gap", "closed", TUESDAY), "effective_at": f"{TUESDAY}T21:00:01Z"}],
        [], (True, "closed", date(2022, 12, 14)),
    ),
    "closing is recorded too late": (
        [changed("closing is recorded too late", "closed", WEDNESDAY, recorded=f"{LAST}T21:00:01Z")],
        [], (False, None, None),
    ),
    "closes one of two": (
        [changed("closes one of two", "opened", "2022-12-01", account="2"), changed("closes one of two", "closed", WEDNESDAY)],
        [], (False, None, None),
    ),
    "closes both": (
        [
            changed("closes both", "opened", "2022-12-01", account="2"), changed("closes both", "closed", WEDNESDAY),
            changed("closes both", "closed", THURSDAY, account="2"),
        ],
        [], (True, "closed", date(2022, 12, 15)),
    ),
    "is frozen": ([changed("is frozen", "frozen", THURSDAY)], [], None),
    "moves 80 pct": (
        [],
        [book("moves 80 pct", "2022-12-12", 100), book("moves 80 pct", WEDNESDAY, 60, -40), book("moves 80 pct", THURSDAY, 20, -40)],
        (True, "assets_moved_out", date(2022, 12, 15)),
    ),
    "moves 79 pct": (
        [], [book("moves 79 pct", "2022-12-12", 100), book("moves 79 pct", WEDNESDAY, 21, -79)], (False, None, None),
    ),
    "moves half out in the gap": (
        [],
        [book("moves half out in the gap", "2022-12-12", 100), book("moves half out in the gap", TUESDAY, 50, -50), book("moves half out in the gap", LAST, 20, -30)],
        (True, "assets_moved_out", date(2022, 12, 20)),
    ),
    "moves out in the gap": (
        [], [book("moves out in the gap", "2022-12-12", 100), book("moves out in the gap", TUESDAY, 10, -90)], None,
    ),
    "moves out before the session": (
        [],
        [book("moves out before the session", "2022-12-12", 100, -900), book("moves out before the session", WEDNESDAY, 90, -10)],
        (False, None, None),
    ),
    "moves out after the window": (
        [], [book("moves out after the window", "2022-12-12", 100), book("moves out after the window", AFTER, 0, -100)], (False, None, None),
    ),
    "takes all that a crash left": (
        [],
        [book("takes all that a crash left", "2022-12-12", 100), book("takes all that a crash left", TUESDAY, 50, 0, -50), book("takes all that a crash left", WEDNESDAY, 0, -50)],
        (True, "assets_moved_out", date(2022, 12, 14)),
    ),
    "loses all in a crash": (
        [], [book("loses all in a crash", "2022-12-12", 100), book("loses all in a crash", WEDNESDAY, 1, 0, -99)], (False, None, None),
    ),
    "moves out, then closes": (
        [changed("moves out, then closes", "closed", LAST)],
        [book("moves out, then closes", "2022-12-12", 100), book("moves out, then closes", THURSDAY, 0, -100)],
        (True, "closed", date(2022, 12, 15)),
    ),
}  # fmt: skip


def labels(spark: SparkSession, *run: date) -> list[Row]:
    opened = [changed(name, "opened", "2022-01-03") for name in CLIENTS]
    changes = [*opened, *(change for each, _, _ in CLIENTS.values() for change in each)]
    numbered = [{**change, "account_event_number": number} for number, change in enumerate(changes, start=1)]
    books = [row for _, rows, _ in CLIENTS.values() for row in rows]
    population = [{"client_id": name, "session_date": str(day)} for day in run for name in CLIENTS]
    last = CALENDAR.shift(run[-1], SMALL.sessions_to_mature)
    return only(
        churn_labels_daily(
            frame(spark, CLIENT_FEATURES_DAILY, *population),
            frame(spark, PROFIT_AND_LOSS_DAILY, *books).where(
                f"session_date BETWEEN '{run[0]}' AND '{last}'"
            ),
            frame(spark, ACCOUNTS, *numbered),
            _sessions(spark, run),
            SMALL,
        ),
        *[column.name for column in CHURN_LABELS_DAILY.columns],
    )


def _sessions(spark: SparkSession, run: tuple[date, ...]) -> DataFrame:
    return spark.createDataFrame([(day,) for day in run], "session_date date")


@pytest.fixture(scope="module")
def found(spark: SparkSession) -> list[Row]:
    return labels(spark, START)


@pytest.mark.parametrize("name", CLIENTS)
def test_the_label_of_a_client_that(found: list[Row], name: str) -> None:
    rows = [row for row in found if row["client_id"] == name]
    expected = CLIENTS[name][2]
    assert [(row["has_left"], row["churn_type"], row["left_date"]) for row in rows] == (
        [expected] if expected else []
    )


def test_the_window_follows_the_gap(found: list[Row]) -> None:
    windows = {(row["outcome_from_date"], row["outcome_to_date"]) for row in found}
    assert windows == {(date(2022, 12, 14), date(2022, 12, 20))}


def test_any_cut_of_a_run_gives_the_same_labels(spark: SparkSession, found: list[Row]) -> None:
    days = CALENDAR.between(START, date(2022, 12, 14))
    whole = labels(spark, *days)
    assert whole == sorted(
        found + labels(spark, *days[1:]), key=lambda row: (row["session_date"], row["client_id"])
    )
    assert len(whole) > 2 * len(found)
