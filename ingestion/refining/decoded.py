"""A batch of messages decoded, topic by topic, and what it holds of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from ingestion.refining.parallel import in_threads
from lake.decoding.decode import decode, is_good
from schemas.declaration import Event

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
        reduce(DataFrame.unionAll, [_facts(frame) for frame in decoded.values()])
        .groupBy("origin_topic")
        .agg(
            F.collect_set(F.expr("CASE WHEN is_good THEN key_date END")).alias("key_dates"),
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


def _facts(decoded: DataFrame) -> DataFrame:
    return decoded.select(
        "origin_topic", "origin_offset", "key_date", "undeclared_fields", is_good().alias("is_good")
    )
