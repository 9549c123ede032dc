"""Tables are created once, and get the columns that a later release declares."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from deltalake import DeltaTable
from pyspark.sql import SparkSession

from lake.errors import TableError
from lake.reader import open_table, query
from lake.settings import Settings
from lake.store import Store
from lake.tables import create_missing
from schemas import fields as f
from schemas.declaration import STRING, Column, Table
from schemas.transactions import CASH_MOVEMENTS
from tests.rows import frame, only
from tests.written import new_lake, write

NOTE = Column("booking_note", STRING, "What the ledger's clerk wrote.").optional()
LATER = replace(CASH_MOVEMENTS, columns=(*CASH_MOVEMENTS.columns, NOTE))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return new_lake(tmp_path)


def versions(settings: Settings, table: Table) -> int:
    return open_table(settings, table).version()


def test_what_is_there_stays_as_it_is(settings: Settings) -> None:
    write(settings, CASH_MOVEMENTS, {"cash_movement_id": "movement-1"})
    create_missing(settings, (CASH_MOVEMENTS,))
    assert versions(settings, CASH_MOVEMENTS) == 1


def test_a_column_is_added_once_and_old_rows_have_null_there(settings: Settings) -> None:
    write(settings, CASH_MOVEMENTS, {"cash_movement_id": "movement-1"})
    for _ in range(2):
        create_missing(settings, (LATER,))
    write(settings, LATER, {"cash_movement_id": "movement-2", "booking_note": "by hand"})
    assert versions(settings, CASH_MOVEMENTS) == 3
    added = next(each for each in open_table(settings, LATER).schema().fields if each.name == NOTE.name)
    assert (added.nullable, added.metadata) == (True, {"comment": NOTE.doc})
    rows = DeltaTable(settings.table_path(LATER.name)).to_pyarrow_table(
        columns=["cash_movement_id", "booking_note"]
    )
    assert sorted(rows.to_pylist(), key=str) == [
        {"cash_movement_id": "movement-1", "booking_note": None},
        {"cash_movement_id": "movement-2", "booking_note": "by hand"},
    ]


def test_the_release_before_reads_and_writes_on(spark: SparkSession, settings: Settings) -> None:
    store = Store(spark, settings)
    store.append(CASH_MOVEMENTS, frame(spark, CASH_MOVEMENTS, {"cash_movement_id": "movement-1"}))
    create_missing(settings, (LATER,))
    store.append(CASH_MOVEMENTS, frame(spark, CASH_MOVEMENTS, {"cash_movement_id": "movement-2"}))
    store.append(LATER, frame(spark, LATER, {"cash_movement_id": "movement-3", "booking_note": "by hand"}))
    assert only(store.read(LATER), "cash_movement_id", "booking_note") == [
        {"cash_movement_id": "movement-1", "booking_note": None},
        {"cash_movement_id": "movement-2", "booking_note": None},
        {"cash_movement_id": "movement-3", "booking_note": "by hand"},
    ]
    assert store.read(CASH_MOVEMENTS).count() == 3
    assert query(settings, f"SELECT count(*) AS n FROM {CASH_MOVEMENTS.name}")["n"].to_pylist() == [3]


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (
            [replace(f.CASH_AMOUNT, type=STRING, unit=None)],
            r"cash_amount is .*decimal\(20,4\).* declared .*string",
        ),
        ([], r"cash_amount is .* declared no more"),
    ],
)
def test_what_is_no_addition_is_refused(settings: Settings, columns: list[Column], said: str) -> None:
    kept = [column for column in CASH_MOVEMENTS.columns if column.name != "cash_amount"]
    changed = replace(CASH_MOVEMENTS, columns=(*kept, *columns))
    with pytest.raises(TableError, match=said):
        create_missing(settings, (changed,))
    assert versions(settings, CASH_MOVEMENTS) == 0
