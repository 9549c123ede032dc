"""Settling: a session is waited for, or caught up with where no stream runs; what is missing is said."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from pyspark.sql import SparkSession

from ingestion import topics
from ingestion.__main__ import main
from ingestion.ledger.completeness import CLOSING_SOURCES
from ingestion.ledger.reading import ledger
from lake.envelope import json_values, message_key, wrap
from lake.lease import lease
from lake.settings import Settings
from schemas.declaration import Event
from schemas.operations import SESSION_CLOSE
from schemas.transactions import CASH_MOVEMENT
from tests.rows import rows
from tests.written import new_lake

DAY = date(2022, 12, 23)


@pytest.fixture
def lake(spark: SparkSession, brokers: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """An empty lake and empty topics; the verbs find both."""
    admin = AdminClient({"bootstrap.servers": brokers})
    there = [name for name in admin.list_topics(timeout=20).topics if not name.startswith("__")]
    for done in admin.delete_topics(there).values() if there else ():
        done.result(20)
    topics.reconcile(brokers)
    settings = new_lake(tmp_path, BROKERLAKE_BROKERS=brokers)
    monkeypatch.setenv("BROKERLAKE_ROOT", str(settings.root))
    monkeypatch.setenv("BROKERLAKE_BROKERS", brokers)
    monkeypatch.delenv("BROKERLAKE_LAKE", raising=False)
    return settings


def send(brokers: str, event: Event, source: str, sequence: int, case: dict[str, object]) -> None:
    data = json_values(event, rows(event, case)[0])
    producer = Producer({"bootstrap.servers": brokers})
    value = wrap(event, data, source=source, sequence=sequence)
    producer.produce(event.topic, value, message_key(event, data))
    assert producer.flush(20) == 0


def close(brokers: str, source: str, sequence: int) -> None:
    case = {"closing_source_name": source, "session_date": DAY, "last_sequence": sequence}
    send(brokers, SESSION_CLOSE, source, sequence, case)


def settle(*more: str) -> int:
    return main(["settle", "--session", DAY.isoformat(), *more])


def test_it_catches_up_and_says_what_is_missing_until_nothing_is(
    lake: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    send(lake.brokers, CASH_MOVEMENT, "cash-ledger", 1, {"cash_movement_id": "m-1"})
    assert settle("--timeout", "0") == 1
    assert "app has not closed 2022-12-23" in capsys.readouterr().err

    for source in CLOSING_SOURCES:
        close(lake.brokers, source, 3 if source == "cash-ledger" else 1)
    assert settle("--deadline", "0") == 0
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "session 2022-12-23 goes on incomplete, 0 seconds after its first close:",
        "  cash-ledger lacks 1 of its events (sequence 2)",
    ]
    assert settle("--timeout", "0", "--deadline", "600") == 1
    assert "cash-ledger lacks 1 of its events (sequence 2)" in capsys.readouterr().err

    send(lake.brokers, CASH_MOVEMENT, "cash-ledger", 2, {"cash_movement_id": "m-2"})
    assert settle("--timeout", "0") == 0
    assert capsys.readouterr().out.splitlines()[-1] == "session 2022-12-23 is complete and refined"
    assert ledger(lake, settled=True).is_closed


def test_it_starts_nothing_while_another_process_holds_the_lease(
    lake: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    send(lake.brokers, CASH_MOVEMENT, "cash-ledger", 1, {"cash_movement_id": "m-1"})
    with lease(lake.leases, "streams"):
        assert settle("--timeout", "0") == 1
    printed = capsys.readouterr()
    assert "1 messages are not refined yet, of transactions.cash.v1" in printed.err
    assert "landing and refining here" not in printed.out
    found = ledger(lake, settled=False)
    assert [(each.topic, each.n_not_landed) for each in found.accounts if each.n_not_landed] == [
        ("transactions.cash.v1", 1)
    ]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--session", "2022-12-24"], "2022-12-24 is not a session of the XNYS calendar"),
        (["--session", "Friday"], "'Friday' is no day"),
        (["--session", "2022-12-23", "--timeout", "soon"], "'soon' is no number of seconds"),
    ],
)
def test_misuse_ends_with_2(arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        status = main(["settle", *arguments])
    except SystemExit as ended:
        status = int(str(ended.code))
    assert status == 2
    assert sentence in capsys.readouterr().err


def test_the_verbs_land_and_refine_once(lake: Settings) -> None:
    send(lake.brokers, CASH_MOVEMENT, "cash-ledger", 1, {"cash_movement_id": "m-1"})
    assert main(["land", "--once"]) == 0
    assert [each.n_pending for each in ledger(lake, settled=False).accounts if each.n_landed] == [1]
    assert main(["refine", "--once"]) == 0
    found = ledger(lake, settled=True)
    assert found.is_closed
    assert sum(each.n_accepted for each in found.accounts) == 1


def test_a_lease_that_is_held_is_one_sentence(lake: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    with lease(lake.leases, "streams"):
        assert main(["refine", "--once"]) == 1
    assert "another process holds the lease 'streams'" in capsys.readouterr().err
