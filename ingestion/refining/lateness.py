"""Late: arrived after its source had closed its session. Late rows are accepted and marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from ingestion.refining.decoded import Frames, TopicFacts
from lake.decoding.decode import is_good
from lake.reader import query
from lake.session_dates import with_session_date
from lake.sessions import book_calendar
from lake.store import Store, sessions_sql
from schemas import catalog
from schemas.declaration import DATE, Event, Table
from schemas.operations import SESSION_CLOSE, SESSION_CLOSES

# From a day to the session that it belongs to: a long weekend, with room.
_LONGEST_WAY_TO_A_SESSION = timedelta(days=14)


@dataclass(frozen=True)
class Close:
    """A source's close of a session, and when the broker got it."""

    source_name: str
    session_date: date
    received_at: datetime


def closes_of(classified: Frames, *states: str) -> list[Close]:
    """The closes of a batch that have one of the states and keep their promises."""
    if SESSION_CLOSE.topic not in classified:
        return []
    those = classified[SESSION_CLOSE.topic].where(F.col("state").isin(*states) & is_good())
    rows = those.select("record.closing_source_name", "record.session_date", F.unix_micros("received_at"))
    return [Close(name, day, _instant(micros)) for name, day, micros in rows.collect()]


def mark(
    classified: Frames, facts: Mapping[str, TopicFacts], store: Store, arriving: Sequence[Close]
) -> Frames:
    """Adds `session_date` (null where a row has none) and `is_late`, by the closes that are known by now."""
    dated = {
        topic: _with_session_date(frame, catalog.event(topic), facts[topic])
        for topic, frame in classified.items()
    }
    known = [*_known_closes(facts, store), *arriving]
    if not known:
        return {topic: frame.withColumn("is_late", F.lit(False)) for topic, frame in dated.items()}
    closes = F.broadcast(_as_frame(store, known))
    is_late = F.expr("coalesce(received_at > closed_received_at, false)")
    return {
        topic: frame.join(closes, ["source_name", "session_date"], how="left").withColumn("is_late", is_late)
        for topic, frame in dated.items()
    }


def remark(store: Store, arriving: Sequence[Close]) -> None:
    """Marks rows that were accepted before their source's close had landed, though they arrived after it.

    Landing reads topics side by side, so this depends on how the stream was cut; what silver says must not.
    """
    if not arriving:
        return
    days = sorted({close.session_date for close in arriving})
    closed = {(close.source_name, close.session_date): close.received_at for close in arriving}
    for table in (catalog.silver_of(event) for event in _closable()):
        if _is_overlooked(store, table, closed, days):
            _mark_overlooked(store, table, _as_frame(store, arriving), days)


def _is_overlooked(
    store: Store, table: Table, closed: Mapping[tuple[str, date], datetime], days: Sequence[date]
) -> bool:
    """Whether the table has rows that are late by these closes and not marked so; asked without a plan of Spark's."""
    day = _session_column(table)
    newest = query(
        store.settings,
        f"SELECT source_name, {day} AS session_date, max(received_at) AS received_at "
        f"FROM {table.name} WHERE NOT is_late AND {sessions_sql(day, days)} "
        f"GROUP BY source_name, {day}",
        for_service=True,
    ).to_pylist()
    for row in newest:
        closed_at = closed.get((row["source_name"], row["session_date"]))
        if closed_at is not None and row["received_at"] > closed_at:
            return True
    return False


def _mark_overlooked(store: Store, table: Table, closes: DataFrame, days: Sequence[date]) -> None:
    day = _session_column(table)
    literal = F.expr(f"row.{day}").isin(*days)
    same = F.expr(
        f"row.source_name = source.source_name AND row.{day} = source.session_date "
        "AND NOT row.is_late AND row.received_at > source.closed_received_at"
    )
    store.update_matching(table, closes, literal & same, {"is_late": F.lit(True)})


def _closable() -> list[Event]:
    """Events that carry their session themselves and are not the closes."""
    return [event for event in catalog.EVENTS if _carries_session(event) and event is not SESSION_CLOSE]


def _carries_session(event: Event) -> bool:
    sessions_by = catalog.silver_of(event).sessions_by
    return sessions_by is not None and sessions_by.type == DATE


def _session_column(table: Table) -> str:
    """Where the rows of such an event say which session they belong to."""
    assert table.sessions_by is not None
    return table.sessions_by.name


def _with_session_date(classified: DataFrame, event: Event, facts: TopicFacts) -> DataFrame:
    """The record's own session, or that of its instant where the table is read by one."""
    table = catalog.silver_of(event)
    sessions_by = table.sessions_by
    if _carries_session(event):
        return classified.withColumn("session_date", F.col(f"record.{_session_column(table)}"))
    if sessions_by is None or not facts.key_dates:
        return classified.withColumn("session_date", F.lit(None).cast("date"))
    first, last = min(facts.key_dates), max(facts.key_dates) + timedelta(days=1)
    instants = classified.withColumn("session_instant", F.col(f"record.{sessions_by.name}"))
    return with_session_date(instants, "session_instant", book_calendar(), first, last).drop(
        "session_instant"
    )


def _known_closes(facts: Mapping[str, TopicFacts], store: Store) -> list[Close]:
    """The closes in silver of the sessions that the batch's days may belong to; read without a plan of Spark's."""
    days = [day for fact in facts.values() for day in fact.key_dates]
    if not days:
        return []
    first, last = min(days), max(days) + _LONGEST_WAY_TO_A_SESSION
    rows = query(
        store.settings,
        f"SELECT source_name, session_date, received_at FROM {SESSION_CLOSES.name} "
        f"WHERE session_date BETWEEN DATE '{first}' AND DATE '{last}'",
    )
    return [Close(**row) for row in rows.to_pylist()]


def _as_frame(store: Store, closes: Sequence[Close]) -> DataFrame:
    """Columns: source_name, session_date, closed_received_at; of several closes the first."""
    first: dict[tuple[str, date], datetime] = {}
    for close in closes:
        key = (close.source_name, close.session_date)
        first[key] = min(first.get(key, close.received_at), close.received_at)
    rows = [(*key, at) for key, at in first.items()]
    return store.spark.createDataFrame(
        rows, "source_name string, session_date date, closed_received_at timestamp"
    )


def _instant(micros: int) -> datetime:
    """Spark collects instants in the local zone without saying so; these are UTC."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
