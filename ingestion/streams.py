"""Landing and refining in one process, which holds the lease of the streams: there is one such process at a time."""

from __future__ import annotations

import re
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from pyspark.errors import StreamingQueryException
from pyspark.sql.streaming import StreamingQuery

from ingestion import land
from ingestion.errors import StreamFailed
from ingestion.refining import refine
from ingestion.stream_names import LANDING, LEASE
from lake.fence import raise_fence
from lake.lease import renewed_lease
from lake.settings import Settings
from lake.spark import local_master, spark_session
from lake.store import Store
from lake.tables import create_missing
from schemas import catalog
from schemas.operations import BRONZE_EVENTS, DUPLICATES, PARKED, QUARANTINE_EVENTS, TOUCHED_SESSIONS

WRITTEN = (
    BRONZE_EVENTS,
    QUARANTINE_EVENTS,
    DUPLICATES,
    PARKED,
    TOUCHED_SESSIONS,
    *(catalog.silver_of(event) for event in catalog.EVENTS),
)
"""The tables that the streams write."""
_SECONDS_BETWEEN_LOOKS = 1.0
_OVERTAKEN = re.compile(r"KAFKA_DATA_LOSS|OffsetOutOfRangeException")
_NO_WORKER = re.compile(r"Python worker exited unexpectedly|PythonWorkerFactory")
_OUR_ERROR = re.compile(r"^(?:lake|ingestion|jobs)\.\w+\.\w+: (.+)$", re.MULTILINE)
_JAVA_ERROR = re.compile(r"^py4j\.protocol\.Py4JJavaError: .+\n: (?:[\w$]+\.)*(.+)$", re.MULTILINE)
_PYTHON_ERROR = re.compile(r"^(?:\w+\.)*(\w+: .+)$", re.MULTILINE)


@contextmanager
def only_process(settings: Settings, application: str, wait_seconds: float = 0) -> Iterator[Store]:
    """The lake's tables, created where missing, for the one process that lands and refines. Raises LeaseError.

    Whoever did so before writes nothing any more, even where it only slept.
    """
    with renewed_lease(settings.leases, LEASE, wait_seconds):
        create_missing(settings, catalog.TABLES)
        fence = raise_fence(settings, WRITTEN)
        yield Store(spark_session(settings, application, for_streams(settings)), settings, fence)


def for_streams(settings: Settings) -> dict[str, str]:
    """What a session of streams has beyond that of jobs."""
    return {
        # Streams share a process: a task of one that waits for its Python worker must not keep the others' from running.
        "spark.master": local_master(2 * settings.cores),
        # Each batch adds a file to each table that it writes; fifty small ones become one, by Delta itself.
        "spark.databricks.delta.autoCompact.enabled": "true",
    }


def catch_up(store: Store) -> None:
    """Lands what the broker has and refines it. Raises StreamFailed."""
    until_ended(land.start(store, once=True))
    until_ended(refine.start(store, once=True))


def until_ended(query: StreamingQuery) -> None:
    """Waits for a stream that ends by itself. Raises StreamFailed with the error that ended it."""
    try:
        query.awaitTermination()
    except StreamingQueryException as error:
        raise _failed(query, str(error)) from error


def until_stopped(*queries: StreamingQuery) -> None:
    """Waits until the process is asked to stop, and stops the streams. Raises StreamFailed when one ends before."""
    asked_to_stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: asked_to_stop.set())
    try:
        while not asked_to_stop.wait(_SECONDS_BETWEEN_LOOKS):
            for query in queries:
                if not query.isActive:
                    why = query.exception()
                    raise _failed(query, str(why or "it was stopped")) from why
    finally:
        for query in queries:
            query.stop()


def _failed(query: StreamingQuery, text: str) -> StreamFailed:
    name = query.name or "?"
    return StreamFailed(name, _reason(name, text))


def _what_to_do(overtaken: str) -> str:
    if overtaken == LANDING:
        return "`python -m ingestion land --once` says which, and how to go on"
    return "remove its checkpoint, and it reads again what there is"


def _reason(name: str, text: str) -> str:
    """Our own error where one is in what Spark says, else the last one of a traceback in it, else its first line."""
    if _OVERTAKEN.search(text):
        return f"the broker has deleted messages that it was about to read; {_what_to_do(name)}"
    if _NO_WORKER.search(text):
        return (
            "its Python workers die again and again, as they do where memory runs out: see that there is some, and start it "
            "again, which goes on where it was"
        )
    ours = _OUR_ERROR.search(text)
    if ours:
        return ours[1]
    _, is_python, traceback = text.rpartition("Traceback (most recent call last)")
    theirs = (_JAVA_ERROR.search(traceback) or _PYTHON_ERROR.search(traceback)) if is_python else None
    return theirs[1] if theirs else (text.strip() or "no reason given").splitlines()[0]
