"""Late: arrived after its source had closed its session. Late rows are accepted and marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from ingestion.classify import ACCEPTED, TopicFacts, record_column
from lake.reader import query
from lake.session_dates import with_session_date
from lake.sessions import book_calendar
from lake.store import Store, sessions_sql
from schemas import catalog
from schemas.declaration import DATE, Event, Table
from schemas.operations import SESSION_CLOSE, SESSION_CLOSES


def mark(
    judged: DataFrame, events: Sequence[Event], facts: Mapping[str, TopicFacts], store: Store
) -> DataFrame:
    """Adds `session_date` (null where a row has none) and `is_late`, by the closes that are known by now."""
    dated = _with_session_date(judged, events, facts)
    closes = _known_closes(dated, events, store)
    joined = dated.join(F.broadcast(closes), ["source_name", "session_date"], how="left")
    return joined.withColumn("is_late", F.expr("coalesce(received_at > closed_received_at, false)"))


def remark(
    store: Store, judged: DataFrame, events: Sequence[Event], counts: Mapping[tuple[str, str], int]
) -> None:
    """Marks rows that were accepted before their source's close had landed, though they arrived after it.

    Landing reads topics side by side, so this depends on how the stream was cut; what silver says must not.
    """
    if (SESSION_CLOSE.topic, ACCEPTED) not in counts:
        return
    closes = _closes_of(judged).collect()
    days = sorted({row["session_date"] for row in closes})
    named = store.spark.createDataFrame(
        closes, "source_name string, session_date date, closed_received_at timestamp"
    )
    closed = {(row["source_name"], row["session_date"]): row["closed_received_at"] for row in closes}
    for table in (catalog.silver_of(event) for event in _closable()):
        if _is_overlooked(store, table, closed, days):
            _mark_overlooked(store, table, named, days)


def _is_overlooked(
    store: Store, table: Table, closed: Mapping[tuple[str, date], datetime], days: Sequence[date]
) -> bool:
    """Whether the table has rows that are late by these closes and not marked so; asked without a plan of Spark's."""
    newest = query(
        store.settings,
        "SELECT source_name, session_date, max(received_at) AS received_at "
        f"FROM {table.name} WHERE NOT is_late AND {sessions_sql('session_date', days)} "
        "GROUP BY source_name, session_date",
        for_service=True,
    ).to_pylist()
    for row in newest:
        closed_at = closed.get((row["source_name"], row["session_date"]))
        if closed_at is not None and _utc(row["received_at"]) > _utc(closed_at):
            return True
    return False


def _utc(instant: datetime) -> datetime:
    """Spark collects instants in the local zone without saying so; the reader says UTC."""
    return instant.astimezone(UTC) if instant.tzinfo is None else instant


def _mark_overlooked(store: Store, table: Table, closes: DataFrame, days: Sequence[date]) -> None:
    literal = F.expr("row.session_date").isin(*days)
    same = F.expr(
        "row.source_name = source.source_name AND row.session_date = source.session_date "
        "AND NOT row.is_late AND row.received_at > source.closed_received_at"
    )
    store.update_matching(table, closes, literal & same, {"is_late": F.lit(True)})


def _closable() -> list[Event]:
    """Events that carry their session themselves and are not the closes."""
    return [event for event in catalog.EVENTS if _carries_session(event) and event is not SESSION_CLOSE]


def _carries_session(event: Event) -> bool:
    table = catalog.silver_of(event)
    return table.sessions_by is not None and table.sessions_by.name == "session_date"


def _with_session_date(
    judged: DataFrame, events: Sequence[Event], facts: Mapping[str, TopicFacts]
) -> DataFrame:
    """The record's own session, or that of its instant where the table is read by one."""
    own = [F.col(f"{record_column(event)}.session_date") for event in events if _carries_session(event)]
    instants = [
        F.col(f"{record_column(event)}.{sessions_by.name}")
        for event in events
        if (sessions_by := catalog.silver_of(event).sessions_by) is not None and sessions_by.type != DATE
    ]
    none = F.lit(None).cast("date")
    framed = judged.withColumn("own_session_date", F.coalesce(*own, none))
    days = [day for fact in facts.values() for day in fact.key_dates]
    if not instants or not days:
        return framed.withColumnRenamed("own_session_date", "session_date")
    framed = framed.withColumn("session_instant", F.coalesce(*instants))
    found = with_session_date(
        framed, "session_instant", book_calendar(), min(days), max(days) + timedelta(days=1)
    )
    session = F.coalesce("own_session_date", "session_date")
    return found.withColumn("session_date", session).drop("own_session_date", "session_instant")


def _known_closes(dated: DataFrame, events: Sequence[Event], store: Store) -> DataFrame:
    closes = store.read(SESSION_CLOSES).select(
        "source_name", "session_date", F.col("received_at").alias("closed_received_at")
    )
    if SESSION_CLOSE not in events:
        return closes
    arriving = _closes_of(dated)
    both = closes.unionByName(arriving)
    return both.groupBy("source_name", "session_date").agg(
        F.min("closed_received_at").alias("closed_received_at")
    )


def _closes_of(judged: DataFrame) -> DataFrame:
    """The accepted closes of a batch."""
    record = record_column(SESSION_CLOSE)
    accepted = (F.col("origin_topic") == SESSION_CLOSE.topic) & (F.col("state") == ACCEPTED)
    return judged.where(accepted).select(
        F.col(f"{record}.closing_source_name").alias("source_name"),
        F.col(f"{record}.session_date").alias("session_date"),
        F.col("received_at").alias("closed_received_at"),
    )
