"""The ledger over tables of a lake, as the verb prints it. No broker answers; no JVM runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from ingestion.__main__ import main
from ingestion.ledger.reading import ledger
from lake.settings import Settings
from schemas import catalog
from schemas.operations import BRONZE_EVENTS, DUPLICATES, PARKED, QUARANTINE_EVENTS, TOUCHED_SESSIONS
from tests.written import new_lake, write

FILLS_TOPIC, CASH_TOPIC = "transactions.fills.v1", "transactions.cash.v1"
FILLS, CASH = catalog.table("silver.fills"), catalog.table("silver.cash_movements")


def at(offset: int, topic: str = FILLS_TOPIC, **more: object) -> Mapping[str, object]:
    return {"origin_topic": topic, "origin_partition": 0, "origin_offset": offset, **more}


@pytest.fixture
def lake(tmp_path: Path) -> Settings:
    """Three fills and one cash movement: one fill repeats another, one is garbage."""
    settings = new_lake(tmp_path)
    write(settings, BRONZE_EVENTS, *[at(n, land_batch=n) for n in range(3)], at(0, CASH_TOPIC, land_batch=1))
    write(settings, FILLS, at(0, is_late=True))
    write(settings, CASH, at(0, CASH_TOPIC))
    write(settings, DUPLICATES, at(1, repeats_partition=0, repeats_offset=0))
    write(settings, QUARANTINE_EVENTS, at(2))
    write(settings, TOUCHED_SESSIONS)
    return settings


def test_a_clean_lake_closes(lake: Settings) -> None:
    found = ledger(lake, settled=True)
    assert found.is_closed
    assert not found.broker_was_asked
    counts = {each.topic: (each.n_landed, each.n_accepted, each.n_late, each.n_duplicates, each.n_quarantined)
              for each in found.accounts}  # fmt: skip
    assert counts == {CASH_TOPIC: (1, 1, 0, 0, 0), FILLS_TOPIC: (3, 1, 1, 1, 1)}


def test_a_lost_row(lake: Settings) -> None:
    write(lake, BRONZE_EVENTS, at(3), at(4))
    write(lake, FILLS, at(4))
    write(lake, TOUCHED_SESSIONS)
    assert verdicts(lake) == [("lost", FILLS_TOPIC, (3,))]


def test_a_row_in_two_places(lake: Settings) -> None:
    write(lake, QUARANTINE_EVENTS, at(0))
    assert verdicts(lake) == [("duplicate", FILLS_TOPIC, (0,))]


def test_a_phantom(lake: Settings) -> None:
    write(lake, CASH, at(9, CASH_TOPIC))
    assert verdicts(lake) == [("phantom", CASH_TOPIC, (9,))]


def test_a_gap(lake: Settings) -> None:
    write(lake, BRONZE_EVENTS, at(5))
    write(lake, FILLS, at(5))
    assert verdicts(lake) == [("lost", FILLS_TOPIC, (3, 4))]


def test_a_misrouted_row(lake: Settings) -> None:
    write(lake, BRONZE_EVENTS, at(1, CASH_TOPIC))
    write(lake, FILLS, at(1, CASH_TOPIC))
    assert verdicts(lake) == [("misrouted", CASH_TOPIC, (1,))]


def test_a_parked_topic(lake: Settings) -> None:
    write(lake, BRONZE_EVENTS, at(3, land_batch=7))
    write(lake, PARKED, {"origin_topic": FILLS_TOPIC, "bronze_from_batch": 7, "bronze_to_batch": 7})
    assert verdicts(lake) == [("stuck", FILLS_TOPIC, (3,))]


def test_pending_until_all_is_settled(lake: Settings) -> None:
    write(lake, BRONZE_EVENTS, at(3), at(4))
    assert ledger(lake, settled=False).is_closed
    assert verdicts(lake, settled=True) == [("stuck", FILLS_TOPIC, (3, 4))]


def test_rows_of_a_batch_that_is_not_over_do_not_show_a_loss(lake: Settings) -> None:
    write(lake, BRONZE_EVENTS, at(3), at(4))
    write(lake, QUARANTINE_EVENTS, at(4, first_seen_at="2099-01-01T00:00:00"))
    assert ledger(lake, settled=False).is_closed


@pytest.mark.parametrize(
    ("planted", "status", "last_line"), [(False, 0, "ledger: closed"), (True, 1, "ledger: 1 difference")]
)
def test_what_the_verb_prints(
    lake: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    planted: bool,
    status: int,
    last_line: str,
) -> None:
    if planted:
        write(lake, CASH, at(9, CASH_TOPIC))
    monkeypatch.setenv("BROKERLAKE_ROOT", str(lake.root))
    monkeypatch.setenv("BROKERLAKE_BROKERS", lake.brokers)
    assert main(["ledger", "--settled"]) == status
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == last_line
    assert any(line.split()[:3] == [FILLS_TOPIC, "3", "1"] for line in lines)


def test_without_tables_there_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BROKERLAKE_ROOT", str(tmp_path))
    assert main(["ledger"]) == 1
    assert "never created" in capsys.readouterr().err


def verdicts(lake: Settings, settled: bool = False) -> list[tuple[str, str, tuple[int, ...]]]:
    return [
        (each.verdict, each.subject.split()[0], tuple(map(int, each.proof)))
        for each in ledger(lake, settled).differences
    ]
