"""What refine and replays write: counts of what was decided, what is set aside, accepted rows, touched sessions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import reduce
from typing import NamedTuple

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from ingestion.refining.classify import ACCEPTED, DUPLICATE, QUARANTINED
from ingestion.refining.decoded import ORIGIN, Frames, TopicFacts
from ingestion.refining.parallel import in_threads
from lake import rows
from lake.arrow import arrow_schema
from lake.errors import LeaseError
from lake.kill_points import kill_point
from lake.reader import query
from lake.settings import Settings
from lake.stamp import stamped
from lake.storage_errors import storage_error
from lake.store import Store
from schemas import catalog
from schemas import pipeline_fields as p
from schemas.declaration import Event
from schemas.operations import DUPLICATES, QUARANTINE_EVENTS, TOUCHED_SESSIONS, UNDECLARED_FIELDS

MOST_UNDECLARED = 1_000  # who sends a new name with each message must not fill the table


class Count(NamedTuple):
    """How many messages of a topic and session have which state. A topic may have rows that belong to no session."""

    topic: str
    state: str
    session_date: date | None
    n: int


def count(judged: Frames) -> list[Count]:
    """One aggregation over a judged batch."""
    names = ["origin_topic", "state", "session_date"]
    narrow = reduce(DataFrame.unionAll, [frame.select(*names) for frame in judged.values()])
    return [Count(*row) for row in narrow.groupBy(*names).count().collect()]


def quarantine(
    store: Store, judged: Frames, counts: Sequence[Count], messages: DataFrame, number: int
) -> None:
    """The quarantined rows of all topics in one append, if there are any, with the messages as they were received."""
    bad = _of_state(judged, counts, QUARANTINED, "reasons")
    if bad is not None:
        topics = {each.topic for each in counts if each.state == QUARANTINED}
        whole = messages.where(F.col("origin_topic").isin(*topics)).select(
            *ORIGIN, "event_key", "headers", "raw"
        )
        contract_id = F.concat(F.lit("brokerlake:"), "origin_topic")
        made = whole.join(F.broadcast(bad), ORIGIN).withColumn("contract_id", contract_id).coalesce(1)
        store.append(QUARANTINE_EVENTS, stamped(made, p.REFINE_BATCH, number, p.FIRST_SEEN_AT))


def note_duplicates(store: Store, judged: Frames, counts: Sequence[Count], number: int) -> None:
    """The duplicates of all topics in one append, if there are any."""
    repeated = _of_state(judged, counts, DUPLICATE, "repeats_partition", "repeats_offset")
    if repeated is not None:
        store.append(DUPLICATES, stamped(repeated.coalesce(1), p.REFINE_BATCH, number, p.PROCESSED_AT))


def _of_state(judged: Frames, counts: Sequence[Count], state: str, *more: str) -> DataFrame | None:
    """The rows of all topics that have a state: where they come from, what their envelope says, and `more`."""
    topics = sorted({each.topic for each in counts if each.state == state})
    names = [*ORIGIN, "received_at", "source_name", "event_id", "sequence", *more]
    frames = [judged[topic].where(F.col("state") == state).select(*names) for topic in topics]
    return reduce(DataFrame.unionAll, frames) if frames else None


def note_undeclared(store: Store, facts: Mapping[str, TopicFacts], number: int) -> None:
    """Names that a source sends ahead of a release, each once for all time."""
    sent = [(topic, name) for topic, fact in facts.items() for name in fact.undeclared]
    if not sent:
        return
    noted = query(
        store.settings, f"SELECT origin_topic, field_name FROM {UNDECLARED_FIELDS.name}"
    ).to_pylist()
    known = {(row["origin_topic"], row["field_name"]) for row in noted}
    left = max(0, MOST_UNDECLARED - len(known))
    new = [
        {
            "origin_topic": topic,
            "field_name": name,
            "contract_id": f"brokerlake:{topic}",
            "refine_batch": number,
            "first_seen_at": datetime.now(UTC),
        }
        for topic, name in sent
        if (topic, name) not in known
    ][:left]
    rows.append(store.settings, UNDECLARED_FIELDS, pa.Table.from_pylist(new, arrow_schema(UNDECLARED_FIELDS)))


def accept(store: Store, judged: Frames, counts: Sequence[Count], number: int) -> dict[str, Exception]:
    """Each topic's accepted rows to its silver table, two at a time, the largest first. Returns the topics that failed,
    and why."""
    failures: dict[str, Exception] = {}
    sizes = Counter[str]()
    for each in counts:
        sizes[each.topic] += each.n if each.state == ACCEPTED else 0

    def write(event: Event) -> None:
        try:
            accepted = silver_rows(judged[event.topic].coalesce(1), number)
            store.append(catalog.silver_of(event), accepted)
            kill_point("refine.after_table")
        except LeaseError:
            raise
        except Exception as error:
            # Where HDFS does not serve, nothing is wrong with the topic: the batch fails as a whole, and is repeated.
            if (not_served := storage_error(error, store.settings)) is not None:
                raise not_served from error
            # The one place that catches everything: a topic's failure must not stop the others. The caller parks the
            # topic, or says that it failed.
            failures[event.topic] = error

    events = [catalog.event(topic) for topic, n in sizes.most_common() if n]
    in_threads(store.spark, write, events, store.settings.cores)
    return failures


def silver_rows(judged: DataFrame, number: int) -> DataFrame:
    """The accepted rows of one topic as its silver table has them."""
    rows = judged.where(F.col("state") == ACCEPTED).select(
        "record.*",
        "source_name",
        "event_id",
        "sequence",
        "is_late",
        *ORIGIN,
        "received_at",
    )
    return stamped(rows, p.REFINE_BATCH, number, p.PROCESSED_AT)


def touch(store: Store, counts: Sequence[Count], states: Collection[str], number: int) -> None:
    """Records the sessions that rows of these states belong to, each once a batch, so that the batch jobs know what to
    make again."""
    touched = {
        (catalog.silver_of(catalog.event(each.topic)).name, each.session_date, number)
        for each in counts
        if each.state in states and each.session_date is not None
    }
    recorded = query(store.settings, f"SELECT * FROM {TOUCHED_SESSIONS.name} WHERE refine_batch = {number}")
    known = {(row["table_name"], row["session_date"], number) for row in recorded.to_pylist()}
    frame = store.spark.createDataFrame(
        sorted(touched - known), "table_name string, session_date date, refine_batch bigint"
    )
    store.append(TOUCHED_SESSIONS, frame.withColumn("processed_at", F.current_timestamp()).coalesce(1))


def last_batch(settings: Settings) -> int:
    """The number of the newest batch that touched silver; -1 where there is none."""
    last = query(settings, f"SELECT max(refine_batch) AS last FROM {TOUCHED_SESSIONS.name}")
    return -1 if (number := last["last"][0].as_py()) is None else int(number)
