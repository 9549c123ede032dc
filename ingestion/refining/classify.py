"""Decides about decoded rows: accepted, duplicate, quarantined, or known from an earlier attempt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from ingestion.refining.decoded import ORIGIN, Frames, TopicFacts
from ingestion.refining.repeated import Repeated
from ingestion.refining.set_aside import SetAside
from lake.decoding.decode import is_good, key_hash, key_text, payload_hash
from lake.store import Store
from schemas import catalog
from schemas.declaration import Table

ACCEPTED, DUPLICATE, QUARANTINED, KNOWN = "accepted", "duplicate", "quarantined", "known"


def classify(
    decoded: Frames, facts: Mapping[str, TopicFacts], store: Store, set_aside_in: Sequence[Table] = ()
) -> Frames:
    """Adds `state`, `repeats_partition` and `repeats_offset`; a key conflict becomes a reason.

    The first to land bears its key. `set_aside_in` are tables whose rows are known already, which matters only when a
    batch is done again.
    """
    # Nearly every row is the first of its key, or bad by itself: only what is not is looked at closely.
    repeated = Repeated.of(decoded, facts, store)
    set_aside = SetAside.of(facts, store, set_aside_in)
    suspects = {
        topic: _suspects(frame, topic, repeated, set_aside)
        for topic, frame in decoded.items()
        if topic in repeated.topics or topic in set_aside.topics
    }
    classified = {topic: _plain(frame) for topic, frame in decoded.items() if topic not in suspects}
    if suspects:
        together = reduce(DataFrame.unionAll, suspects.values())
        exceptions = _exceptions(together, _bearers(repeated)).localCheckpoint()
        for topic in suspects:
            classified[topic] = _with_state(decoded[topic], exceptions.where(F.col("origin_topic") == topic))
    return classified


def _own_state(keeps_promises: Column) -> Column:
    """What a row is by its reasons alone."""
    return F.when(keeps_promises, F.lit(ACCEPTED)).otherwise(F.lit(QUARANTINED))


def _plain(decoded: DataFrame) -> DataFrame:
    nowhere = F.lit(None).cast("bigint")
    return decoded.withColumns(
        {"state": _own_state(is_good()), "repeats_partition": nowhere, "repeats_offset": nowhere}
    )


def _with_state(decoded: DataFrame, exceptions: DataFrame) -> DataFrame:
    conflict = "array(named_struct('code', 'key_conflict', 'subject', 'key'))"
    reasons = f"CASE WHEN exception = '{QUARANTINED}' AND size(reasons) = 0 THEN {conflict} ELSE reasons END"
    return (
        decoded.join(F.broadcast(exceptions.drop("origin_topic")), ORIGIN[1:], how="left")
        .withColumns({"state": F.coalesce("exception", _own_state(is_good())), "reasons": F.expr(reasons)})
        .drop("exception")
    )


def _suspects(decoded: DataFrame, topic: str, repeated: Repeated, set_aside: SetAside) -> DataFrame:
    """The rows of a topic that may not be the first of their key, or are set aside: what the decision is about."""
    rows = decoded.join(F.broadcast(repeated.of_topic(topic)), "key_hash", how="left")
    if topic in set_aside.topics:
        rows = rows.join(F.broadcast(set_aside.of_topic(topic)), ORIGIN[1:], how="left")
    else:
        rows = rows.withColumn("was_set_aside", F.lit(False))
    marked = rows.withColumns(
        {"is_good": is_good(), "was_set_aside": F.expr("coalesce(was_set_aside, false)")}
    ).where("was_set_aside OR (is_good AND is_repeated)")
    names = [*ORIGIN, "received_at", "is_good", "was_set_aside"]
    event = catalog.event(topic)
    return marked.select(*names, "record.*").select(
        *names, key_text(event).alias("key_text"), payload_hash(event).alias("payload_hash")
    )


def _exceptions(suspects: DataFrame, bearers: DataFrame | None) -> DataFrame:
    """The messages that do not simply follow their own reasons: ORIGIN, `exception` (the state), and what they repeat."""
    first = Window.partitionBy("origin_topic", "key_text", "is_good").orderBy(
        "received_at", "origin_partition", "origin_offset"
    )
    ranked = suspects.withColumns(
        {
            "first_payload": F.first("payload_hash").over(first),
            "first_partition": F.first("origin_partition").over(first),
            "first_offset": F.first("origin_offset").over(first),
        }
    )
    if bearers is None:
        joined = ranked.selectExpr("*", "CAST(NULL AS bigint) AS bearer_payload",
                                   "CAST(NULL AS bigint) AS bearer_partition", "CAST(NULL AS bigint) AS bearer_offset")  # fmt: skip
    else:
        joined = ranked.join(bearers, ["origin_topic", "key_text", "is_good"], how="left")
    decided = joined.withColumn("exception", F.expr(_STATE)).where(
        F.col("exception") != _own_state(F.col("is_good"))
    )
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


def _bearers(repeated: Repeated) -> DataFrame | None:
    """Of the topics whose silver holds keys of the batch, those rows of silver."""
    frames = []
    for topic, rows in repeated.silver.items():
        event = catalog.event(topic)
        hashes = F.broadcast(repeated.of_topic(topic))
        frames.append(
            rows.withColumn("key_hash", key_hash(event))
            .join(hashes, "key_hash", how="left_semi")
            .select(
                "origin_topic",
                key_text(event).alias("key_text"),
                F.lit(True).alias("is_good"),
                payload_hash(event).alias("bearer_payload"),
                F.col("origin_partition").alias("bearer_partition"),
                F.col("origin_offset").alias("bearer_offset"),
            )
        )
    return reduce(DataFrame.unionByName, frames) if frames else None
