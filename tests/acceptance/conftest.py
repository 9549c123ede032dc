"""The play and the lake that the acceptance tests share: made once, taken down after the last of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pyspark.sql import SparkSession

from lake.store import Store
from tests.acceptance.played import SESSIONS, Played, make, playing, raise_alerts, take_in


@pytest.fixture(scope="package")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """A broker's eight sessions in Kafka."""
    with playing(tmp_path_factory.mktemp("played")) as found:
        yield found


@pytest.fixture(scope="package")
def lake(spark: SparkSession, played: Played, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """The days taken in, alerts raised and taken in too, every table made, the truth beside it."""
    root = tmp_path_factory.mktemp("lake")
    store = played.lake(spark, root)
    played.truth.write(root / "truth")
    take_in(store)
    raise_alerts(store)
    take_in(store)
    make(store, SESSIONS)
    return store
