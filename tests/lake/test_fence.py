"""Who lost its lease is shut out of the tables, on this machine and from another one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from lake.errors import LeaseError
from lake.fence import raise_fence
from lake.reader import open_table
from lake.settings import Settings
from lake.store import Store
from schemas.operations import DUPLICATES, PARKED, TOUCHED_SESSIONS
from tests.rows import frame, only
from tests.written import new_lake

TABLES = (DUPLICATES, PARKED)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return new_lake(tmp_path)


def properties(settings: Settings) -> dict[str, str]:
    return open_table(settings, DUPLICATES).metadata().configuration


def test_each_holder_has_the_next_token(settings: Settings) -> None:
    assert [raise_fence(settings, TABLES).token for _ in range(3)] == [1, 2, 3]
    assert properties(settings)["brokerlake.lease"] == "3"


def test_an_earlier_holder_sets_no_property(settings: Settings) -> None:
    first, second = raise_fence(settings, TABLES), raise_fence(settings, TABLES)
    version = open_table(settings, DUPLICATES).version()
    with pytest.raises(LeaseError, match=r"another driver has taken over the streams \(lease 2, this is 1\)"):
        first.set_properties(DUPLICATES, {"a": "1"})
    assert open_table(settings, DUPLICATES).version() == version
    second.set_properties(DUPLICATES, {"a": "2"})
    assert properties(settings)["a"] == "2"


def test_of_several_machines_at_once_no_two_get_the_same_token(settings: Settings, tmp_path: Path) -> None:
    machines = [replace(settings, root=tmp_path / f"machine-{n}") for n in range(8)]

    def take(machine: Settings) -> int | None:
        try:
            return raise_fence(machine, TABLES).token
        except LeaseError:
            return None

    with ThreadPoolExecutor(8) as pool:
        tokens = [token for token in pool.map(take, machines) if token is not None]
    assert tokens
    assert len(set(tokens)) == len(tokens)


def test_an_earlier_holder_writes_no_row(spark: SparkSession, settings: Settings) -> None:
    first, second = (Store(spark, settings, raise_fence(settings, [TOUCHED_SESSIONS])) for _ in range(2))
    second.append(TOUCHED_SESSIONS, frame(spark, TOUCHED_SESSIONS, {"table_name": "second"}))
    for write in (first.append, first.replace_all):
        with pytest.raises(LeaseError, match=r"nothing was written to ops\.touched_sessions"):
            write(TOUCHED_SESSIONS, frame(spark, TOUCHED_SESSIONS, {"table_name": "first"}))
    with pytest.raises(LeaseError):
        rename(first, "first")
    assert only(second.read(TOUCHED_SESSIONS), "table_name") == [{"table_name": "second"}]
    rename(second, "third")
    second.append(TOUCHED_SESSIONS, frame(spark, TOUCHED_SESSIONS, {"table_name": "fourth"}))
    assert only(second.read(TOUCHED_SESSIONS), "table_name") == [
        {"table_name": "fourth"},
        {"table_name": "third"},
    ]


def rename(store: Store, name: str) -> None:
    """Every row, by a merge."""
    from pyspark.sql import functions as F

    source = store.spark.createDataFrame([(name,)], "table_name string")
    everything = F.expr("row.table_name <> source.table_name")
    store.update_matching(TOUCHED_SESSIONS, source, everything, {"table_name": F.expr("source.table_name")})


def test_a_fence_that_rises_while_a_write_is_under_way_ends_it(
    spark: SparkSession, settings: Settings
) -> None:
    """Between machines no lock keeps the two apart: the second takes over after the first has read the log."""
    first = Store(spark, settings, raise_fence(settings, [TOUCHED_SESSIONS]))
    elsewhere = replace(settings, root=settings.root / "another-machine")

    def take_over(rows):  # type: ignore[no-untyped-def]
        raise_fence(elsewhere, [TOUCHED_SESSIONS])
        yield from rows

    rows = frame(spark, TOUCHED_SESSIONS, {"table_name": "first"})
    meanwhile = rows.mapInArrow(take_over, rows.schema)
    with pytest.raises(LeaseError, match="lease 2, this is 1"):
        first.append(TOUCHED_SESSIONS, meanwhile)
    assert only(first.read(TOUCHED_SESSIONS), "table_name") == []
