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
    ORIGIN,
    QUARANTINED,
    Frames,
    classify,
    decode_all,
    facts_of,
)
from ingestion.refining.parallel import in_threads
from lake.generations import claim, running_query
from lake.kill_points import kill_point
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
        kill_point("refine.before_read")
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
    kill_point("refine.after_read")
    facts = facts_of(decoded)
    classified = classify(decoded, facts, store, may_be_known)
    closes = lateness.arriving_closes(classified)
    judged = lateness.mark(classified, facts, store, closes)
    counts = _counts(judged)
    _set_aside(store, judged, counts, number)
    kill_point("refine.between_tables")
    accepted = {each.topic for each in counts if each.state == ACCEPTED}
    chosen = [event for event in events if event.topic in accepted]
    failed = _accept(store, judged, chosen, ranges, number)
    kill_point("refine.after_silver")
    lateness.remark(store, closes)
    _touch(store, counts, number)
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


def _touch(store: Store, counts: Sequence[Count], number: int) -> None:
    """Records the sessions that got rows, so that the batch jobs know what to make again."""
    touched = [
        (catalog.silver_of(catalog.event(each.topic)).name, each.session_date, number)
        for each in counts
        if each.state == ACCEPTED and each.session_date is not None
    ]
    rows = store.spark.createDataFrame(touched, "table_name string, session_date date, refine_batch bigint")
    store.append(TOUCHED_SESSIONS, rows.withColumn("processed_at", F.current_timestamp()).coalesce(1))
