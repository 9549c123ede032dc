"""A broker whose clients do no harm raises breaches alone, which are published once; played a second time, it changes no
table."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

from pyspark.sql import SparkSession

from ingestion.ledger.reading import ledger
from ingestion.publishing import breaches
from ingestion.publishing.connection import connect
from jobs.catalog import JOBS
from jobs.pending import pending
from lake.reader import query
from lake.sessions import book_calendar
from lake.store import Store
from schemas.operations import BRONZE_EVENTS, DUPLICATES
from schemas.risk import ALERT, BREACH_RULES
from tests.acceptance.making import made
from tests.acceptance.played import (
    SESSIONS,
    Played,
    answers,
    journals,
    make,
    play,
    playing,
    raise_alerts,
    take_in,
)
from tests.ingestion.broker import read


def test_no_abuse_breaches_alone_and_played_twice_the_same_tables(
    spark: SparkSession, tmp_path: Path
) -> None:
    with playing(tmp_path / "broker", abuse=False) as played:
        store = played.lake(spark, tmp_path)
        take_in(store)
        raise_alerts(store)
        make(store, SESSIONS)
        assert read(played.profile.brokers, ALERT.topic) == []
        raised = query(store.settings, "SELECT rule_id, count(*) AS n FROM gold.alerts GROUP BY rule_id")
        assert {"R20", "R21"} <= set(raised["rule_id"].to_pylist()) <= set(BREACH_RULES)
        shown = answers(store)["gold.alerts"]

        sent = publish_breaches(store, played)
        assert (
            sorted(json.loads(each.value())["id"] for each in read(played.profile.brokers, ALERT.topic))
            == sent
        )
        take_in(store)
        assert publish_breaches(store, played) == []
        outdated = pending(store.settings, JOBS, SESSIONS[-1], book_calendar())
        assert {name for name, days in outdated.sessions.items() if days} == {"alerts"}
        assert not outdated.waiting
        made(store, JOBS, outdated)
        once = answers(store)
        assert once["gold.alerts"] == shown
        assert once["gold.recommendations_daily"].n_rows > 0
        n_landed, n_duplicates = rows_of(store)

        play(played.profile, abuse=False)
        take_in(store)
        raise_alerts(store)
        make(store, SESSIONS)
        landed_twice, duplicates_twice = rows_of(store)
        assert landed_twice > n_landed
        assert duplicates_twice > n_duplicates
        assert len(read(played.profile.brokers, ALERT.topic)) == len(sent)
        assert answers(store) == once
        assert ledger(store.settings, settled=True).differences == ()


def publish_breaches(store: Store, played: Played) -> list[str]:
    """Publishes what the topic has not had, and gives the ids."""
    open_books = book_calendar().last(SESSIONS[-1], store.settings.books_close_after + 1)
    alerts = breaches.unpublished(store.settings, open_books)
    with closing(connect(played.profile.brokers, journals(played.profile), "alerts")) as publisher:
        breaches.publish(alerts, publisher)
    return sorted(alert["alert_id"] for alert in alerts)


def rows_of(store: Store) -> tuple[int, int]:
    """How many messages landed, and how many of them repeat another."""
    return store.read(BRONZE_EVENTS).count(), store.read(DUPLICATES).count()
