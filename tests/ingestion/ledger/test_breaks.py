"""Breaks that somebody answers for: looks go on over them, and fail again once they grow."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingestion.__main__ import main
from ingestion.errors import NoSuchBreak
from ingestion.ledger import breaks
from ingestion.ledger.history import record, to_go_on_from
from ingestion.ledger.looks import Seen
from ingestion.ledger.reading import look
from lake.reader import query
from lake.settings import Settings
from schemas.operations import LEDGER_BREAKS
from schemas.risk import ALERT
from tests.ingestion.ledger.consistent import Broker, broker

NOW = datetime(2022, 12, 30, tzinfo=UTC)
LATER = {"alert_id": "alert-99", "session_date": "2022-12-30"}


@pytest.fixture
def planted() -> Broker:
    """A source skipped a number."""
    found = broker(seed=3)
    found.sequences["alert-stream"] += 1
    found.send(ALERT, "alert-stream", LATER)
    return found


def look_and_record(settings: Settings, hours: int) -> Seen:
    seen = look(settings, True, to_go_on_from(settings), NOW + timedelta(hours=hours))
    record(settings, seen)
    return seen


def states(settings: Settings) -> list[tuple[str, int, str | None, str | None]]:
    sql = f"SELECT break_state, n_broken, decider_name, decision_reason FROM {LEDGER_BREAKS.name} ORDER BY n_broken"
    return [tuple(row.values()) for row in query(settings, sql, for_service=True).to_pylist()]


def test_looks_go_on_over_what_somebody_has_answered_for(tmp_path: Path, planted: Broker) -> None:
    settings = planted.write(tmp_path)
    first = look_and_record(settings, 0)
    [difference] = first.ledger.differences
    said = breaks.accept(settings, difference.break_id[:8], "ops", "the source lost it")
    assert said.startswith("lost: source alert-stream, 1 sequence")
    second = look_and_record(settings, 1)
    assert second.ledger.is_closed
    assert second.ledger.accepted == (difference,)
    assert states(settings) == [("accepted", 1, "ops", "the source lost it")]
    third = look_and_record(settings, 2)
    assert third.ledger.is_closed
    assert third.ledger.cost.since == second.looked_at


def test_a_break_that_grows_is_open_again(tmp_path: Path, planted: Broker) -> None:
    settings = planted.write(tmp_path)
    [difference] = look_and_record(settings, 0).ledger.differences
    breaks.accept(settings, difference.break_id, "ops", "the source lost it")
    planted.sequences["alert-stream"] += 1
    planted.send(ALERT, "alert-stream", {**LATER, "alert_id": "alert-100"})
    planted.write_on(settings)
    [grown] = look_and_record(settings, 1).ledger.differences
    assert (grown.break_id, grown.count) == (difference.break_id, 2)
    assert states(settings) == [("open", 2, None, None)]


def test_the_same_break_of_another_source_is_not_answered_for(tmp_path: Path, planted: Broker) -> None:
    settings = planted.write(tmp_path)
    [difference] = look_and_record(settings, 0).ledger.differences
    breaks.accept(settings, difference.break_id, "ops", "the source lost it")
    planted.sequences["risk-engine"] += 1
    planted.send(ALERT, "risk-engine", {**LATER, "alert_id": "alert-100"})
    planted.write_on(settings)
    assert {each.subject for each in look_and_record(settings, 1).ledger.differences} == {
        "source risk-engine"
    }


def test_what_is_not_open_cannot_be_answered_for(tmp_path: Path, planted: Broker) -> None:
    settings = planted.write(tmp_path)
    with pytest.raises(NoSuchBreak, match=r"no open break has an id that begins with 'abc': there is none"):
        breaks.accept(settings, "abc", "ops", "why")
    [difference] = look_and_record(settings, 0).ledger.differences
    with pytest.raises(NoSuchBreak, match=f"the open ones are {difference.break_id}"):
        breaks.accept(settings, "xyz", "ops", "why")


def test_the_verb(
    tmp_path: Path, planted: Broker, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = planted.write(tmp_path)
    monkeypatch.setenv("BROKERLAKE_ROOT", str(settings.root))
    monkeypatch.setenv("BROKERLAKE_BROKERS", settings.brokers)
    assert main(["ledger", "--settled"]) == 1
    name = next(
        line.split()[0] for line in capsys.readouterr().out.splitlines() if "source alert-stream" in line
    )
    assert main(["ledger", "--accept", name]) == 2
    assert "--accept needs --by NAME and --reason TEXT" in capsys.readouterr().err
    assert main(["ledger", "--accept", name, "--by", "ops", "--reason", "the source lost it"]) == 0
    assert main(["ledger", "--settled"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "ledger: closed"
    assert any(line.startswith(f"accepted {name} lost: source alert-stream") for line in lines)
