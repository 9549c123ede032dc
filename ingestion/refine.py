"""bronze.events to silver: decode, check the promises, classify; what is set aside is written first, silver last."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from pyspark import inheritable_thread_target
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.streaming import StreamingQuery

from ingestion import lateness, parking
from ingestion.classify import (
    ACCEPTED,
    DUPLICATE,
    QUARANTINED,
    classify,
    decode_all,
    facts_of,
    record_column,
)
from ingestion.kill_points import kill_point
from ingestion.parallel import in_threads
from lake.generations import claim, running_query
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
        if self.is_first:
            query_id = running_query(batch)
            claim(self.store, QUARANTINE_EVENTS, STREAM, query_id, self.adopt)
            self.parked = parking.parked_topics(self.store)
        may_be_known = self.is_first or self.adopt
        refine(self.store, batch, number, may_be_known, self.parked)
        self.parked = parking.parked_topics(self.store)
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
    decoded = decode_all(messages, events, store.settings.hash_key).persist()
    facts = facts_of(decoded)
    judged = lateness.mark(classify(decoded, facts, store, may_be_known), events, facts, store)
    # Cut off from its plan: Spark computes a cached frame again when a table that it read changes, and after the
    # first write every row would be found in silver already.
    judged = judged.withColumn("refine_batch", F.lit(number).cast("bigint")).localCheckpoint()
    counts = _counts(judged)
    try:
        _set_aside(store, judged, counts)
        kill_point("refine.between_tables")
        failed = _accept(
            store, judged, [event for event in events if (event.topic, ACCEPTED) in counts], ranges
        )
        lateness.remark(store, judged, events, counts)
        _touch(store, judged, number)
        return failed
    finally:
        for frame in (decoded, messages):
            frame.unpersist()


def _counts(judged: DataFrame) -> dict[tuple[str, str], int]:
    rows = judged.groupBy("origin_topic", "state").count().collect()
    return {(row["origin_topic"], row["state"]): row["count"] for row in rows}


def _set_aside(store: Store, judged: DataFrame, counts: dict[tuple[str, str], int]) -> None:
    """Quarantine and duplicates, one append each, if there are any."""
    states = {state for _, state in counts}
    now = F.current_timestamp()
    if QUARANTINED in states:
        bad = judged.where(F.col("state") == QUARANTINED).withColumn("first_seen_at", now)
        contract = F.concat(F.lit("brokerlake:"), "origin_topic")
        store.append(QUARANTINE_EVENTS, bad.withColumn("contract_id", contract).coalesce(1))
    if DUPLICATE in states:
        repeated = judged.where(F.col("state") == DUPLICATE).withColumn("processed_at", now)
        store.append(DUPLICATES, repeated.coalesce(1))


def _accept(
    store: Store, judged: DataFrame, events: Sequence[Event], ranges: dict[str, parking.Range]
) -> frozenset[str]:
    """Each topic's accepted rows to its silver table, two at a time. A topic that fails is parked, and returned."""
    failures: dict[str, Exception] = {}

    @inheritable_thread_target(store.spark)
    def write(event: Event) -> None:
        try:
            store.append(catalog.silver_of(event), silver_rows(judged, event).coalesce(1))
        except Exception as error:
            # The one place that catches everything: a topic's failure must not stop the others. It is recorded,
            # reported by the ledger, and repaired from bronze.
            failures[event.topic] = error

    in_threads(write, events, store.settings.cores)
    for topic, error in failures.items():
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        log.error("topic %s is parked: %s", topic, reason)
        parking.park(store, topic, ranges[topic], reason)
    return frozenset(failures)


def silver_rows(judged: DataFrame, event: Event) -> DataFrame:
    """The accepted rows of one topic as its silver table has them."""
    accepted = judged.where((F.col("origin_topic") == event.topic) & (F.col("state") == ACCEPTED))
    return accepted.select(
        f"{record_column(event)}.*",
        "source_name",
        "event_id",
        "sequence",
        "is_late",
        "origin_topic",
        "origin_partition",
        "origin_offset",
        "received_at",
        "refine_batch",
        F.current_timestamp().alias("processed_at"),
    )


def _touch(store: Store, judged: DataFrame, number: int) -> None:
    """Records the sessions that got rows, so that the batch jobs know what to make again."""
    names = [F.lit(name) for event in catalog.EVENTS for name in (event.topic, catalog.silver_of(event).name)]
    touched = (
        judged.where((F.col("state") == ACCEPTED) & F.col("session_date").isNotNull())
        .select("origin_topic", "session_date")
        .distinct()
        .select(
            F.create_map(*names)[F.col("origin_topic")].alias("table_name"),
            "session_date",
            F.lit(number).cast("bigint").alias("refine_batch"),
            F.current_timestamp().alias("processed_at"),
        )
    )
    store.append(TOUCHED_SESSIONS, touched.coalesce(1))
