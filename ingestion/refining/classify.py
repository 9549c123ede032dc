"""Decides about decoded rows: accepted, duplicate, quarantined, or known from an earlier attempt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from ingestion.refining.parallel import in_threads
from lake.contract import decode, key_text, payload_hash
from lake.store import Store
from schemas import catalog
from schemas.declaration import Event, Table

ACCEPTED, DUPLICATE, QUARANTINED, KNOWN = "accepted", "duplicate", "quarantined", "known"
ORIGIN = ["origin_topic", "origin_partition", "origin_offset"]

# Of each topic its rows, with columns of its own.
Frames = dict[str, DataFrame]


@dataclass(frozen=True)
class TopicFacts:
    """What a batch holds of one topic: the days of its keys, its offsets, and fields that nobody declared."""

    key_dates: tuple[date, ...]
    first_offset: int
    last_offset: int
    undeclared: tuple[str, ...] = ()


def decode_all(messages: DataFrame, events: Sequence[Event], hash_key: str, n_threads: int) -> Frames:
    """Messages of several topics, decoded: a frame a topic, computed once.

    Cut off from their plan: Spark computes a cached frame again when a table that it read changes, and after the first
    write every row would be found in silver already.
    """
    frames: Frames = {}

    def work(event: Event) -> None:
        of_topic = messages.where(F.col("origin_topic") == event.topic)
        frames[event.topic] = decode(of_topic, event, hash_key).localCheckpoint()

    in_threads(messages.sparkSession, work, events, n_threads)
    return frames


def facts_of(decoded: Frames) -> dict[str, TopicFacts]:
    """One aggregation over a decoded batch."""
    rows = (
        _keys(decoded, "undeclared_fields")
        .groupBy("origin_topic")
        .agg(
            F.collect_set(F.when(F.col("is_good"), F.col("key_date"))).alias("key_dates"),
            F.min("origin_offset").alias("first_offset"),
            F.max("origin_offset").alias("last_offset"),
            F.array_distinct(
                F.flatten(
                    F.collect_set(
                        F.when(F.expr("is_good AND size(undeclared_fields) > 0"), F.col("undeclared_fields"))
                    )
                )
            ).alias("undeclared"),
        )
        .collect()
    )
    return {
        row["origin_topic"]: TopicFacts(
            tuple(sorted(row["key_dates"])),
            row["first_offset"],
            row["last_offset"],
            tuple(sorted(row["undeclared"])),
        )
        for row in rows
    }


def classify(
    decoded: Frames, facts: Mapping[str, TopicFacts], store: Store, set_aside_in: Sequence[Table] = ()
) -> Frames:
    """Adds `state`, `repeats_partition` and `repeats_offset`; a key conflict becomes a reason.

    The first to land bears its key. `set_aside_in` are tables whose rows are known already, which matters only when a
    batch is done again.
    """
    # Nearly every row is the first of its key, or bad by itself: only what is not is joined to the rows.
    exceptions = F.broadcast(_exceptions(decoded, facts, store, set_aside_in).localCheckpoint())
    return {topic: _with_state(frame, exceptions) for topic, frame in decoded.items()}


def _with_state(decoded: DataFrame, exceptions: DataFrame) -> DataFrame:
    plain = F.when(F.size("reasons") == 0, F.lit(ACCEPTED)).otherwise(F.lit(QUARANTINED))
    conflict = "array(named_struct('code', 'key_conflict', 'subject', 'key'))"
    reasons = f"CASE WHEN exception = '{QUARANTINED}' AND size(reasons) = 0 THEN {conflict} ELSE reasons END"
    return (
        decoded.join(exceptions, ORIGIN, how="left")
        .withColumns({"state": F.coalesce("exception", plain), "reasons": F.expr(reasons)})
        .drop("exception")
    )


def _keys(decoded: Frames, *more: str) -> DataFrame:
    """What the decision is about, of all topics, and more columns."""
    names = [*ORIGIN, "received_at", "key_text", "key_date", "payload_hash", *more]
    is_good = (F.size("reasons") == 0).alias("is_good")
    return reduce(DataFrame.unionAll, [frame.select(*names, is_good) for frame in decoded.values()])


def _exceptions(
    decoded: Frames, facts: Mapping[str, TopicFacts], store: Store, set_aside_in: Sequence[Table]
) -> DataFrame:
    """The messages that do not simply follow their own reasons: ORIGIN, `exception` (the state), and what they repeat."""
    first = Window.partitionBy("origin_topic", "key_text", "is_good").orderBy(
        "received_at", "origin_partition", "origin_offset"
    )
    ranked = _keys(decoded).withColumns(
        {
            "first_payload": F.first("payload_hash").over(first),
            "first_partition": F.first("origin_partition").over(first),
            "first_offset": F.first("origin_offset").over(first),
        }
    )
    earlier = _earlier_bearers(facts, store)
    if earlier is None:
        joined = ranked.selectExpr("*", "CAST(NULL AS bigint) AS bearer_payload",
                                   "CAST(NULL AS bigint) AS bearer_partition", "CAST(NULL AS bigint) AS bearer_offset")  # fmt: skip
    else:
        # Files are small and their keys as text are not: what Spark takes for small enough to broadcast is not.
        joined = ranked.join(earlier.hint("merge"), ["origin_topic", "key_text", "is_good"], how="left")
    joined = (
        _mark_set_aside(joined, facts, store, set_aside_in)
        if set_aside_in
        else joined.withColumn("was_set_aside", F.lit(False))
    )
    plain = F.when(F.col("is_good"), F.lit(ACCEPTED)).otherwise(F.lit(QUARANTINED))
    decided = joined.withColumn("exception", F.expr(_STATE)).where(F.col("exception") != plain)
    return decided.select(
        *ORIGIN,
        "exception",
        F.coalesce("bearer_partition", "first_partition").alias("repeats_partition"),
        F.coalesce("bearer_offset", "first_offset").alias("repeats_offset"),
    )


_HAS_BEARER = "bearer_offset IS NOT NULL"
# The decision, spelled as one CASE: its order is the rule.
_STATE = f"""
    CASE WHEN was_set_aside
           OR (is_good AND bearer_partition = origin_partition AND bearer_offset = origin_offset) THEN '{KNOWN}'
         WHEN NOT is_good THEN '{QUARANTINED}'
         WHEN NOT {_HAS_BEARER} AND first_partition = origin_partition AND first_offset = origin_offset
             THEN '{ACCEPTED}'
         WHEN payload_hash = CASE WHEN {_HAS_BEARER} THEN bearer_payload ELSE first_payload END THEN '{DUPLICATE}'
         ELSE '{QUARANTINED}' END"""


def _earlier_bearers(facts: Mapping[str, TopicFacts], store: Store) -> DataFrame | None:
    """The keys that silver holds for the days of the batch, read with literal dates so that files are skipped."""
    frames = []
    for topic, fact in facts.items():
        event = catalog.event(topic)
        table = catalog.silver_of(event)
        if not fact.key_dates or not store.may_hold(table, event.dated_by, fact.key_dates):
            continue
        rows = store.read_days(table, event.dated_by, fact.key_dates)
        frames.append(
            rows.select(
                "origin_topic",
                key_text(event).alias("key_text"),
                F.lit(True).alias("is_good"),
                payload_hash(event).alias("bearer_payload"),
                F.col("origin_partition").alias("bearer_partition"),
                F.col("origin_offset").alias("bearer_offset"),
            )
        )
    return reduce(DataFrame.unionByName, frames) if frames else None


def _mark_set_aside(
    decoded: DataFrame, facts: Mapping[str, TopicFacts], store: Store, tables: Sequence[Table]
) -> DataFrame:
    """Adds `was_set_aside`: one of the tables holds this very message already."""
    first = min(fact.first_offset for fact in facts.values())
    last = max(fact.last_offset for fact in facts.values())
    known = reduce(
        DataFrame.unionByName,
        [
            store.read(table)
            .where(F.col("origin_topic").isin(*facts) & F.col("origin_offset").between(first, last))
            .select(*ORIGIN)
            for table in tables
        ],
    ).withColumn("was_set_aside", F.lit(True))
    return decoded.join(known, ORIGIN, how="left").withColumn(
        "was_set_aside", F.coalesce("was_set_aside", F.lit(False))
    )
