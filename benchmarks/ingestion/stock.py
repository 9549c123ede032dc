"""What we are measured against: a Spark job as tutorials on streaming into Delta write it.

One stream appends Kafka's messages to bronze. One stream a topic reads bronze, parses with `from_json`, sets aside what
lacks a required value, and merges the rest into silver by its key, which leaves repetitions out. It runs with our
session's settings, threads and table properties. It does less: nothing is said of duplicates, late rows, sequences or
sessions; of the promises it checks only that what is required is there; no lease, no fence, no exact restart.
"""

from __future__ import annotations

from functools import reduce

from delta.tables import DeltaTable
from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F
from pyspark.sql.streaming import StreamingQuery

from lake.messages import received
from lake.settings import Settings
from schemas import catalog
from schemas.declaration import Event
from schemas.operations import BRONZE_EVENTS, QUARANTINE_EVENTS

ENVELOPE = "source string, id string, sequence string, dataschema string"


def start_landing(spark: SparkSession, settings: Settings, events: list[Event], once: bool) -> StreamingQuery:
    messages = (
        spark.readStream.format("kafka")
        .option("kafka.bootstrap.servers", settings.brokers)
        .option("subscribe", ",".join(event.topic for event in events))
        .option("startingOffsets", "earliest")
        .option("includeHeaders", "true")
        .option("maxOffsetsPerTrigger", 250_000)
        .load()
    )
    rows = received(messages).withColumns(
        {"land_batch": F.lit(0).cast("bigint"), "processed_at": F.current_timestamp()}
    )
    writer = (
        rows.writeStream.format("delta")
        .outputMode("append")
        .option("checkpointLocation", f"{settings.checkpoints}/stock_land")
    )
    return _triggered(writer, once).start(settings.table_path(BRONZE_EVENTS.name))


def start_refining(spark: SparkSession, settings: Settings, event: Event, once: bool) -> StreamingQuery:
    bronze = spark.readStream.format("delta").load(settings.table_path(BRONZE_EVENTS.name))
    writer = (
        bronze.where(F.col("origin_topic") == event.topic)
        .writeStream.option("checkpointLocation", f"{settings.checkpoints}/stock_{event.topic}")
        .foreachBatch(lambda batch, number: _upsert(batch, number, settings, event))
    )
    return _triggered(writer, once).start()


def _triggered(writer, once: bool):  # type: ignore[no-untyped-def]
    return writer.trigger(availableNow=True) if once else writer


def _upsert(batch: DataFrame, number: int, settings: Settings, event: Event) -> None:
    data = ", ".join(f"{column.name}: {column.type.sql}" for column in event.columns)
    required = [f"envelope.data.{column.name} IS NOT NULL" for column in event.columns if column.required]
    is_good = " AND ".join([f"envelope.dataschema = '{event.schema_id}'", *required])
    # A column of its own: as a condition of two filters the optimizer takes minutes over it.
    parsed = (
        batch.withColumn(
            "envelope", F.from_json(F.col("raw").cast("string"), f"{ENVELOPE}, data struct<{data}>")
        )
        .withColumn("is_good", F.expr(f"coalesce({is_good}, false)"))
        .persist()
    )
    keys = [column.name for column in event.key]
    first = Window.partitionBy(*keys).orderBy("origin_partition", "origin_offset")
    good = (
        parsed.where("is_good")
        .select(
            "envelope.data.*",
            F.col("envelope.source").alias("source_name"),
            F.col("envelope.id").alias("event_id"),
            F.col("envelope.sequence").cast("bigint").alias("sequence"),
            F.lit(False).alias("is_late"),
            "origin_topic",
            "origin_partition",
            "origin_offset",
            "received_at",
            F.lit(number).cast("bigint").alias("refine_batch"),
            F.current_timestamp().alias("processed_at"),
        )
        .withColumn("place", F.row_number().over(first))
        .where("place = 1")
        .drop("place")
    )
    silver = DeltaTable.forPath(batch.sparkSession, settings.table_path(catalog.silver_of(event).name)).alias(
        "row"
    )
    is_same = reduce(lambda left, right: left & right, [F.col(f"row.{n}") == F.col(f"new.{n}") for n in keys])
    silver.merge(good.alias("new"), is_same).whenNotMatchedInsertAll().execute()
    bad = parsed.where("NOT is_good").select(
        "origin_topic",
        "origin_partition",
        "origin_offset",
        "received_at",
        F.col("envelope.source").alias("source_name"),
        F.col("envelope.id").alias("event_id"),
        F.col("envelope.sequence").cast("bigint").alias("sequence"),
        "event_key",
        "headers",
        "raw",
        F.expr("array(named_struct('code', 'malformed', 'subject', 'raw'))").alias("reasons"),
        F.lit(number).cast("bigint").alias("refine_batch"),
        F.lit(event.schema_id).alias("contract_id"),
        F.current_timestamp().alias("first_seen_at"),
    )
    bad.write.format("delta").mode("append").save(settings.table_path(QUARANTINE_EVENTS.name))
    parsed.unpersist()
