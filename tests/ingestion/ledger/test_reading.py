"""The verb `ledger`, and what it judges while batches are under way. No broker answers; no JVM runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingestion.__main__ import main
from ingestion.ledger.reading import ledger
from lake.settings import Settings
from schemas import catalog
from schemas.operations import BRONZE_EVENTS, QUARANTINE_EVENTS
from schemas.risk import ALERT
from tests.ingestion.ledger.consistent import Broker, Row, broker
from tests.written import write


@pytest.fixture
def planted() -> Broker:
    return broker(seed=7)


def land_one_more(planted: Broker) -> Row:
    """An alert that is in bronze and that refine has not decided yet."""
    planted.send(ALERT, "alert-stream", {"alert_id": "alert-99", "session_date": "2022-12-30"})
    planted.of(catalog.silver_of(ALERT)).pop()
    return planted.of(BRONZE_EVENTS)[-1]


def place(row: Row) -> Row:
    return {name: value for name, value in row.items() if name.startswith("origin_")}


def verdicts(settings: Settings, *, settled: bool) -> list[tuple[str, str, tuple[str, ...]]]:
    return [
        (f"{each.law} {each.verdict}", each.subject.split()[0], tuple(each.proof))
        for each in ledger(settings, settled).differences
    ]


def test_the_accounts_say_what_became_of_each_message(tmp_path: Path, planted: Broker) -> None:
    found = ledger(planted.write(tmp_path), settled=True)
    assert found.is_closed
    assert not found.broker_was_asked
    for topic in {row["origin_topic"] for row in planted.of(BRONZE_EVENTS)}:
        accounts = [each for each in found.accounts if each.topic == topic]
        landed = sum(row["origin_topic"] == topic for row in planted.of(BRONZE_EVENTS))
        silver = catalog.silver_of(next(event for event in catalog.EVENTS if event.topic == topic))
        assert sum(each.n_landed for each in accounts) == landed
        assert sum(each.n_accepted for each in accounts) == len(planted.of(silver))


def test_pending_until_all_is_settled(tmp_path: Path, planted: Broker) -> None:
    more = land_one_more(planted)
    settings = planted.write(tmp_path)
    assert verdicts(settings, settled=False) == []
    assert verdicts(settings, settled=True) == [
        ("conservation stuck", ALERT.topic, (str(more["origin_offset"]),))
    ]


def test_rows_of_a_batch_that_is_not_over_do_not_show_a_loss(tmp_path: Path, planted: Broker) -> None:
    """Of two messages, the later one is decided by a batch that still runs."""
    first = land_one_more(planted)
    second = land_one_more(planted)
    while second["origin_partition"] != first["origin_partition"]:
        second = land_one_more(planted)
    settings = planted.write(tmp_path)
    write(settings, QUARANTINE_EVENTS, {**place(second), "source_name": None, "sequence": None,
                                        "first_seen_at": "2099-01-01T00:00:00"})  # fmt: skip
    assert verdicts(settings, settled=False) == []


@pytest.mark.parametrize(
    ("is_off", "status", "last_line"), [(False, 0, "ledger: closed"), (True, 1, "ledger: 1 difference")]
)
def test_what_the_verb_prints(
    tmp_path: Path,
    planted: Broker,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    is_off: bool,
    status: int,
    last_line: str,
) -> None:
    if is_off:
        land_one_more(planted)
    settings = planted.write(tmp_path)
    monkeypatch.setenv("BROKERLAKE_ROOT", str(settings.root))
    monkeypatch.setenv("BROKERLAKE_BROKERS", settings.brokers)
    assert main(["ledger", "--settled"]) == status
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == last_line
    assert any(line.split()[:1] == [ALERT.topic] for line in lines)


def test_without_tables_there_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BROKERLAKE_ROOT", str(tmp_path))
    assert main(["ledger"]) == 1
    assert "never created" in capsys.readouterr().err
