"""Two machines write one table: each has leases of its own, so only the table's log keeps them apart."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from threading import Barrier

import pytest
from delta.exceptions import ConcurrentAppendException
from deltalake import write_deltalake
from deltalake.exceptions import CommitFailedError
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from infra.local import jars, servers
from infra.local.server_profile import Ports, Profile
from lake import races, rows
from lake.compaction import Compacted, compact
from lake.errors import RaceLost
from lake.races import refused_if_lost, until_won
from lake.reader import open_table, query
from lake.settings import Settings
from lake.store import Store
from lake.tables import create_missing
from schemas.operations import DUPLICATES, LEDGER_BREAKS
from schemas.recommendation import INTERACTIONS_DAILY as TABLE
from tests.rows import arrow_table, frame, only
from tests.written import new_lake, write

DAY, OTHER_DAY = date(2022, 12, 22), date(2022, 12, 23)
N_ROUNDS = 3
SECONDS = 120.0


def machines(settings: Settings, spark: SparkSession, folder: Path) -> list[Store]:
    return [Store(spark, replace(settings, root=folder / name)) for name in ("one", "two")]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return new_lake(tmp_path)


@pytest.fixture
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(races, "_LONGEST_PAUSE_SECONDS", 0.0)


def test_no_update_of_two_machines_is_swallowed(
    spark: SparkSession, settings: Settings, tmp_path: Path
) -> None:
    write(settings, TABLE, {"session_date": DAY, "n_interactions": 0})
    together = Barrier(2, timeout=SECONDS)

    def count(store: Store) -> None:
        source = frame(store.spark, TABLE, {"session_date": DAY})
        for _ in range(N_ROUNDS):
            together.wait()
            same = F.col("row.session_date") == F.col("source.session_date")
            store.update_matching(TABLE, source, same, {"n_interactions": F.expr("row.n_interactions + 1")})

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(count, machines(settings, spark, tmp_path)))
    [row] = only(Store(spark, settings).read(TABLE), "n_interactions")
    assert row == {"n_interactions": 2 * N_ROUNDS}


def test_rows_that_follow_from_what_was_there_are_refused_and_not_written_again(
    settings: Settings,
) -> None:
    opened = open_table(settings, TABLE)
    opened.alter.set_table_properties({"a": "1"}, raise_if_not_exists=False)
    late = open_table(settings, TABLE, opened.version() - 1)
    with (
        pytest.raises(
            RaceLost, match=r"^another writer changed gold\.interactions_daily .*: nothing of it was"
        ),
        refused_if_lost(TABLE, (CommitFailedError,)),
    ):
        late.alter.set_table_properties({"a": "2"}, raise_if_not_exists=False)


@pytest.mark.usefixtures("no_pause")
def test_a_writer_that_always_loses_says_so() -> None:
    tried = []

    def lose() -> None:
        tried.append(1)
        raise ConcurrentAppendException("files were added")

    with pytest.raises(RaceLost, match="while this one was about to commit, 10 times in a row"):
        until_won(TABLE, (ConcurrentAppendException,), lose)
    assert len(tried) == races.ATTEMPTS


@pytest.mark.usefixtures("no_pause")
def test_what_is_no_race_is_not_tried_again() -> None:
    tried = []

    def fail() -> None:
        tried.append(1)
        raise ValueError("bad")

    with pytest.raises(ValueError, match="bad"):
        until_won(TABLE, (ConcurrentAppendException,), fail)
    assert len(tried) == 1


@pytest.fixture(scope="module")
def on_hdfs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    jars.set_up("hadoop")
    root = tmp_path_factory.mktemp("hdfs")
    profile = Profile(root=root / "servers", ports=Ports.free(), lake="hdfs")
    with servers.running(profile, ["hdfs"]):
        settings = Settings.from_environment(
            {"BROKERLAKE_ROOT": str(root), "BROKERLAKE_LAKE": profile.lake_uri}
        )
        create_missing(settings, [TABLE, DUPLICATES, LEDGER_BREAKS])
        yield settings


@pytest.mark.hdfs
def test_of_two_first_answers_to_a_session_one_stays(
    spark: SparkSession, on_hdfs: Settings, tmp_path: Path
) -> None:
    rows.append(on_hdfs, TABLE, arrow_table(TABLE, {"session_date": OTHER_DAY}))
    together = Barrier(2, timeout=SECONDS)

    def answer(store: Store) -> None:
        case = {"session_date": DAY, "client_id": store.settings.root.name}
        answered = frame(store.spark, TABLE, case, {**case, "instrument_id": "i-2"})
        together.wait()
        store.replace_sessions(TABLE, answered, [DAY], {})

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(answer, machines(on_hdfs, spark, tmp_path)))
    found = only(Store(spark, on_hdfs).read(TABLE).where(F.col("session_date") == DAY), "client_id")
    assert len(found) == 2
    assert found[0] == found[1]


@pytest.mark.hdfs
def test_of_many_compactions_at_once_one_takes_the_files(on_hdfs: Settings, tmp_path: Path) -> None:
    for number in range(6):
        rows.append(on_hdfs, DUPLICATES, arrow_table(DUPLICATES, {"event_id": f"e-{number}"}))
    others = [replace(on_hdfs, root=tmp_path / f"machine-{number}") for number in range(4)]
    together = Barrier(4, timeout=SECONDS)

    def tidy(machine: Settings) -> Compacted:
        together.wait()
        return compact(machine, DUPLICATES)

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(tidy, others))
    assert sorted(each.n_files_removed for each in done) == [0, 0, 0, 6]
    found = query(on_hdfs, f"SELECT event_id FROM {DUPLICATES.name} ORDER BY event_id")
    assert found["event_id"].to_pylist() == [f"e-{number}" for number in range(6)]


@pytest.mark.hdfs
def test_rows_that_were_replaced_do_not_come_back_with_a_compaction(on_hdfs: Settings) -> None:
    for number in range(3):
        rows.append(on_hdfs, LEDGER_BREAKS, arrow_table(LEDGER_BREAKS, {"break_id": f"b-{number}"}))
    late = open_table(on_hdfs, LEDGER_BREAKS)
    compact(on_hdfs, LEDGER_BREAKS)
    with pytest.raises(CommitFailedError):
        write_deltalake(late, arrow_table(LEDGER_BREAKS, {"break_id": "b-9"}), mode="overwrite")
    assert len(query(on_hdfs, f"SELECT break_id FROM {LEDGER_BREAKS.name}")) == 3
