"""The Spark session in which tests and trials run."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import TYPE_CHECKING

from py4j.java_gateway import get_method

from ingestion.streams import for_streams
from lake.settings import Settings
from lake.spark import SMALL_FRAMES, spark_session

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


# Each test's lake has tables of its own. Delta remembers the state of each for an hour, which fills the heap.
_FORGETS_TABLES = {"spark.databricks.delta.delta.log.cacheSize": "100"}


def small_session(root: Path) -> SparkSession:
    """The one of this process, started where there is none: local, on two cores, with the lake's configuration.

    Everything that it leaves lies under the folder.
    """
    jars = str(Settings.from_environment().jars)
    settings = Settings.from_environment(
        {"BROKERLAKE_ROOT": str(root), "BROKERLAKE_DRIVER_MEMORY": "3g", "BROKERLAKE_JARS": jars}
    )
    return spark_session(settings, "tests", {**SMALL_FRAMES, **_FORGETS_TABLES})


def settings_of_streams(settings: Settings) -> dict[str, str]:
    """What a session of streams has beyond that of tests, as far as one that is there can be given it."""
    return {name: value for name, value in for_streams(settings).items() if name != "spark.master"}


def forget(session: SparkSession) -> None:
    """Lets go of what tests have left in it: frames that Python has not collected yet, and the jobs of queries that have
    ended, which Spark 4.2 keeps some of, with their plans and broadcasts. Otherwise the heap is full after twenty minutes.
    And the settings of streams: a command that a test calls in this process gets this session, and gives it those.
    """
    gc.collect()
    for name in settings_of_streams(Settings.from_environment()):
        session.conf.unset(name)
    kept = session.sparkContext._jsc.sc().dagScheduler().activeQueryToJobs()
    # Java's own: a Python mapping takes its entries out one by one, by keys that Java does not take for its own.
    get_method(kept, "clear")()
