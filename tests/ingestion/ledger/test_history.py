"""Looks that go on from an earlier one, and what they leave behind."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from ingestion.ledger.accounts import LAWS, LAWS_OF_GOLD
from ingestion.ledger.history import record, to_go_on_from
from ingestion.ledger.looks import NOTHING_BEFORE, Seen
from ingestion.ledger.reading import look
from lake.reader import query
from lake.settings import Settings
from schemas.operations import JOB_RUNS, LEDGER
from schemas.risk import ALERTS
from schemas.transactions import CASH_MOVEMENT, CASH_MOVEMENTS
from tests.ingestion.ledger.consistent import SESSIONS, Broker, broker
from tests.written import rewrite, write

NOW = datetime(2022, 12, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def sent() -> Broker:
    return broker(seed=3)


def look_and_record(settings: Settings, now: datetime, *, settled: bool = True) -> Seen:
    seen = look(settings, settled, to_go_on_from(settings), now)
    record(settings, seen)
    return seen


def verdicts(seen: Seen) -> set[str]:
    return {f"{each.law} {each.verdict}" for each in seen.ledger.differences}


def pay_more(sent: Broker, settings: Settings, first: int) -> None:
    for number in range(first, first + 5):
        sent.pay(SESSIONS[1] + 7 * timedelta(days=1), "account-1", number)
    sent.write_on(settings)


def test_only_what_is_new_is_read(tmp_path: Path, sent: Broker) -> None:
    settings = sent.write(tmp_path)
    first = look_and_record(settings, NOW)
    pay_more(sent, settings, 1000)
    second = look_and_record(settings, NOW + HOUR)
    assert (verdicts(first), verdicts(second)) == (set(), set())
    assert second.ledger.cost.since == NOW
    assert second.ledger.cost.n_rows_read <= 30 < first.ledger.cost.n_rows_read
    assert second.ledger.accounts == look(settings, True, NOTHING_BEFORE, NOW).ledger.accounts


def test_what_is_lost_among_the_new_is_found(tmp_path: Path, sent: Broker) -> None:
    settings = sent.write(tmp_path)
    look_and_record(settings, NOW)
    sent.pay(SESSIONS[1], "account-1", 1000)
    del sent.rows[CASH_MOVEMENTS.name][-1]
    sent.n_written[CASH_MOVEMENTS.name] = len(sent.of(CASH_MOVEMENTS))
    pay_more(sent, settings, 1001)
    assert "conservation lost" in verdicts(look_and_record(settings, NOW + HOUR))


@pytest.mark.parametrize("planted", ["dropped", "doubled"])
def test_a_row_below_that_is_lost_or_doubled_later_is_found(
    tmp_path: Path, sent: Broker, planted: str
) -> None:
    """Only the number of rows shows it: the look then reads everything."""
    settings = sent.write(tmp_path)
    look_and_record(settings, NOW)
    movements = sent.of(CASH_MOVEMENTS)
    rewrite(
        settings, CASH_MOVEMENTS, *(movements[1:] if planted == "dropped" else [movements[0], *movements])
    )
    seen = look_and_record(settings, NOW + HOUR)
    assert f"conservation {'lost' if planted == 'dropped' else 'duplicate'}" in verdicts(seen)
    assert seen.ledger.cost.since is None


def test_a_break_has_an_age_and_a_state(tmp_path: Path, sent: Broker) -> None:
    settings = sent.write(tmp_path)
    rewrite(settings, CASH_MOVEMENTS, *sent.of(CASH_MOVEMENTS)[1:])
    for hours in range(3):
        look_and_record(settings, NOW + hours * HOUR)
    lost = "SELECT * FROM ops.ledger_breaks WHERE law_name = 'conservation'"
    [found] = query(settings, lost).to_pylist()
    first = sent.of(CASH_MOVEMENTS)[0]
    assert found["break_subject"] == f"{CASH_MOVEMENT.topic} partition {first['origin_partition']}"
    assert found["proof"] == [str(first["origin_offset"])]
    assert (found["verdict"], found["n_broken"], found["broken_unit"]) == ("lost", 1, "offset")
    assert (found["break_state"], found["break_age_seconds"]) == ("open", 7200)
    assert (found["first_seen_at"], found["last_seen_at"]) == (NOW, NOW + 2 * HOUR)

    rewrite(settings, CASH_MOVEMENTS, *sent.of(CASH_MOVEMENTS))
    assert verdicts(look_and_record(settings, NOW + 3 * HOUR)) == set()
    [found] = query(settings, lost).to_pylist()
    assert (found["break_state"], found["break_age_seconds"]) == ("resolved", 7200)


def test_an_open_break_keeps_later_looks_from_going_on_behind_it(tmp_path: Path, sent: Broker) -> None:
    settings = sent.write(tmp_path)
    look_and_record(settings, NOW)
    movements = sent.of(CASH_MOVEMENTS)
    movements[0] = {**movements[0], "cash_amount": movements[0]["cash_amount"] + Decimal("0.01")}
    rewrite(settings, CASH_MOVEMENTS, *movements)
    assert verdicts(look_and_record(settings, NOW + HOUR)) == set()  # as many rows as before
    everything = look(settings, True, NOTHING_BEFORE, NOW + 2 * HOUR)
    record(settings, everything)
    again = look_and_record(settings, NOW + 3 * HOUR)
    assert verdicts(everything) == verdicts(again) == {"amounts altered", "books altered"}


def test_a_young_gap_is_reported_once_it_is_a_minute_old(tmp_path: Path, sent: Broker) -> None:
    settings = sent.write(tmp_path)
    look_and_record(settings, NOW)
    sent.sequences["cash-ledger"] += 1
    missing = sent.sequences["cash-ledger"]
    pay_more(sent, settings, 1000)
    received_at = datetime(2022, 12, 23, 15, tzinfo=UTC)
    young = look(settings, True, to_go_on_from(settings), received_at + timedelta(seconds=60))
    record(settings, replace(young, looked_at=NOW + HOUR))
    old = look_and_record(settings, NOW + 2 * HOUR)
    assert (verdicts(young), verdicts(old)) == (set(), {"sequences lost"})
    assert old.ledger.cost.since == NOW + HOUR
    [gap] = old.ledger.differences
    assert (gap.subject, gap.proof) == ("source cash-ledger", (str(missing),))


def test_since_goes_further_back(tmp_path: Path, sent: Broker) -> None:
    settings = sent.write(tmp_path)
    for hours in range(3):
        look_and_record(settings, NOW + hours * HOUR)
    assert to_go_on_from(settings).looked_at == NOW + 2 * HOUR
    assert to_go_on_from(settings, before=NOW + 1.5 * HOUR).looked_at == NOW + HOUR
    assert to_go_on_from(settings, before=NOW - HOUR) == NOTHING_BEFORE


def test_what_a_look_leaves_behind(tmp_path: Path, sent: Broker) -> None:
    settings = sent.write(tmp_path)
    seen = look_and_record(settings, NOW)
    rows = query(settings, f"SELECT * FROM {LEDGER.name} WHERE n_landed > 0").to_pylist()
    assert {row["looked_at"] for row in rows} == {NOW}
    assert sum(row["n_landed"] for row in rows) == sum(each.n_landed for each in seen.ledger.accounts)
    assert {(row["n_rows_read"], row["n_differences"], row["n_pending"]) for row in rows} == {
        (seen.ledger.cost.n_rows_read, 0, 0)
    }


def test_a_look_without_gold_leaves_gold_to_the_next(tmp_path: Path, sent: Broker) -> None:
    settings = sent.write(tmp_path)
    alerts = sent.of(ALERTS)
    rewrite(settings, ALERTS, *alerts[1:])
    first = look_and_record(settings, NOW)
    come_in = LAWS - LAWS_OF_GOLD
    without = look(settings, True, to_go_on_from(settings), NOW + HOUR, come_in)
    record(settings, without)
    assert (verdicts(first), verdicts(without)) == ({"alerts lost"}, set())
    [state] = query(settings, "SELECT break_state FROM ops.ledger_breaks")["break_state"].to_pylist()
    assert state == "open"
    assert verdicts(look_and_record(settings, NOW + 2 * HOUR)) == {"alerts lost"}
    rewrite(settings, ALERTS, *alerts)
    assert verdicts(look_and_record(settings, NOW + 3 * HOUR)) == set()


def test_sessions_that_are_published_later_are_looked_at(tmp_path: Path, sent: Broker) -> None:
    settings = sent.write(tmp_path)
    record(settings, look(settings, True, NOTHING_BEFORE, NOW, LAWS - LAWS_OF_GOLD))
    assert verdicts(look_and_record(settings, NOW + HOUR)) == set()
    rewrite(settings, ALERTS, *sent.of(ALERTS)[1:])
    assert verdicts(look_and_record(settings, NOW + 2 * HOUR)) == set()  # closed, and not published again
    job_run = {"table_name": ALERTS.name, "job_status": "published", "refine_batch": 1}
    for session in SESSIONS:
        write(settings, JOB_RUNS, {**job_run, "session_date": session, "ended_at": NOW + 3 * HOUR})
    assert verdicts(look_and_record(settings, NOW + 4 * HOUR)) == {"alerts lost"}
