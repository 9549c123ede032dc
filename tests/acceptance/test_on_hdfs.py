"""A lake on HDFS says what the same lake in files says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pyspark.sql import SparkSession

from infra.local import jars, servers
from infra.local.server_profile import Ports, Profile
from lake.store import Store
from tests.acceptance.played import SESSIONS, Played, answers, make, take_in

pytestmark = pytest.mark.hdfs


@pytest.fixture
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a lake may lie on a NameNode and a DataNode of its own."""
    jars.set_up("hadoop")
    profile = Profile(root=tmp_path_factory.mktemp("hdfs"), ports=Ports.free(), lake="hdfs")
    with servers.running(profile, ["hdfs"]):
        yield profile.lake_uri


def test_every_table_has_the_digest_that_it_has_in_files(
    spark: SparkSession,
    played: Played,
    lake: Store,
    address: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    there = played.lake(spark, tmp_path_factory.mktemp("beside"), address)
    take_in(there)
    make(there, SESSIONS)
    assert there.settings.lake.startswith("hdfs://")
    assert answers(there) == answers(lake)
