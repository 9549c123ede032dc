"""bronze.events to silver: decode, check the promises, classify; what is set aside is written first, silver last."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from pyspark.sql import DataFrame
from pyspark.sql.streaming import StreamingQuery

from ingestion.kill_points import kill_point
from ingestion.refining import lateness, parking, writes
from ingestion.refining.classify import classify, decode_all, facts_of
from lake.generations import claim, running_query
from lake.store import Store
from schemas import catalog
from schemas.operations import BRONZE_EVENTS, DUPLICATES, QUARANTINE_EVENTS

STREAM = "refine"
# Of bronze, compressed: about 300,000 messages, which the heap decodes at once.
MAX_BYTES_A_BATCH = "32m"
log = logging.getLogger(__name__)


def start(
    store: Store, once: bool, adopt: bool = False, max_bytes: str = MAX_BYTES_A_BATCH
) -> StreamingQuery:
    """Starts refining: until caught up with `once`, for ever otherwise."""
    bronze = store.stream(BRONZE_EVENTS, maxBytesPerTrigger=max_bytes)
    writer = (
        bronze.writeStream.queryName(STREAM)
        .option("checkpointLocation", f"{store.settings.checkpoints}/{STREAM}")
        .foreachBatch(Refining(store, adopt))
    )
    return (writer.trigger(availableNow=True) if once else writer.trigger(processingTime="2 seconds")).start()


@dataclass
class Refining:
    """Refines batches. The first one after a start may have been written, in part, before its checkpoint was, and
    every one of a checkpoint that is adopted."""

    store: Store
    adopt: bool = False
    is_first: bool = True
    parked: frozenset[str] = field(default_factory=frozenset)

    def __call__(self, batch: DataFrame, number: int) -> None:
        if self.is_first:
            query_id = running_query(batch)
            claim(self.store, QUARANTINE_EVENTS, STREAM, query_id, self.adopt)
            self.parked = parking.parked_topics(self.store)
        may_be_known = self.is_first or self.adopt
        # Nobody else parks, and unparking needs this process to be stopped.
        self.parked |= refine(self.store, batch, number, may_be_known, self.parked)
        self.is_first = False
        kill_point("refine.after_commit")


def refine(
    store: Store, messages: DataFrame, number: int, may_be_known: bool, parked: frozenset[str] = frozenset()
) -> frozenset[str]:
    """One batch of bronze rows to their tables. Returns the topics that it parked.

    A topic whose silver write fails is parked alone: its rows wait in bronze, the other topics go on.
    """
    messages = messages.persist()
    ranges = parking.ranges(messages)
    parking.extend(store, {topic: each for topic, each in ranges.items() if topic in parked})
    events = [catalog.event(topic) for topic in ranges if topic not in parked]
    if not events:
        messages.unpersist()
        return frozenset()
    decoded = decode_all(messages, events, store.settings.hash_key, store.settings.cores)
    messages.unpersist()
    facts = facts_of(decoded)
    set_aside_in = (QUARANTINE_EVENTS, DUPLICATES) if may_be_known else ()
    classified = classify(decoded, facts, store, set_aside_in)
    closes = lateness.arriving_closes(classified)
    judged = lateness.mark(classified, facts, store, closes)
    counts = writes.count(judged)
    writes.quarantine(store, judged, counts, number)
    writes.note_duplicates(store, judged, counts, number)
    writes.note_undeclared(store, facts, number)
    kill_point("refine.between_tables")
    failures = writes.accept(store, judged, counts, number)
    for topic, error in failures.items():
        _park(store, topic, ranges[topic], error)
    kill_point("refine.after_silver")
    lateness.remark(store, closes)
    writes.touch(store, counts, number)
    return frozenset(failures)


def _park(store: Store, topic: str, waiting: parking.Range, error: Exception) -> None:
    """Its failure is recorded, reported by the ledger, and unparked once its cause is mended."""
    reason = (str(error).strip() or type(error).__name__).splitlines()[0]
    log.error("topic %s is parked: %s", topic, reason)
    parking.park(store, topic, waiting, reason)
