"""Kafka's messages under the names that the lake has for them."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

MESSAGE = ("origin_topic", "origin_partition", "origin_offset", "received_at", "event_key", "headers", "raw")


def received(messages: DataFrame) -> DataFrame:
    """What Kafka's source reads, headers included, with the columns that `lake.decoding.decode` takes."""
    return messages.select(
        F.col("topic").alias("origin_topic"),
        F.col("partition").cast("bigint").alias("origin_partition"),
        F.col("offset").alias("origin_offset"),
        F.col("timestamp").alias("received_at"),
        F.col("key").alias("event_key"),
        "headers",
        F.col("value").alias("raw"),
    )
