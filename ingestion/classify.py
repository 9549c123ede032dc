"""Decides about decoded rows: accepted, duplicate, quarantined, or known from an earlier attempt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from lake.contract import DECODED, decode, key_text, payload_hash
from lake.store import Store
from schemas import catalog
from schemas.declaration import Event
from schemas.operations import DUPLICATES, QUARANTINE_EVENTS

ACCEPTED, DUPLICATE, QUARANTINED, KNOWN = "accepted", "duplicate", "quarantined", "known"
_ORIGIN = ["origin_topic", "origin_partition", "origin_offset"]


@dataclass(frozen=True)
class TopicFacts:
    """What a batch holds of one topic: the days of its keys, and its offsets."""

    key_dates: tuple[date, ...]
    first_offset: int
    last_offset: int


def record_column(event: Event) -> str:
    """Where the record of a topic stands in a frame of all topics."""
    return f"record_{catalog.EVENTS.index(event)}"


def decode_all(messages: DataFrame, events: Sequence[Event], hash_key: str) -> DataFrame:
    """Messages of several topics, decoded: each topic's record in a column of its own."""
    common = [name for name in DECODED if name != "record"]
    frames = [
        decode(messages.where(F.col("origin_topic") == event.topic), event, hash_key).select(
            *common, F.col("record").alias(record_column(event))
        )
        for event in events
    ]
    return reduce(lambda left, right: left.unionByName(right, allowMissingColumns=True), frames)


def facts_of(decoded: DataFrame) -> dict[str, TopicFacts]:
    """One aggregation over a decoded batch."""
    good = F.when(F.size("reasons") == 0, F.col("key_date"))
    rows = (
        decoded.groupBy("origin_topic")
        .agg(
            F.collect_set(good).alias("key_dates"),
            F.min("origin_offset").alias("first_offset"),
            F.max("origin_offset").alias("last_offset"),
        )
        .collect()
    )
    return {
        row["origin_topic"]: TopicFacts(
            tuple(sorted(row["key_dates"])), row["first_offset"], row["last_offset"]
        )
        for row in rows
    }


def classify(
    decoded: DataFrame, facts: Mapping[str, TopicFacts], store: Store, may_be_known: bool
) -> DataFrame:
    """Adds `state`, `repeats_partition` and `repeats_offset`; a key conflict becomes a reason.

    The first to land bears its key. `may_be_known` also looks for rows that were set aside before, which happens only
    when a batch is done again.
    """
    good = F.size("reasons") == 0
    first = Window.partitionBy("origin_topic", "key_text", "is_good").orderBy(
        "received_at", "origin_partition", "origin_offset"
    )
    ranked = decoded.withColumn("is_good", good).withColumns(
        {
            "first_payload": F.first("payload_hash").over(first),
            "first_partition": F.first("origin_partition").over(first),
            "first_offset": F.first("origin_offset").over(first),
        }
    )
    joined = ranked
    earlier = _earlier_bearers(facts, store)
    if earlier is None:
        joined = joined.selectExpr("*", "CAST(NULL AS bigint) AS bearer_payload",
                                   "CAST(NULL AS bigint) AS bearer_partition", "CAST(NULL AS bigint) AS bearer_offset")  # fmt: skip
    else:
        # Files are small and their keys as text are not: what Spark takes for small enough to broadcast is not.
        joined = joined.join(earlier.hint("merge"), ["origin_topic", "key_text", "is_good"], how="left")
    joined = (
        _mark_set_aside(joined, facts, store)
        if may_be_known
        else joined.withColumn("was_set_aside", F.lit(False))
    )
    return _with_state(joined)


def _with_state(joined: DataFrame) -> DataFrame:
    """The decision, spelled as one CASE: its order is the rule."""
    has_bearer = "bearer_offset IS NOT NULL"
    is_bearer = f"({has_bearer} AND bearer_partition = origin_partition AND bearer_offset = origin_offset)"
    is_first = "(first_partition = origin_partition AND first_offset = origin_offset)"
    same = f"payload_hash = CASE WHEN {has_bearer} THEN bearer_payload ELSE first_payload END"
    state = f"""
        CASE WHEN was_set_aside OR (is_good AND {is_bearer}) THEN '{KNOWN}'
             WHEN NOT is_good THEN '{QUARANTINED}'
             WHEN NOT {has_bearer} AND {is_first} THEN '{ACCEPTED}'
             WHEN {same} THEN '{DUPLICATE}'
             ELSE '{QUARANTINED}' END"""
    conflict = "array(named_struct('code', 'key_conflict', 'subject', 'key'))"
    return (
        joined.withColumn("state", F.expr(state))
        .withColumn(
            "reasons",
            F.expr(f"CASE WHEN state = '{QUARANTINED}' AND is_good THEN {conflict} ELSE reasons END"),
        )
        .withColumn("repeats_partition", F.coalesce("bearer_partition", "first_partition"))
        .withColumn("repeats_offset", F.coalesce("bearer_offset", "first_offset"))
        .drop(
            "is_good",
            "was_set_aside",
            "first_payload",
            "first_partition",
            "first_offset",
            "bearer_payload",
            "bearer_partition",
            "bearer_offset",
        )
    )


def _earlier_bearers(facts: Mapping[str, TopicFacts], store: Store) -> DataFrame | None:
    """The keys that silver holds for the days of the batch, read with literal dates so that files are skipped."""
    frames = []
    for topic, fact in facts.items():
        if not fact.key_dates:
            continue
        event = catalog.event(topic)
        rows = store.read_days(catalog.silver_of(event), event.dated_by, fact.key_dates)
        if rows is None:
            continue
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


def _mark_set_aside(decoded: DataFrame, facts: Mapping[str, TopicFacts], store: Store) -> DataFrame:
    """Adds `was_set_aside`: quarantine or duplicates hold this very message already."""
    first = min(fact.first_offset for fact in facts.values())
    last = max(fact.last_offset for fact in facts.values())
    known = reduce(
        DataFrame.unionByName,
        [
            store.read(table)
            .where(F.col("origin_topic").isin(*facts) & F.col("origin_offset").between(first, last))
            .select(*_ORIGIN)
            for table in (QUARANTINE_EVENTS, DUPLICATES)
        ],
    ).withColumn("was_set_aside", F.lit(True))
    return decoded.join(known, _ORIGIN, how="left").withColumn(
        "was_set_aside", F.coalesce("was_set_aside", F.lit(False))
    )
