"""Breaches are published like the stream's alerts: what the topic has not had, of sessions whose books are open."""

from __future__ import annotations

import json
import time
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest

from ingestion.__main__ import main
from ingestion.publishing import breaches, connection
from ingestion.publishing.records import violations
from lake.settings import Settings
from schemas.risk import ALERT, ALERT_NOTICES, ALERTS
from tests.ingestion.publishing.test_record_files import Collected
from tests.written import new_lake, write

NEW = (("first", "2022-12-16"), ("new", "2022-12-23"))
BREACH = {"rule_id": "R20", "entity_id": "account-7", "evidence": ["gold.margin_daily|2022-12-23|account-7|USD"],
          "window_started_at": "2022-12-23T14:30:00Z", "window_ended_at": "2022-12-23T21:00:00Z"}  # fmt: skip


@pytest.fixture
def collected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Collected:
    settings = new_lake(tmp_path)
    monkeypatch.setenv("BROKERLAKE_ROOT", str(tmp_path))
    write(settings, ALERT_NOTICES, {**BREACH, "alert_id": "heard"})
    # Five sessions later the books of a session are closed.
    days = {"heard": 23, "new": 23, "first": 16, "closed": 15}
    write(
        settings,
        ALERTS,
        *[{**BREACH, "alert_id": name, "session_date": f"2022-12-{day}"} for name, day in days.items()],
    )
    found = Collected()
    monkeypatch.setattr(connection, "connect", lambda *_: found)
    return found


def test_what_was_not_heard_of_is_sent_as_the_stream_sends_it(
    collected: Collected, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["publish-alerts", "--session", "2022-12-23"]) == 0
    # No stream runs here that could refine them, so nobody waits.
    assert capsys.readouterr().out.splitlines() == [
        "2 alerts of 2022-12-16 to 2022-12-23 published",
        "2 of them are not refined yet",
    ]
    sent = [(topic, key, json.loads(value)) for topic, key, value in collected.sent]
    assert [(topic, key, envelope["id"]) for topic, key, envelope in sent] == [
        ("risk.alerts.v1", b"account-7", "first"),
        ("risk.alerts.v1", b"account-7", "new"),
    ]
    envelope = sent[1][2]
    assert (envelope["source"], envelope["time"], "sequence" in envelope) == (
        "alert-stream", "2022-12-23T15:00:00.000000Z", False,
    )  # fmt: skip
    assert violations(ALERT, envelope["data"]) == ()
    assert envelope["data"]["window_ended_at"] == "2022-12-23T21:00:00.000000Z"
    assert collected.flushed == 2


def test_where_streams_run_it_waits_until_they_have_refined(
    collected: Collected, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[float] = []

    def refine(seconds: float) -> None:
        looks.append(seconds)
        if len(looks) == 2:
            write(
                Settings.from_environment(),
                ALERT_NOTICES,
                *[{**BREACH, "alert_id": each, "session_date": day} for each, day in NEW],
            )

    monkeypatch.setattr(breaches, "is_held", lambda *_: True)
    # Not everybody's sleep: other threads of this process sleep too.
    monkeypatch.setattr(breaches, "time", SimpleNamespace(sleep=refine, monotonic=time.monotonic))
    assert (
        breaches.wait_until_heard(Settings.from_environment(), [date(2022, 12, 16), date(2022, 12, 23)], 60)
        == 0
    )
    assert looks == [1.0, 1.0]
    assert breaches.wait_until_heard(Settings.from_environment(), [date(2022, 12, 15)], -1) == 1


def test_where_nothing_is_new_no_broker_is_asked(
    collected: Collected, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delattr(connection, "connect")
    assert main(["publish-alerts", "--session", "2022-12-14"]) == 0
    assert "0 alerts" in capsys.readouterr().out
