"""Parked topics are refined from bronze once what stopped them is mended."""

from __future__ import annotations

from pyspark.sql import functions as F

from ingestion.errors import NotParked
from ingestion.refining import parking, writes
from ingestion.refining.refine import refine
from lake.store import Store
from schemas.operations import BRONZE_EVENTS


def unpark(store: Store, topic: str | None = None) -> dict[str, bool]:
    """Refines one parked topic, or all, from bronze; says of each whether it goes on. Raises NotParked.

    The caller holds the lease of the streams. A topic that fails again stays parked, with the new error.
    """
    waiting = parking.parked_ranges(store)
    if topic is not None and topic not in waiting:
        raise NotParked(topic, list(waiting))
    chosen = waiting if topic is None else {topic: waiting[topic]}
    return {each: _unpark(store, each, waits) for each, waits in sorted(chosen.items())}


def _unpark(store: Store, topic: str, waits: parking.Range) -> bool:
    rows = store.read(BRONZE_EVENTS).where(
        (F.col("origin_topic") == topic) & F.col("land_batch").between(waits.first, waits.last)
    )
    # A number after that of every batch that touched silver: what was read of silver before stays as it was.
    failed = refine(store, rows, 1 + writes.last_batch(store.settings), may_be_known=True)
    if failed:
        return False
    parking.release(store, topic)
    return True
