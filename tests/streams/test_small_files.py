"""Tables that get a file a batch do not have a file a batch for ever."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from lake.reader import open_table
from lake.store import Store
from schemas.operations import BRONZE_EVENTS, TOUCHED_SESSIONS
from schemas.transactions import CASH_MOVEMENT, CASH_MOVEMENTS
from tests.ingestion.arriving import arrive, message
from tests.session import settings_of_streams
from tests.written import new_lake

FEW = 3
N_BATCHES = 5
FEW_FILES = "spark.databricks.delta.autoCompact.minNumFiles"


@pytest.fixture
def store(spark: SparkSession, tmp_path: Path) -> Iterator[Store]:
    """A lake that is written with what a session of streams has, and compacts what has a few files."""
    settings = new_lake(tmp_path)
    configured = {**settings_of_streams(settings), FEW_FILES: str(FEW)}
    for name, value in configured.items():
        spark.conf.set(name, value)
    yield Store(spark, settings)
    for name in configured:
        spark.conf.unset(name)


def test_files_are_compacted_while_batches_come(store: Store) -> None:
    for batch in range(N_BATCHES):
        payment = message(CASH_MOVEMENT, batch, {"cash_movement_id": f"movement-{batch}"})
        arrive(store, batch, batch, {CASH_MOVEMENT: [payment]})
    for table in (BRONZE_EVENTS, CASH_MOVEMENTS, TOUCHED_SESSIONS):
        opened = open_table(store.settings, table)
        assert len(opened.file_uris()) < FEW + 1, table.name
        assert store.read(table).count() == N_BATCHES, table.name
