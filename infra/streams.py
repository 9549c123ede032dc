"""The long-lived streams in one Spark process: landing, refining and alerts."""

from __future__ import annotations

import os
from pathlib import Path

from pyspark.sql.streaming import StreamingQuery

from infra.errors import StreamEnded
from infra.local.streams import READY_FILE
from ingestion import land
from ingestion.errors import OvertakenByRetention, StreamFailed
from ingestion.refining import refine
from ingestion.streams import only_process, until_stopped
from jobs.risk import alert_stream
from lake.errors import CheckpointError, LogError, StorageError
from lake.settings import Settings
from lake.storage_errors import plain_storage_errors
from lake.store import Store

_SECONDS_FOR_A_CATCH_UP = 900.0


def run(settings: Settings) -> None:
    """Runs the streams until the process is asked to stop. Raises StreamEnded when one of them ends by itself."""
    try:
        with plain_storage_errors(settings):
            _run(settings)
    except (StreamFailed, OvertakenByRetention, CheckpointError, LogError, StorageError) as error:
        raise StreamEnded(str(error)) from None


def _run(settings: Settings) -> None:
    # A catch-up may hold the lease for some minutes; ending here would only have the supervisor start Spark again
    # and again.
    with only_process(settings, "streams", wait_seconds=_SECONDS_FOR_A_CATCH_UP) as store:
        try:
            queries = start(store, settings.params)
            _say_ready()
            until_stopped(*queries)
        finally:
            store.spark.stop()


def start(store: Store, params: str) -> list[StreamingQuery]:
    """Starts the three queries, for ever."""
    return [
        land.start(store, once=False),
        refine.start(store, once=False),
        alert_stream.start(store, once=False, params_set=params),
    ]


def _say_ready() -> None:
    """The supervisor's health check looks for this file."""
    path = os.environ.get(READY_FILE)
    if path:
        Path(path).write_text(f"{os.getpid()}\n")
