"""bronze.events to silver: decode, check the promises, classify; what is set aside is written first, silver last."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.streaming import StreamingQuery

from ingestion.refining import lateness, parking, writes
from ingestion.refining.classify import ACCEPTED, KNOWN, classify
from ingestion.refining.decoded import decode_all, facts_of
from ingestion.refining.writes import last_batch
from lake.generations import Generation, claim, mend_or_refuse, running_query
from lake.kill_points import kill_point
from lake.reader import query
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
    """Starts refining: until caught up with `once`, for ever otherwise. Raises CheckpointError.

    With `adopt` it goes on with a checkpoint that is not silver's own, and with a new one where that is damaged.
    """
    mend_or_refuse(store, STREAM, adopt)
    bronze = store.stream(BRONZE_EVENTS, maxBytesPerTrigger=max_bytes)
    writer = (
        bronze.writeStream.queryName(STREAM)
        .option("checkpointLocation", f"{store.settings.checkpoints}/{STREAM}")
        .foreachBatch(Refining(store, adopt))
    )
    return (writer.trigger(availableNow=True) if once else writer.trigger(processingTime="2 seconds")).start()


@dataclass
class Refining:
    """Refines batches. Some may have been written, in part, before: the first one after a start, whose checkpoint was
    not, and those that a checkpoint reads again which was rolled back or adopted."""

    store: Store
    adopt: bool = False
    generation: Generation | None = None
    last_number: int = -1
    parked: frozenset[str] = field(default_factory=frozenset)

    def __call__(self, batch: DataFrame, number: int) -> None:
        kill_point("refine.before_read")
        is_first = self.generation is None
        if self.generation is None:
            adopted = self._next_generation if self.adopt else None
            query_id = running_query(batch)
            self.generation = claim(self.store, QUARANTINE_EVENTS, STREAM, query_id, adopted)
            self.last_number = last_batch(self.store.settings)
            self.parked = parking.parked_topics(self.store)
        number += self.generation.first_batch
        may_be_known = is_first or number <= self.last_number or self._is_read_again(batch)
        # Nobody else parks, and unparking needs this process to be stopped.
        self.parked |= refine(self.store, batch, number, may_be_known, self.parked)
        kill_point("refine.after_commit")

    def _is_read_again(self, batch: DataFrame) -> bool:
        """Whether a batch begins with what was landed before this checkpoint took over."""
        up_to = -1 if self.generation is None else self.generation.read_again_up_to
        return up_to >= 0 and bool(batch.where(F.col("land_batch") <= up_to).take(1))

    def _next_generation(self) -> Generation:
        landed = query(
            self.store.settings, f"SELECT max(land_batch) AS last FROM {BRONZE_EVENTS.name}", for_service=True
        )
        return Generation(1 + last_batch(self.store.settings), landed["last"][0].as_py() or 0)


def refine(
    store: Store, messages: DataFrame, number: int, may_be_known: bool, parked: frozenset[str] = frozenset()
) -> frozenset[str]:
    """One batch of bronze rows to their tables. Returns the topics that it parked.

    A topic whose silver write fails is parked alone: its rows wait in bronze, the other topics go on.
    """
    ranges = parking.ranges(messages)
    parking.extend(store, {topic: each for topic, each in ranges.items() if topic in parked})
    events = [catalog.event(topic) for topic in ranges if topic not in parked]
    if not events:
        return frozenset()
    decoded = decode_all(messages, events, store.settings.hash_key, store.settings.cores)
    kill_point("refine.after_read")
    facts = facts_of(decoded)
    set_aside_in = (QUARANTINE_EVENTS, DUPLICATES) if may_be_known else ()
    classified = classify(decoded, facts, store, set_aside_in)
    # What an earlier attempt wrote and did not follow up is followed up now.
    written = (ACCEPTED, KNOWN) if may_be_known else (ACCEPTED,)
    closes = lateness.closes_of(classified, *written)
    judged = lateness.mark(classified, facts, store, closes)
    counts = writes.count(judged)
    writes.quarantine(store, judged, counts, messages, number)
    writes.note_duplicates(store, judged, counts, number)
    writes.note_undeclared(store, facts, number)
    kill_point("refine.between_tables")
    failures = writes.accept(store, judged, counts, number)
    for topic, error in failures.items():
        _park(store, topic, ranges[topic], error)
    kill_point("refine.after_silver")
    lateness.remark(store, closes)
    writes.touch(store, counts, written, number)
    return frozenset(failures)


def _park(store: Store, topic: str, waiting: parking.Range, error: Exception) -> None:
    """Its failure is recorded, reported by the ledger, and unparked once its cause is mended."""
    reason = (str(error).strip() or type(error).__name__).splitlines()[0]
    log.error("topic %s is parked: %s", topic, reason)
    parking.park(store, topic, waiting, reason)
