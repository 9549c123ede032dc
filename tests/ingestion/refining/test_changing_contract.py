"""A field that a source sends ahead of a release, and the release that declares it, while the stream runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from ingestion.refining import refine
from ingestion.refining.classify import classify
from ingestion.refining.decoded import decode_all, facts_of
from ingestion.refining.writes import silver_rows
from lake.store import Store
from lake.tables import create_missing
from schemas.declaration import STRING, Column
from schemas.operations import BRONZE_EVENTS, QUARANTINE_EVENTS, UNDECLARED_FIELDS
from schemas.transactions import CASH_MOVEMENT, CASH_MOVEMENTS
from tests.ingestion.arriving import arrive, message
from tests.rows import frame, only
from tests.written import new_lake

NOTE = Column("booking_note", STRING, "What the ledger's clerk wrote.").optional()
LATER_EVENT = replace(CASH_MOVEMENT, columns=(*CASH_MOVEMENT.columns, NOTE))
LATER = replace(
    CASH_MOVEMENTS,
    columns=(*CASH_MOVEMENT.columns, NOTE, *CASH_MOVEMENTS.columns[len(CASH_MOVEMENT.columns) :]),
    event=LATER_EVENT,
)
SECONDS = 120.0


def movement(number: int, **written: object) -> bytes:
    return message(CASH_MOVEMENT, number, {"cash_movement_id": f"movement-{number}"}, **written)


@pytest.fixture
def store(spark: SparkSession, tmp_path: Path) -> Store:
    return Store(spark, new_lake(tmp_path))


def test_an_undeclared_field_is_accepted_and_noted_once(store: Store) -> None:
    ahead = {"booking_note": "by hand", "z" * 100: 1}
    bad = movement(3, cash_amount=None, of_a_bad_message=1)
    arrive(store, 1, 0, {CASH_MOVEMENT: [movement(1), movement(2, **ahead), bad]})
    arrive(store, 2, 3, {CASH_MOVEMENT: [movement(4, **ahead)]})
    assert len(only(store.read(CASH_MOVEMENTS), "cash_movement_id")) == 3
    noted = only(store.read(UNDECLARED_FIELDS), "origin_topic", "field_name", "refine_batch")
    assert noted == [
        {"origin_topic": CASH_MOVEMENT.topic, "field_name": name, "refine_batch": 1}
        for name in ("booking_note", "z" * 64)
    ]


def test_the_release_before_refines_on_while_a_column_is_added(store: Store) -> None:
    def lands(number: int) -> None:
        raw = movement(number, booking_note=f"note {number}")
        row = {"origin_topic": CASH_MOVEMENT.topic, "origin_offset": number, "land_batch": number, "raw": raw}
        store.append(BRONZE_EVENTS, frame(store.spark, BRONZE_EVENTS, row))

    lands(1)
    stream = refine.start(store, once=False)
    try:
        until(lambda: store.read(CASH_MOVEMENTS).count() == 1)
        create_missing(store.settings, (LATER,))
        lands(2)
        until(lambda: store.read(CASH_MOVEMENTS).count() == 2)
        assert stream.isActive
    finally:
        stream.stop()

    lands(3)
    as_the_next_release(store, offset=3)
    assert only(store.read(LATER), "cash_movement_id", "booking_note") == [
        {"cash_movement_id": "movement-1", "booking_note": None},
        {"cash_movement_id": "movement-2", "booking_note": None},
        {"cash_movement_id": "movement-3", "booking_note": "note 3"},
    ]
    assert store.read(QUARANTINE_EVENTS).count() == 0


def as_the_next_release(store: Store, offset: int) -> None:
    """What refine does with the declaration that has the new column."""
    arrived = store.read(BRONZE_EVENTS).where(F.col("origin_offset") == offset)
    decoded = decode_all(arrived, [LATER_EVENT], "key", 1)
    judged = classify(decoded, facts_of(decoded), store)[CASH_MOVEMENT.topic]
    store.append(LATER, silver_rows(judged.withColumn("is_late", F.lit(False)), offset))


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.5)
