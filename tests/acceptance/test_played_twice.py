"""A broker that sends everything a second time changes no table."""

from __future__ import annotations

from ingestion.ledger.reading import ledger
from lake.store import Store
from schemas.operations import BRONZE_EVENTS, DUPLICATES
from schemas.risk import ALERT
from tests.acceptance.played import SESSIONS, Played, answers, make, play, raise_alerts, take_in
from tests.ingestion.broker import read


def test_played_again_and_made_again_every_table_says_the_same(lake: Store, played: Played) -> None:
    once = answers(lake)
    n_landed, n_duplicates = rows_of(lake)
    n_alerts = len(read(played.profile.brokers, ALERT.topic))

    play(played.profile)
    take_in(lake)
    raise_alerts(lake)
    make(lake, SESSIONS)

    landed_twice, duplicates_twice = rows_of(lake)
    assert landed_twice > n_landed
    assert duplicates_twice > n_duplicates
    assert len(read(played.profile.brokers, ALERT.topic)) == n_alerts > 0
    assert answers(lake) == once
    assert ledger(lake.settings, settled=True).differences == ()


def rows_of(store: Store) -> tuple[int, int]:
    """How many messages landed, and how many of them repeat another."""
    return store.read(BRONZE_EVENTS).count(), store.read(DUPLICATES).count()
