"""bronze.events to silver: decode, check the promises, classify; what is set aside is written first, silver last."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import reduce
from typing import NamedTuple

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.streaming import StreamingQuery

from ingestion.refining import lateness, parking
from ingestion.refining.classify import (
    ACCEPTED,
    DUPLICATE,
    KNOWN,
    ORIGIN,
    QUARANTINED,
    Frames,
    classify,
    decode_all,
    facts_of,
)
from ingestion.refining.parallel import in_threads
from lake.errors import LeaseError
from lake.generations import Generation, claim, mend_or_refuse, running_query
from lake.kill_points import kill_point
from lake.reader import query
from lake.store import Store
from schemas import catalog
from schemas.declaration import Event
from schemas.operations import BRONZE_EVENTS, DUPLICATES, QUARANTINE_EVENTS, TOUCHED_SESSIONS

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
            self.last_number = last_batch(self.store)
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
        return Generation(1 + last_batch(self.store), landed["last"][0].as_py() or 0)


def last_batch(store: Store) -> int:
    """The number of the newest batch that touched silver; -1 where there is none."""
    last = query(store.settings, f"SELECT max(refine_batch) AS last FROM {TOUCHED_SESSIONS.name}")
    return -1 if (number := last["last"][0].as_py()) is None else int(number)


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
    kill_point("refine.after_read")
    facts = facts_of(decoded)
    classified = classify(decoded, facts, store, may_be_known)
    # What an earlier attempt wrote and did not follow up is followed up now.
    written = (ACCEPTED, KNOWN) if may_be_known else (ACCEPTED,)
    closes = lateness.closes_of(classified, *written)
    judged = lateness.mark(classified, facts, store, closes)
    counts = _counts(judged)
    _set_aside(store, judged, counts, number)
    kill_point("refine.between_tables")
    accepted = {each.topic for each in counts if each.state == ACCEPTED}
    chosen = [event for event in events if event.topic in accepted]
    failed = _accept(store, judged, chosen, ranges, number)
    kill_point("refine.after_silver")
    lateness.remark(store, closes)
    _touch(store, [each for each in counts if each.state in written], number)
    return failed


class Count(NamedTuple):
    """How many messages of a topic and session have which state. A topic may have rows that belong to no session."""

    topic: str
    state: str
    session_date: date | None
    n: int


def _counts(judged: Frames) -> list[Count]:
    names = ["origin_topic", "state", "session_date"]
    narrow = reduce(DataFrame.unionAll, [frame.select(*names) for frame in judged.values()])
    return [Count(*row) for row in narrow.groupBy(*names).count().collect()]


def _set_aside(store: Store, judged: Frames, counts: Sequence[Count], number: int) -> None:
    """Quarantine and duplicates, one append each, if there are any."""
    now, batch = F.current_timestamp(), F.lit(number).cast("bigint")
    bad = _of_state(judged, counts, QUARANTINED, "event_key", "headers", "raw", "reasons")
    if bad is not None:
        contract = F.concat(F.lit("brokerlake:"), "origin_topic")
        rows = bad.withColumns({"refine_batch": batch, "contract_id": contract, "first_seen_at": now})
        store.append(QUARANTINE_EVENTS, rows.coalesce(1))
    repeated = _of_state(judged, counts, DUPLICATE, "repeats_partition", "repeats_offset")
    if repeated is not None:
        rows = repeated.withColumns({"refine_batch": batch, "processed_at": now})
        store.append(DUPLICATES, rows.coalesce(1))


def _of_state(judged: Frames, counts: Sequence[Count], state: str, *more: str) -> DataFrame | None:
    """The rows of all topics that have a state: where they come from, what their envelope says, and `more`."""
    topics = sorted({each.topic for each in counts if each.state == state})
    names = [*ORIGIN, "received_at", "source_name", "event_id", "sequence", *more]
    frames = [judged[topic].where(F.col("state") == state).select(*names) for topic in topics]
    return reduce(DataFrame.unionAll, frames) if frames else None


def _accept(
    store: Store, judged: Frames, events: Sequence[Event], ranges: dict[str, parking.Range], number: int
) -> frozenset[str]:
    """Each topic's accepted rows to its silver table, two at a time. A topic that fails is parked, and returned."""
    failures: dict[str, Exception] = {}

    def write(event: Event) -> None:
        try:
            rows = silver_rows(judged[event.topic], number)
            store.append(catalog.silver_of(event), rows.coalesce(1))
            kill_point("refine.after_table")
        except LeaseError:
            raise
        except Exception as error:
            # The one place that catches everything: a topic's failure must not stop the others. It is recorded,
            # reported by the ledger, and unparked once its cause is mended.
            failures[event.topic] = error

    in_threads(store.spark, write, events, store.settings.cores)
    for topic, error in failures.items():
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        log.error("topic %s is parked: %s", topic, reason)
        parking.park(store, topic, ranges[topic], reason)
    return frozenset(failures)


def silver_rows(judged: DataFrame, number: int) -> DataFrame:
    """The accepted rows of one topic as its silver table has them."""
    return judged.where(F.col("state") == ACCEPTED).select(
        "record.*",
        "source_name",
        "event_id",
        "sequence",
        "is_late",
        *ORIGIN,
        "received_at",
        F.lit(number).cast("bigint").alias("refine_batch"),
        F.current_timestamp().alias("processed_at"),
    )


def _touch(store: Store, written: Sequence[Count], number: int) -> None:
    """Records the sessions that got rows, each once a batch, so that the batch jobs know what to make again."""
    touched = {
        (catalog.silver_of(catalog.event(each.topic)).name, each.session_date, number)
        for each in written
        if each.session_date is not None
    }
    recorded = query(store.settings, f"SELECT * FROM {TOUCHED_SESSIONS.name} WHERE refine_batch = {number}")
    known = {(row["table_name"], row["session_date"], number) for row in recorded.to_pylist()}
    rows = store.spark.createDataFrame(
        sorted(touched - known), "table_name string, session_date date, refine_batch bigint"
    )
    store.append(TOUCHED_SESSIONS, rows.withColumn("processed_at", F.current_timestamp()).coalesce(1))
