"""A broker whose clients do no harm raises no alert; played a second time, it changes no table."""

from __future__ import annotations

from pathlib import Path

from pyspark.sql import SparkSession

from ingestion.ledger.reading import ledger
from lake.store import Store
from schemas.operations import BRONZE_EVENTS, DUPLICATES
from schemas.risk import ALERT
from tests.acceptance.played import SESSIONS, answers, make, play, playing, raise_alerts, take_in
from tests.ingestion.broker import read


def test_no_abuse_no_alert_and_played_twice_the_same_tables(spark: SparkSession, tmp_path: Path) -> None:
    with playing(tmp_path / "broker", abuse=False) as played:
        store = played.lake(spark, tmp_path)
        take_in(store)
        raise_alerts(store)
        make(store, SESSIONS)
        once = answers(store)
        assert read(played.profile.brokers, ALERT.topic) == []
        assert once["gold.alerts"].n_rows == 0
        assert once["gold.recommendations_daily"].n_rows > 0
        n_landed, n_duplicates = rows_of(store)

        play(played.profile, abuse=False)
        take_in(store)
        raise_alerts(store)
        make(store, SESSIONS)
        landed_twice, duplicates_twice = rows_of(store)
        assert landed_twice > n_landed
        assert duplicates_twice > n_duplicates
        assert read(played.profile.brokers, ALERT.topic) == []
        assert answers(store) == once
        assert ledger(store.settings, settled=True).differences == ()


def rows_of(store: Store) -> tuple[int, int]:
    """How many messages landed, and how many of them repeat another."""
    return store.read(BRONZE_EVENTS).count(), store.read(DUPLICATES).count()
