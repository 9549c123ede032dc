"""What counts as interest, how much, and once or each time."""

from __future__ import annotations

from datetime import date
from typing import Any

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from jobs.recommendation.interactions_daily import Params, interactions_daily
from schemas.behaviour import APP_EVENTS
from schemas.clients import ACCOUNTS
from schemas.transactions import CORRECTED_FILLS
from tests.rows import frame, only

DAY, NEXT = date(2022, 12, 22), date(2022, 12, 23)


def event(
    number: int, kind: str, instrument: str | None, *, dwell: int | None = None, day: date = DAY
) -> dict[str, Any]:
    return {
        "client_id": "C1", "client_event_id": f"E{number}", "app_event_type": kind, "instrument_id": instrument,
        "dwell_ms": dwell, "event_date": str(day),
    }  # fmt: skip


EVENTS = [
    event(1, "page_view", "VIEWED", dwell=10_000), event(2, "page_view", "VIEWED", dwell=99_000),
    event(3, "page_view", "VIEWED", dwell=10_000, day=NEXT),
    event(4, "page_view", "GLANCED", dwell=9_999), event(5, "page_view", "UNTIMED"), event(6, "page_view", None, dwell=60_000),
    event(7, "search", "SEARCHED"), event(8, "search", "SEARCHED"),
    event(9, "watch_list_add", "BOUGHT"), event(10, "order_ticket_opened", "BOUGHT"), event(11, "log_in", None),
]  # fmt: skip
FILLS = [
    {
        "account_id": "A1",
        "instrument_id": "BOUGHT",
        "order_id": "O1",
        "fill_id": "F1",
        "session_date": str(DAY),
    },
    {
        "account_id": "A1",
        "instrument_id": "BOUGHT",
        "order_id": "O1",
        "fill_id": "F2",
        "session_date": str(DAY),
    },
    {
        "account_id": "A2",
        "instrument_id": "BOUGHT",
        "order_id": "O2",
        "fill_id": "F3",
        "session_date": str(DAY),
    },
    {"account_id": "A1", "instrument_id": "SOLD", "side": "sell", "fill_id": "F4", "session_date": str(DAY)},
]


def test_interest_of_a_day(spark: SparkSession) -> None:
    owners = frame(
        spark, ACCOUNTS, {"account_id": "A1", "client_id": "C1"}, {"account_id": "A2", "client_id": "C1"}
    )
    accounts = owners.withColumn("session_date", F.lit(DAY))
    events = frame(spark, APP_EVENTS, *EVENTS).withColumn("session_date", F.col("event_date"))
    found = interactions_daily(events, frame(spark, CORRECTED_FILLS, *FILLS), accounts, Params())
    assert [tuple(row.values()) for row in only(found)] == [
        # two orders of 4, one watch-list of 3, one ticket of 2
        (DAY, "C1", "BOUGHT", 13.0, 4),
        (DAY, "C1", "SEARCHED", 3.0, 2),
        (DAY, "C1", "VIEWED", 1.0, 1),
        (NEXT, "C1", "VIEWED", 1.0, 1),
    ]
