"""When a session is complete."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np

from ingestion.ledger.completeness import CLOSING_SOURCES, Close, completeness, judge
from schemas import catalog
from schemas.operations import DUPLICATES, QUARANTINE_EVENTS, SESSION_CLOSES
from tests.written import new_lake, write

DAY = date(2022, 12, 23)
NOON = datetime(2022, 12, 23, 12, tzinfo=UTC)
CLOSES = [Close(source, 3, NOON) for source in CLOSING_SOURCES]
ALL = {source: np.array([1, 2, 3, 4]) for source in CLOSING_SOURCES}


def test_every_source_closed_and_nothing_missing() -> None:
    found = judge(DAY, CLOSES, ALL)
    assert found.is_complete
    assert found.sentences == []


def test_a_source_that_has_not_closed() -> None:
    found = judge(DAY, [close for close in CLOSES if close.source != "cash-ledger"], ALL)
    assert not found.is_complete
    assert found.sentences == ["cash-ledger has not closed 2022-12-23"]


def test_sequences_begin_at_one_and_have_no_gaps() -> None:
    found = judge(DAY, CLOSES, {**ALL, "app": np.array([3, 2, 2, 7])})
    assert found.sentences == ["app lacks 1 of its events (sequence 1)"]
    found = judge(DAY, CLOSES, {**ALL, "app": np.array([1, 3])})
    assert found.sentences == ["app lacks 1 of its events (sequence 2)"]
    assert judge(DAY, [Close("app", 12, NOON)], {}).sentences[-1] == (
        "app lacks 12 of its events (sequence 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, …)"
    )


def test_no_close_at_all() -> None:
    found = judge(DAY, [], {})
    assert not found.is_complete
    assert found.first_closed_at is None


def test_the_deadline_counts_from_the_first_close() -> None:
    later = datetime(2022, 12, 23, 13, tzinfo=UTC)
    assert judge(DAY, [Close("app", 1, later), Close("cash-ledger", 1, NOON)], {}).first_closed_at == NOON


def test_events_count_wherever_they_ended(tmp_path: Path) -> None:
    lake = new_lake(tmp_path)
    app = {"source_name": "app"}
    write(lake, catalog.table("silver.app_events"), {**app, "sequence": 1}, {**app, "sequence": 9})
    write(lake, DUPLICATES, {**app, "sequence": 2})
    write(lake, QUARANTINE_EVENTS, {**app, "sequence": 3}, {"source_name": None, "sequence": None})
    close = {**app, "closing_source_name": "app", "session_date": DAY, "sequence": 5, "last_sequence": 5}
    write(lake, SESSION_CLOSES, close, {**close, "session_date": "2022-12-22", "sequence": 6})
    found = completeness(lake, DAY)
    assert found.closes == (Close("app", 5, datetime(2022, 12, 23, 15, tzinfo=UTC)),)
    assert {source: list(each) for source, each in found.missing.items()} == {"app": [4]}
