"""Topics whose silver write failed wait in bronze, alone, until they are unparked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lake.reader import query
from lake.store import Store
from schemas.operations import PARKED


@dataclass(frozen=True)
class Range:
    """From which to which landing batch."""

    first: int
    last: int


def ranges(messages: DataFrame) -> dict[str, Range]:
    """The topics of a batch, largest first, and the landing batches that they came with."""
    rows = (
        messages.groupBy("origin_topic")
        .agg(F.min("land_batch").alias("first"), F.max("land_batch").alias("last"), F.count("*").alias("n"))
        .orderBy(F.desc("n"))
        .collect()
    )
    return {row["origin_topic"]: Range(row["first"], row["last"]) for row in rows}


def parked_topics(store: Store) -> frozenset[str]:
    return frozenset(parked_ranges(store))


def parked_ranges(store: Store) -> dict[str, Range]:
    """Which landing batches wait, by topic."""
    sql = f"SELECT origin_topic, bronze_from_batch, bronze_to_batch FROM {PARKED.name}"
    return {
        row["origin_topic"]: Range(row["bronze_from_batch"], row["bronze_to_batch"])
        for row in query(store.settings, sql).to_pylist()
    }


def park(store: Store, topic: str, waiting: Range, error: str) -> None:
    """Records that a topic's rows of these landing batches are not in silver. One that waits already waits for more."""
    before = parked_ranges(store).get(topic, waiting)
    row = [(topic, min(before.first, waiting.first), max(before.last, waiting.last), error)]
    frame = store.spark.createDataFrame(
        row, "origin_topic string, bronze_from_batch bigint, bronze_to_batch bigint, error string"
    )
    parked = frame.withColumn("first_seen_at", F.current_timestamp())
    others = store.read(PARKED).where(F.col("origin_topic") != topic)
    store.replace_all(PARKED, others.unionByName(parked).localCheckpoint())


def extend(store: Store, arrived: Mapping[str, Range]) -> None:
    """Later batches of parked topics wait with the first: order is kept."""
    if not arrived:
        return
    last = F.coalesce(
        *[F.when(F.col("origin_topic") == t, F.lit(r.last)) for t, r in arrived.items()], F.lit(0)
    )
    rows = store.read(PARKED).withColumn(
        "bronze_to_batch", F.greatest("bronze_to_batch", last.cast("bigint"))
    )
    store.replace_all(PARKED, rows.localCheckpoint())


def release(store: Store, topic: str) -> None:
    """Forgets that a topic waits."""
    store.replace_all(PARKED, store.read(PARKED).where(F.col("origin_topic") != topic).localCheckpoint())
