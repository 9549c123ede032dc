"""Every topic to bronze.events, as received: nothing is parsed, so nothing can fail to land."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.streaming import StreamingQuery

from lake.generations import claim, running_query
from lake.kill_points import kill_point
from lake.messages import received
from lake.store import Store, Transaction
from schemas import catalog
from schemas.operations import BRONZE_EVENTS

STREAM = "land"
MAX_OFFSETS_A_BATCH = 250_000


def start(
    store: Store, once: bool, adopt: bool = False, max_offsets: int = MAX_OFFSETS_A_BATCH
) -> StreamingQuery:
    """Starts landing: until caught up with `once`, for ever otherwise."""
    writer = (
        _messages(store, max_offsets)
        .writeStream.queryName(STREAM)
        .option("checkpointLocation", f"{store.settings.checkpoints}/{STREAM}")
        .foreachBatch(_Landing(store, adopt))
    )
    return (writer.trigger(availableNow=True) if once else writer.trigger(processingTime="2 seconds")).start()


def _messages(store: Store, max_offsets: int) -> DataFrame:
    return (
        store.spark.readStream.format("kafka")
        .option("kafka.bootstrap.servers", store.settings.brokers)
        .option("subscribe", ",".join(event.topic for event in catalog.EVENTS))
        .option("startingOffsets", "earliest")
        .option("failOnDataLoss", "true")
        .option("includeHeaders", "true")
        .option("maxOffsetsPerTrigger", max_offsets)
        .option("kafka.fetch.max.wait.ms", "10")
        .load()
    )


@dataclass
class _Landing:
    """Writes batches. The first one after a start may have been written before its checkpoint was, and every one
    of a checkpoint that is adopted."""

    store: Store
    adopt: bool
    is_first: bool = True

    def __call__(self, batch: DataFrame, number: int) -> None:
        kill_point("land.before_read")
        query_id = running_query(batch)
        rows = bronze_rows(batch, number)
        if self.is_first:
            claim(self.store, BRONZE_EVENTS, STREAM, query_id, self.adopt)
        if self.is_first or self.adopt:
            rows = self._not_landed(rows)
        kill_point("land.before_write")
        transaction = Transaction(f"{STREAM}:{query_id}", number)
        # One file a core; each partition of a topic lies whole in one of them, in order.
        self.store.append(BRONZE_EVENTS, rows.coalesce(self.store.settings.cores), transaction=transaction)
        self.is_first = False
        kill_point("land.after_commit")

    def _not_landed(self, rows: DataFrame) -> DataFrame:
        landed = (
            self.store.read(BRONZE_EVENTS)
            .groupBy("origin_topic", "origin_partition")
            .agg(F.max("origin_offset").alias("landed_up_to"))
        )
        joined = rows.join(F.broadcast(landed), ["origin_topic", "origin_partition"], how="left")
        return joined.where("landed_up_to IS NULL OR origin_offset > landed_up_to").drop("landed_up_to")


def bronze_rows(messages: DataFrame, number: int) -> DataFrame:
    """Kafka's columns under bronze's names."""
    return received(messages).withColumns(
        {"land_batch": F.lit(number).cast("bigint"), "processed_at": F.current_timestamp()}
    )
