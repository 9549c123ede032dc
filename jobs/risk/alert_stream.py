"""The alert stream, Kafka to Kafka, and its replay over silver.

An alert is published at least once and shown once by its id: a batch that is done again publishes the same bytes,
because its input, its state and its clock are those of the first attempt. So a checkpoint that is made anew does no
harm, and nothing claims it: what is published again is absorbed as a duplicate.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F
from pyspark.sql.streaming import StatefulProcessor, StatefulProcessorHandle, StreamingQuery

from jobs.risk.alert_detection import PARAMS, Detector, RuleParams, Watched, Windows
from jobs.risk.watched_events import ORIGIN, log_ins, matters, order_steps
from lake.arrow import arrow_fields
from lake.checkpoints import clear_beginning, refuse_damage
from lake.decoding.decode import decode, is_good, key_text
from lake.envelope import HEADERS, json_values, message_key, wrap
from lake.kill_points import kill_point
from lake.messages import received
from lake.sessions import book_calendar, days_between
from lake.store import Store
from lake.structs import struct_type
from models.risk.rules import failed_logins
from models.risk.rules.windows import WindowState
from schemas.behaviour import APP_EVENT, APP_EVENTS
from schemas.declaration import Event
from schemas.fields import SESSION_DATE
from schemas.risk import ALERT
from schemas.transactions import ORDER, ORDER_EVENTS

STREAM = "alerts"
SOURCE = "alert-stream"
MAX_OFFSETS_A_BATCH = 200_000
MEMORY_HOURS = 24
"""How long a window and a key are remembered after they were last changed, by the clock of the machine and not of
the events: a backlog of months is read with all that it needs. A key that comes again later than that counts again;
the alerts that it can raise have the identifiers that they had."""


def start(
    store: Store, once: bool, params_set: str, max_offsets: int = MAX_OFFSETS_A_BATCH
) -> StreamingQuery:
    """Starts publishing alerts: until caught up with `once`, for ever otherwise.

    Raises CheckpointError where Spark could not read where it was.

    params_set: which numbers the rules go by, `standard` or `small`. max_offsets: of each topic, in one batch.
    """
    clear_beginning(store, STREAM)
    refuse_damage(
        store, STREAM, "restore it, or remove it to publish again what was published: that is shown once"
    )
    writer = (
        _published(_watched(store, params_set, max_offsets), _detector(params_set))
        .writeStream.queryName(STREAM)
        .format("kafka")
        .option("kafka.bootstrap.servers", store.settings.brokers)
        .option("topic", ALERT.topic)
        .option("includeHeaders", "true")
        .option("checkpointLocation", f"{store.settings.checkpoints}/{STREAM}")
        .outputMode("append")
    )
    trigger = {"availableNow": True} if once else {"processingTime": "1 second"}
    return writer.trigger(**trigger).start()


def replay(store: Store, sessions: Sequence[date], params_set: str) -> DataFrame:
    """The alerts of these sessions that the same rules give over silver. Columns: those of `risk.alerts.v1`.

    Rows are taken in the order in which they landed, so the content is the stream's too wherever one partition holds
    an entity's events in order; the identifiers are the stream's in any case.
    """
    params, detector = PARAMS[params_set], _detector(params_set)
    orders = store.read_days(ORDER_EVENTS, SESSION_DATE, sessions)
    seen = matters(
        order_steps(_with_key(orders, ORDER), params).unionByName(
            log_ins(_with_key(_app_events(store, sessions, params), APP_EVENT), params)
        )
    )

    def raised(events: pa.Table) -> pa.Table:
        found = detector.alerts((Watched(**row) for row in events.to_pylist()), {})
        return pa.Table.from_pylist([alert.record for alert in found], schema=arrow_fields(ALERT.columns))

    alerts = seen.groupBy("entity_id").applyInArrow(raised, struct_type(ALERT.columns))
    return alerts.where(F.col("session_date").isin(*sessions))


def _detector(params_set: str) -> Detector:
    return Detector(PARAMS[params_set], book_calendar().closes())


def _watched(store: Store, params_set: str, max_offsets: int) -> DataFrame:
    """What the rules look at, each key once: the first to land bears it, whatever comes later with it."""
    params = PARAMS[params_set]
    failed = _mentions(failed_logins.COUNTED)
    steps = order_steps(_good(store, _messages(store, ORDER, max_offsets), ORDER), params)
    entries = log_ins(_good(store, _messages(store, APP_EVENT, max_offsets).where(failed), APP_EVENT), params)
    return matters(_first_bearers(steps.unionByName(entries)))


def _first_bearers(watched: DataFrame) -> DataFrame:
    """Every order step competes for its key, also one that no rule looks at, as it does in silver.

    The watermark is the batch's own clock, so no event is ever late for it: it only ages the keys.
    """
    digest = F.expr("unhex(substring(sha2(event_key, 256), 1, 32))")
    return (
        watched.withColumns({"key_digest": digest, "seen_at": F.current_timestamp()})
        .withWatermark("seen_at", f"{MEMORY_HOURS} hours")
        .dropDuplicatesWithinWatermark(["key_digest"])
        .drop("key_digest", "seen_at")
    )


def _published(watched: DataFrame, detector: Detector) -> DataFrame:
    content_type, value = HEADERS[0]
    headers = F.array(F.struct(F.lit(content_type).alias("key"), F.lit(value).alias("value")))
    return (
        watched.groupBy("entity_id")
        .transformWithState(Watching(detector), "key binary, value binary", "append", "ProcessingTime")
        .withColumn("headers", headers)
    )


class Watching(StatefulProcessor):
    """The rules over the events of one account or client; the windows are the state.

    Spark keeps state in another process, and each question to it costs more than what it moves. So the windows are one
    list, in the order in which they were kept, of which the last entry of a window holds: one reading and one writing
    a batch, however many windows.
    """

    def __init__(self, detector: Detector) -> None:
        self.detector = detector

    def init(self, handle: StatefulProcessorHandle) -> None:
        self.windows = handle.getListState(
            "windows",
            "rule_id string, started_us bigint, event_keys array<string>, has_raised boolean",
            ttlDurationMs=MEMORY_HOURS * 3_600_000,
        )

    def handleInputRows(self, key: Any, rows: Iterator[Any], timerValues: Any) -> Iterator[Row]:
        before: Windows = {
            (rule_id, started_us): WindowState(frozenset(keys), has_raised)
            for rule_id, started_us, keys, has_raised in self.windows.get()
        }
        windows = dict(before)
        for alert in self.detector.alerts((Watched(**row.asDict()) for row in rows), windows):
            data = json_values(ALERT, alert.record)
            value = wrap(ALERT, data, source=SOURCE, sequence=None, event_id=alert.alert_id)
            yield Row(key=message_key(ALERT, data), value=value)
        # Not equality: what was seen again is young again.
        kept = [
            (*window, sorted(state.event_keys), state.has_raised)
            for window, state in windows.items()
            if state is not before.get(window)
        ]
        if kept:
            self.windows.appendList(kept)
        kill_point("alerts.after_entity")

    def close(self) -> None:
        pass


def _messages(store: Store, event: Event, max_offsets: int) -> DataFrame:
    return received(
        store.spark.readStream.format("kafka")
        .option("kafka.bootstrap.servers", store.settings.brokers)
        .option("subscribe", event.topic)
        .option("startingOffsets", "earliest")
        .option("failOnDataLoss", "true")
        .option("includeHeaders", "true")
        .option("maxOffsetsPerTrigger", max_offsets)
        .option("kafka.fetch.max.wait.ms", "10")
        .load()
    )


def _mentions(word: str) -> F.Column:
    """Whether a message can hold a word at all, before it is parsed; JSON may spell any letter as an escape."""
    text = F.col("raw").cast("string")
    return F.contains(text, F.lit(word)) | F.contains(text, F.lit("\\u"))


def _good(store: Store, messages: DataFrame, event: Event) -> DataFrame:
    """The records that keep every promise; those dated in the future are not among them."""
    decoded = decode(messages, event, store.settings.hash_key).where(is_good())
    return _with_key(decoded.select("record.*", *ORIGIN), event)


def _with_key(rows: DataFrame, event: Event) -> DataFrame:
    return rows.withColumn("event_key", key_text(event))


def _app_events(store: Store, sessions: Sequence[date], params: RuleParams) -> DataFrame:
    """App events of every window that ends in one of the sessions, or in one between them."""
    calendar, width = book_calendar(), timedelta(seconds=params.failed_logins.window_seconds)
    first = calendar.session(min(sessions)).previous_closes_at - width
    last = calendar.session(max(sessions)).closes_at
    days = days_between(first.date(), last.date())
    rows = store.read_days(APP_EVENTS, APP_EVENT.dated_by, days)
    return rows.where(F.col("occurred_at").between(first, last))
