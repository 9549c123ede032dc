"""A broker whose clients do no harm raises breaches alone, which are published once."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

from pyspark.sql import SparkSession

from ingestion.ledger.reading import ledger
from ingestion.publishing import breaches
from ingestion.publishing.connection import connect
from jobs.pending import pending
from lake.reader import query
from lake.sessions import book_calendar
from lake.store import Store
from schemas.risk import ALERT, BREACH_RULES
from tests.acceptance.played import (
    SESSIONS,
    Played,
    answers,
    journals,
    make,
    playing,
    raise_alerts,
    take_in,
)
from tests.ingestion.broker import read
from tests.jobs.making import jobs_up_to, made

ALERTS_FOLLOW_FROM = jobs_up_to("alerts")


def test_breaches_alone_are_raised_and_published_once(spark: SparkSession, tmp_path: Path) -> None:
    with playing(tmp_path / "broker", abuse=False) as played:
        store = played.lake(spark, tmp_path)
        take_in(store)
        raise_alerts(store)
        make(store, SESSIONS, ALERTS_FOLLOW_FROM)
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
        outdated = pending(store.settings, ALERTS_FOLLOW_FROM, SESSIONS[-1], book_calendar())
        assert {name for name, days in outdated.sessions.items() if days} == {"alerts"}
        assert not outdated.waiting
        made(store, ALERTS_FOLLOW_FROM, outdated)
        assert answers(store)["gold.alerts"] == shown
        assert ledger(store.settings, settled=True).differences == ()


def publish_breaches(store: Store, played: Played) -> list[str]:
    """Publishes what the topic has not had, and gives the ids."""
    open_books = book_calendar().last(SESSIONS[-1], store.settings.books_close_after + 1)
    alerts = breaches.unpublished(store.settings, open_books)
    with closing(connect(played.profile.brokers, journals(played.profile), "alerts")) as publisher:
        breaches.publish(alerts, publisher)
    return sorted(alert["alert_id"] for alert in alerts)
