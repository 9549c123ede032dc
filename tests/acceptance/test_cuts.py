"""However the stream is cut into batches and the range into runs, silver and gold say the same."""

from __future__ import annotations

from pathlib import Path

from pyspark.sql import SparkSession

from lake.store import Store
from schemas.operations import BRONZE_EVENTS, TOUCHED_SESSIONS
from tests.acceptance.played import SESSIONS, Played, answers, make, take_in

RUNS = (SESSIONS[:3], SESSIONS[3:4], SESSIONS[4:])


def test_other_batches_and_other_runs_give_the_same_tables(
    spark: SparkSession, played: Played, lake: Store, tmp_path: Path
) -> None:
    whole = answers(lake)
    cut = played.lake(spark, tmp_path)
    take_in(cut, max_offsets=4_000, max_bytes="1b")
    assert batches(cut) > batches(lake)
    for run in RUNS:
        make(cut, run)
    assert answers(cut) == whole


def batches(store: Store) -> tuple[int, int]:
    """How many batches landed, and how many were refined."""
    landed = store.read(BRONZE_EVENTS).select("land_batch").distinct().count()
    return landed, store.read(TOUCHED_SESSIONS).select("refine_batch").distinct().count()
