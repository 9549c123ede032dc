"""Fills that come days later, in another order: in the end gold says what it says of the events in order."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from ingestion.ledger.reading import ledger
from ingestion.refining import refine
from jobs.catalog import JOBS
from jobs.pending import Pending, pending
from lake.digests import digests
from lake.sessions import book_calendar
from lake.store import Store, latest
from schemas import catalog
from schemas.operations import BRONZE_EVENTS
from schemas.transactions import FILL
from tests.acceptance.played import SESSIONS, Played
from tests.jobs.making import made

ONE_OF = 7  # fills are late, so that every session has some
REVISED = tuple(table for table in catalog.TABLES if table.second_answer == "revise")


def test_late_fills_restate_what_follows_from_them_and_nothing_that_was_published_changes(
    spark: SparkSession, played: Played, lake: Store, tmp_path: Path
) -> None:
    fresh = played.lake(spark, tmp_path)
    store = Store(spark, replace(fresh.settings, books_close_after=len(SESSIONS)))
    landed = lake.read(BRONZE_EVENTS)
    is_late = (F.col("origin_topic") == FILL.topic) & (F.col("origin_offset") % ONE_OF == 0)
    take_in(store, landed.where(~is_late))
    for up_to in (SESSIONS[4], SESSIONS[-1]):
        make(store, up_to)
    assert not any(pending_up_to(store, SESSIONS[-1]).sessions.values())
    published = {table.name: texts(store.read(table)) for table in REVISED}

    take_in(store, landed.where(is_late).orderBy(F.col("origin_offset").desc()))
    outdated = make(store, SESSIONS[-1])
    assert set(outdated.sessions["corrected_fills"]) == set(SESSIONS)
    # Breaches follow from what is held; whether prices agree does not.
    assert set(outdated.sessions["alerts"]) == set(SESSIONS)
    assert outdated.sessions["suspect_prices_daily"] == []
    replaced = {table.name for table in catalog.TABLES if table.layer == "gold"} - {t.name for t in REVISED}
    # What was published first knew less, and what holds it against what came says so.
    replaced -= {job.writes.name for job in JOBS if any(each.as_published for each in job.inputs)}
    assert {name: found for name, found in gold(store).items() if name in replaced} == {
        name: found for name, found in gold(lake).items() if name in replaced
    }
    for table in REVISED:
        rows = store.read(table)
        assert published[table.name] <= texts(rows), table.name
        assert answers(rows) == answers(lake.read(table)), table.name
    assert ledger(store.settings, settled=True).differences == ()


def take_in(store: Store, rows: DataFrame) -> None:
    """As if these had landed now, and no others."""
    store.append(BRONZE_EVENTS, rows.coalesce(1))
    refine.start(store, once=True).awaitTermination()


def make(store: Store, up_to: date) -> Pending:
    """What `jobs run --pending` does. Returns what was pending."""
    found = pending_up_to(store, up_to)
    assert [result.line() for result in made(store, JOBS, found) if not result.is_good] == []
    return found


def pending_up_to(store: Store, up_to: date) -> Pending:
    return pending(store.settings, JOBS, up_to, book_calendar())


def gold(store: Store) -> dict[str, object]:
    return dict(digests(store.settings, ("gold",)))


def answers(rows: DataFrame) -> list[tuple[object, ...]]:
    """Each session's last answer, without its revision and where it was made."""
    said = latest(rows).drop("revision", "processed_at", "run_id")
    return sorted((tuple(row) for row in said.collect()), key=str)


def texts(rows: DataFrame) -> set[str]:
    return {str(row) for row in rows.collect()}
