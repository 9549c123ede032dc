"""Eight days of a broker: its events in, every table out, each message accounted for, all that was planted found."""

from __future__ import annotations

from collections import Counter

from evaluation.report import evaluate
from ingestion.ledger.reading import ledger
from lake.reader import query
from lake.store import Store
from schemas import catalog
from tests.acceptance.played import SESSIONS, Played, answers

# The bust and the correction of a fill carry its session, and here they are sent before the next one opens.
LATE_KINDS = {"late_fill", "bust", "correction"}
FLUME = {"behaviour.app_events.v1", "behaviour.web_access.v1"}

# A model is fitted on samples whose outcome is known, and eight sessions hold too few of them: no scores either.
MAY_BE_EMPTY = {"gold.churn_models", "gold.churn_scores_daily"}


def test_the_simulated_sessions_are_these(played: Played) -> None:
    assert sorted({fault.session_date for fault in played.truth.faults}) == [str(day) for day in SESSIONS]


def test_every_table_has_rows(lake: Store) -> None:
    empty = {name for name, found in answers(lake).items() if found.n_rows == 0}
    assert empty <= MAY_BE_EMPTY


def test_everything_that_landed_is_accounted_for(lake: Store, played: Played) -> None:
    found = ledger(lake.settings, settled=True)
    assert found.differences == ()
    assert found.broker_was_asked
    landed = Counter[str]()
    for each in found.accounts:
        assert each.n_landed == each.n_accepted + each.n_duplicates + each.n_quarantined, each.topic
        assert each.n_parked == each.n_pending == each.n_not_landed == 0, each.topic
        landed[each.topic] += each.n_landed
    sent = {topic: count for topic, count in played.truth.n_messages.items() if topic not in FLUME}
    assert {topic: landed[topic] for topic in sent} == sent
    assert {event.topic for event in catalog.EVENTS} == {topic for topic, count in landed.items() if count}


def test_what_was_planted_is_in_quarantine_by_its_reasons_and_nothing_else(
    lake: Store, played: Played
) -> None:
    rows = query(lake.settings, "SELECT origin_topic, reasons FROM quarantine.events").to_pylist()
    found = Counter(
        (row["origin_topic"], tuple(sorted({reason["code"] for reason in row["reasons"]}))) for row in rows
    )
    planted = Counter(
        (fault.topic, fault.reasons) for fault in played.truth.faults if fault.outcome == "quarantined"
    )
    assert found == planted


def test_fills_that_came_after_their_session_was_closed_are_marked_and_no_others(
    lake: Store, played: Played
) -> None:
    rows = query(
        lake.settings, "SELECT event_id FROM silver.fills WHERE is_late ORDER BY event_id"
    ).to_pylist()
    planted = [fault for fault in played.truth.faults if fault.kind in LATE_KINDS]
    assert {fault.kind for fault in planted} == LATE_KINDS
    late = sorted(str(fault.event_id) for fault in planted)
    assert [row["event_id"] for row in rows] == late


def test_the_evaluation_finds_nothing_broken(lake: Store, played: Played) -> None:
    report = evaluate(lake.settings)
    assert report.broken == []
    assert {fault.outcome for fault in played.truth.faults} == {"accepted", "duplicate", "quarantined"}
    assert {alert.rule_id for alert in played.truth.alerts} == {"R02", "R07", "R30"}
    assert {near.rule_id for near in played.truth.near_misses} == {"R02", "R07", "R30"}
