"""A batch that is refined again after it was written in part: what was left undone is done, and nothing twice."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession

from ingestion.refining.refine import refine
from lake.envelope import json_values, wrap
from lake.store import Store
from schemas.declaration import Event
from schemas.market import CORPORATE_ACTION, CORPORATE_ACTIONS
from schemas.operations import BRONZE_EVENTS, SESSION_CLOSE, TOUCHED_SESSIONS
from schemas.transactions import CASH_MOVEMENT, CASH_MOVEMENTS
from tests.rows import DAY, INSTANT, frame, only, rows
from tests.written import new_lake, rewrite


@pytest.fixture
def store(spark: SparkSession, tmp_path: Path) -> Store:
    return Store(spark, new_lake(tmp_path))


def message(event: Event, sequence: int, minute: int, case: dict[str, object]) -> dict[str, object]:
    data = json_values(event, rows(event, case)[0])
    raw = wrap(event, data, source="cash-ledger", sequence=sequence)
    received_at = INSTANT + timedelta(minutes=minute)
    return {"origin_topic": event.topic, "origin_offset": sequence, "raw": raw, "received_at": received_at}


def batch(store: Store, *messages: dict[str, object]) -> DataFrame:
    return frame(store.spark, BRONZE_EVENTS, *messages)


MOVEMENT = message(CASH_MOVEMENT, 1, 20, {"cash_movement_id": "m-1"})
CLOSE = message(SESSION_CLOSE, 2, 10, {"closing_source_name": "cash-ledger", "last_sequence": 2})
TOUCHED = [
    {"table_name": "silver.cash_movements", "session_date": DAY, "refine_batch": 7},
    {"table_name": "silver.session_closes", "session_date": DAY, "refine_batch": 7},
]


def touched(store: Store) -> list[dict[str, object]]:
    return only(store.read(TOUCHED_SESSIONS), "table_name", "session_date", "refine_batch")


def test_the_jobs_are_told_of_what_an_earlier_attempt_wrote(store: Store) -> None:
    refine(store, batch(store, MOVEMENT, CLOSE), 7, may_be_known=True)
    assert touched(store) == TOUCHED
    # As it is where the driver died after silver and before this.
    rewrite(store.settings, TOUCHED_SESSIONS)
    refine(store, batch(store, MOVEMENT, CLOSE), 7, may_be_known=True)
    assert touched(store) == TOUCHED
    refine(store, batch(store, MOVEMENT, CLOSE), 7, may_be_known=True)
    assert touched(store) == TOUCHED
    assert store.read(CASH_MOVEMENTS).count() == 1


def test_what_came_late_is_marked_though_the_close_was_written_before(store: Store) -> None:
    refine(store, batch(store, MOVEMENT), 6, may_be_known=False)
    refine(store, batch(store, CLOSE), 7, may_be_known=False)
    assert only(store.read(CASH_MOVEMENTS), "is_late") == [{"is_late": True}]
    # As it is where the driver died after silver and before this.
    path = store.settings.table_path(CASH_MOVEMENTS.name)
    store.spark.sql(f"UPDATE delta.`{path}` SET is_late = false")
    refine(store, batch(store, CLOSE), 7, may_be_known=True)
    assert only(store.read(CASH_MOVEMENTS), "is_late") == [{"is_late": True}]


def test_an_action_belongs_to_the_session_of_its_ex_date(store: Store) -> None:
    later = DAY + timedelta(days=1)
    split = {"corporate_action_type": "split", "new_units_per_unit": 2, "payment_date": later}
    early = message(CORPORATE_ACTION, 1, 20, {**split, "corporate_action_id": "early", "ex_date": later})
    late = message(CORPORATE_ACTION, 3, 20, {**split, "corporate_action_id": "late", "ex_date": DAY})
    # Both come after the close of DAY; the close is in silver before them, or comes in a batch of its own.
    refine(store, batch(store, early, late), 6, may_be_known=False)
    refine(store, batch(store, CLOSE), 7, may_be_known=False)
    assert only(store.read(CORPORATE_ACTIONS), "corporate_action_id", "is_late") == [
        {"corporate_action_id": "early", "is_late": False},
        {"corporate_action_id": "late", "is_late": True},
    ]
    told = {row["session_date"] for row in touched(store) if row["table_name"] == CORPORATE_ACTIONS.name}
    assert told == {DAY, later}
