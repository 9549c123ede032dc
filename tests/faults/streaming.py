"""The streams as a process of their own that runs on while a trial does something to it."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

from infra.local.streams import READY_FILE
from ingestion.ledger.reading import accounts
from ingestion.refining.writes import last_batch
from lake.reader import query
from lake.settings import Settings
from schemas import catalog
from tests.faults import processes
from tests.faults.processes import Driver

SECONDS_TO_START = 120.0


@contextmanager
def running(settings: Settings, **variables: str) -> Iterator[Driver]:
    """Landing, refining and alerts; nothing of them is left at the end of the block."""
    ready = settings.root / "streams.ready"
    ready.unlink(missing_ok=True)
    streams = processes.start(settings, ("-m", "infra", "streams"), **{READY_FILE: str(ready), **variables})
    try:
        deadline = time.monotonic() + SECONDS_TO_START
        while not ready.is_file():
            if streams.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the streams did not start: {streams.said()}")
            time.sleep(0.5)
        yield streams
    finally:
        streams.leave_nothing()


def stopped(streams: Driver) -> list[str]:
    """Asks them to stop; what is wrong with how they ended."""
    streams.process.send_signal(signal.SIGTERM)
    status = streams.end()
    return [] if status == 0 else [f"the streams ended with {status}: {streams.said()}"]


def n_decided(settings: Settings) -> int:
    """How many messages refine has put into silver, duplicates or quarantine."""
    return sum(each.n_accepted + each.n_duplicates + each.n_quarantined for each in accounts(settings))


def n_left(settings: Settings, n_sent: int, seconds: float) -> int:
    """How many of the messages that were sent are not decided once all are, or after so many seconds.

    Comes back between two batches: what is stopped within one says only at its next start which sessions it touched.
    """
    deadline = time.monotonic() + seconds
    while ((left := n_sent - n_decided(settings)) > 0 or is_within_a_batch(settings)) and (
        time.monotonic() < deadline
    ):
        time.sleep(1.0)
    return max(left, 0)


def is_within_a_batch(settings: Settings) -> bool:
    """Whether silver has rows of sessions of a batch that has not said yet which ones it touched."""
    tables = [table.name for table in map(catalog.silver_of, catalog.EVENTS) if table.sessions_by is not None]
    newest = " UNION ALL ".join(f"SELECT max(refine_batch) AS number FROM {name}" for name in tables)
    [begun] = query(settings, f"SELECT max(number) AS begun FROM ({newest}) AS each_table")[
        "begun"
    ].to_pylist()
    return begun is not None and last_batch(settings) < begun
