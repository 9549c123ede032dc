"""However the stream is cut into batches and the range into runs, and wherever the lake lies, silver and gold say the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from infra.local import jars, servers
from infra.local.server_profile import Ports, Profile
from lake.store import Store
from schemas.operations import BRONZE_EVENTS, TOUCHED_SESSIONS
from tests.acceptance.played import SESSIONS, Played, answers, make, take_in

pytestmark = pytest.mark.hdfs

RUNS = (SESSIONS[:3], SESSIONS[3:])


@pytest.fixture
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a lake may lie on a NameNode and a DataNode of its own."""
    jars.set_up("hadoop")
    profile = Profile(root=tmp_path_factory.mktemp("hdfs"), ports=Ports.free(), lake="hdfs")
    with servers.running(profile, ["hdfs"]):
        yield profile.lake_uri


def test_other_batches_and_other_runs_on_hdfs_give_the_same_tables(
    spark: SparkSession, played: Played, lake: Store, tmp_path: Path, address: str
) -> None:
    cut = played.lake(spark, tmp_path, address)
    assert cut.settings.lake.startswith("hdfs://")
    take_in(cut, max_offsets=4_000, max_bytes="1b")
    assert all(there > here for there, here in zip(batches(cut), batches(lake), strict=True))
    for run in RUNS:
        make(cut, run)
    assert answers(cut) == answers(lake)


def batches(store: Store) -> tuple[int, int]:
    """How many batches landed, and how many were refined."""
    landed = store.read(BRONZE_EVENTS).select("land_batch").distinct().count()
    return landed, store.read(TOUCHED_SESSIONS).select("refine_batch").distinct().count()
