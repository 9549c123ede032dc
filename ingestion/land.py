"""Every topic to bronze.events, as received: nothing is parsed, so nothing can fail to land."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.streaming import StreamingQuery

from ingestion import overtaken
from ingestion.stream_names import LANDING
from lake.generations import Generation, claim, mend_or_refuse, running_query
from lake.kill_points import kill_point
from lake.messages import received
from lake.reader import query
from lake.stamp import stamped
from lake.store import Store
from schemas import catalog
from schemas import pipeline_fields as p
from schemas.operations import BRONZE_EVENTS

STREAM = LANDING
MAX_OFFSETS_A_BATCH = 250_000


def start(
    store: Store, once: bool, adopt: bool = False, max_offsets: int = MAX_OFFSETS_A_BATCH
) -> StreamingQuery:
    """Starts landing: until caught up with `once`, for ever otherwise. Raises CheckpointError and OvertakenByRetention.

    With `adopt` it goes on with a checkpoint that is not bronze's own, and with a new one where that is damaged, or where
    the broker does not have any more what it would read.
    """
    mend_or_refuse(store, STREAM, adopt)
    overtaken.refuse_or_pass(store, adopt)
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
    """Writes batches. What bronze has already is left out: of a batch that was written before its checkpoint was, and
    of all that a checkpoint reads again which was rolled back or is adopted."""

    store: Store
    adopt: bool
    first_batch: int | None = None
    landed: DataFrame | None = None

    def __call__(self, batch: DataFrame, number: int) -> None:
        kill_point("land.before_read")
        if self.landed is None or self.first_batch is None:
            adopted = self._next_generation if self.adopt else None
            found = claim(self.store, BRONZE_EVENTS, STREAM, running_query(batch), adopted)
            # Nobody else lands, so this stays true for what was there at the start.
            self.first_batch, self.landed = found.first_batch, _landed_up_to(self.store)
        rows = _not_landed(bronze_rows(batch, self.first_batch + number), self.landed)
        kill_point("land.before_write")
        # One file a core; each partition of a topic lies whole in one of them, in order.
        self.store.append(BRONZE_EVENTS, rows.coalesce(self.store.settings.cores))
        kill_point("land.after_commit")

    def _next_generation(self) -> Generation:
        return Generation(first_batch=1 + last_landing_batch(self.store))


def last_landing_batch(store: Store) -> int:
    """The number of the newest batch in bronze; -1 where there is none."""
    last = query(
        store.settings, f"SELECT max(land_batch) AS last FROM {BRONZE_EVENTS.name}", for_service=True
    )
    return -1 if (number := last["last"][0].as_py()) is None else int(number)


def _landed_up_to(store: Store) -> DataFrame:
    """The last offset in bronze of each partition: a row each."""
    rows = [(*key, after - 1) for key, after in overtaken.first_not_landed(store.settings).items()]
    return store.spark.createDataFrame(
        rows, "origin_topic string, origin_partition bigint, landed_up_to bigint"
    )


def _not_landed(rows: DataFrame, landed: DataFrame) -> DataFrame:
    joined = rows.join(F.broadcast(landed), ["origin_topic", "origin_partition"], how="left")
    return joined.where("landed_up_to IS NULL OR origin_offset > landed_up_to").drop("landed_up_to")


def bronze_rows(messages: DataFrame, number: int) -> DataFrame:
    """Kafka's columns under bronze's names."""
    return stamped(received(messages), p.LAND_BATCH, number, p.PROCESSED_AT)
