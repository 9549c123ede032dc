"""Compaction: few files, the same rows, and streams that read on as if nothing had happened."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession

from lake.__main__ import main
from lake.compaction import compact
from lake.digests import digest
from lake.errors import LeaseError
from lake.lease import lease
from lake.reader import open_table
from lake.settings import Settings
from lake.store import Store
from schemas import catalog
from schemas.operations import BRONZE_EVENTS
from tests.written import new_lake, write

CASH = catalog.table("gold.cash_daily")


@pytest.fixture
def lake(tmp_path: Path) -> Settings:
    return new_lake(tmp_path)


def test_forty_small_files_become_one_with_the_same_rows(lake: Settings) -> None:
    for number in range(40):
        write(lake, CASH, {"account_id": f"account-{number}"})
    before = digest(lake, CASH)
    done = compact(lake, CASH)
    assert (done.n_files_removed, done.n_files_added, done.n_files_vacuumed) == (40, 1, 0)
    assert len(open_table(lake, CASH).file_uris()) == 1
    assert digest(lake, CASH) == before
    assert before.n_rows == 40


def test_files_of_the_last_week_stay_for_readers_of_earlier_versions(lake: Settings) -> None:
    for number in range(3):
        write(lake, CASH, {"account_id": f"account-{number}"})
    version = open_table(lake, CASH).version()
    compact(lake, CASH)
    earlier = open_table(lake, CASH)
    earlier.load_as_version(version)
    assert len(earlier.file_uris()) == 3
    assert all(Path(uri.removeprefix("file://")).exists() for uri in earlier.file_uris())


def test_a_second_compaction_finds_nothing_to_do(lake: Settings) -> None:
    write(lake, CASH, {})
    compact(lake, CASH)
    assert compact(lake, CASH).n_files_removed == 0


def test_a_table_that_is_being_written_is_left_alone(lake: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lake.compaction._LEASE_WAIT_SECONDS", 0.1)
    with lease(lake.leases, f"table.{CASH.name}"), pytest.raises(LeaseError, match=r"gold\.cash_daily"):
        compact(lake, CASH)


def test_a_stream_of_bronze_passes_over_a_compaction(lake: Settings, spark: SparkSession) -> None:
    store = Store(spark, lake)
    seen: list[int] = []
    for offset in range(3):
        write(lake, BRONZE_EVENTS, {"origin_offset": offset})
    _read_on(store, seen)
    write(lake, BRONZE_EVENTS, {"origin_offset": 3})
    assert compact(lake, BRONZE_EVENTS).n_files_removed == 4
    write(lake, BRONZE_EVENTS, {"origin_offset": 4})
    _read_on(store, seen)
    assert sorted(seen) == [0, 1, 2, 3, 4]


def _read_on(store: Store, seen: list[int]) -> None:
    """Reads what is new in bronze, from one checkpoint."""

    def keep(batch: DataFrame, _number: int) -> None:
        seen.extend(row[0] for row in batch.select("origin_offset").collect())

    stream = store.stream(BRONZE_EVENTS).writeStream.foreachBatch(keep)
    checkpoint = stream.option("checkpointLocation", f"{store.settings.checkpoints}/seen")
    checkpoint.trigger(availableNow=True).start().awaitTermination()


def test_an_unknown_table_is_one_sentence(
    lake: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BROKERLAKE_ROOT", str(lake.root))
    assert main(["compact", "--table", "gold.nothing"]) == 2
    assert "'gold.nothing' is not declared" in capsys.readouterr().err
