"""One Spark session for every test that needs one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """Local, on two cores, with the lake's configuration; everything it leaves lies in a folder of the run."""
    from lake.settings import Settings
    from lake.spark import spark_session

    root = tmp_path_factory.mktemp("spark")
    settings = Settings.from_environment({"BROKERLAKE_ROOT": str(root), "BROKERLAKE_DRIVER_MEMORY": "1g"})
    session = spark_session(settings, "tests")
    yield session
    session.stop()
