"""The long-lived streams in one Spark process: landing, refining and alerts."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Sequence
from pathlib import Path

from pyspark.sql import SparkSession
from pyspark.sql.streaming import StreamingQuery

from infra.errors import StreamEnded
from infra.local.streams import READY_FILE
from ingestion import land, refine
from ingestion.stream_lease import LEASE
from jobs.risk import alert_stream
from lake.lease import lease
from lake.settings import Settings
from lake.spark import spark_session
from lake.store import Store
from lake.tables import create_missing
from schemas import catalog

_SECONDS_BETWEEN_LOOKS = 1.0
_SECONDS_FOR_A_CATCH_UP = 900.0


def run(settings: Settings) -> None:
    """Runs the streams until the process is asked to stop. Raises StreamEnded when one of them ends by itself."""
    asked_to_stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: asked_to_stop.set())
    # A catch-up may hold it for some minutes; ending here would only have the supervisor start Spark again and again.
    with lease(settings.leases, LEASE, wait_seconds=_SECONDS_FOR_A_CATCH_UP):
        create_missing(settings, catalog.TABLES)
        spark = spark_session(settings, "streams")
        queries = start(Store(spark, settings), settings.params)
        _say_ready()
        try:
            _watch(queries, asked_to_stop)
        finally:
            _stop(spark, queries)


def start(store: Store, params: str) -> list[StreamingQuery]:
    """Starts the three queries, for ever."""
    return [
        land.start(store, once=False),
        refine.start(store, once=False),
        alert_stream.start(store, once=False, params_set=params),
    ]


def _watch(queries: Sequence[StreamingQuery], asked_to_stop: threading.Event) -> None:
    while not asked_to_stop.wait(_SECONDS_BETWEEN_LOOKS):
        for query in queries:
            if not query.isActive:
                raise StreamEnded(query.name or "", str(query.exception() or "it was stopped"))


def _stop(spark: SparkSession, queries: Sequence[StreamingQuery]) -> None:
    for query in queries:
        if query.isActive:
            query.stop()
    spark.stop()


def _say_ready() -> None:
    """The supervisor's health check looks for this file."""
    path = os.environ.get(READY_FILE)
    if path:
        Path(path).write_text(f"{os.getpid()}\n")
