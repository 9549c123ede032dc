"""A batch that was killed between silver and what follows from it is done again: nothing that follows is forgotten."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from ingestion.refining import refine
from lake.store import Store
from schemas.operations import SESSION_CLOSE, TOUCHED_SESSIONS
from schemas.transactions import CASH_MOVEMENT, CASH_MOVEMENTS
from tests.ingestion.arriving import arrive, message
from tests.rows import DAY, only
from tests.written import new_lake


class Killed(BaseException):
    """Stands for a kill: nothing catches it."""


def test_touched_sessions_and_late_marks_follow(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(spark, new_lake(tmp_path))
    late = {CASH_MOVEMENT: [message(CASH_MOVEMENT, 1, {"cash_movement_id": "late"})]}
    arrive(store, 9, 0, late)
    close = {SESSION_CLOSE: [message(SESSION_CLOSE, 2, {"closing_source_name": "test"})]}

    def kill(place: str) -> None:
        if place == "refine.after_silver":
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(refine, "kill_point", kill)
        with pytest.raises(Killed):
            arrive(store, 1, 0, close)
    arrive(store, 1, 0, close, again=True)

    assert only(store.read(CASH_MOVEMENTS), "is_late") == [{"is_late": True}]
    assert only(store.read(TOUCHED_SESSIONS), "table_name", "session_date", "refine_batch") == [
        {"table_name": "silver.cash_movements", "session_date": DAY, "refine_batch": 9},
        {"table_name": "silver.session_closes", "session_date": DAY, "refine_batch": 1},
    ]
