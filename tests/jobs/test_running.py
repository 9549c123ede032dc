"""In which order jobs run, how many at a time, and what a failure stops."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession

from jobs.catalog import find
from jobs.running import Result, in_order_of, run_jobs
from lake.job import Job
from lake.run import Run
from lake.store import Store
from schemas.declaration import Table
from schemas.operations import JOB_RUNS
from schemas.transactions import CASH_DAILY, FILLS
from tests.rows import DAY, frame, only
from tests.written import new_lake


def test_a_job_waits_for_those_whose_tables_it_reads_and_for_no_others() -> None:
    jobs = find(["corrected_fills", "positions_daily", "cash_daily", "profit_and_loss_daily"])
    both_began = threading.Barrier(2, timeout=20)
    ended: list[str] = []

    def make(job: Job) -> Result:
        if job.name in ("positions_daily", "cash_daily"):
            assert ended == ["corrected_fills"]
            both_began.wait()  # breaks if one of them waits for the other
        ended.append(job.name)
        return Result(job, [], 0.0)

    found = [result.job.name for result in in_order_of(jobs, make, 2)]
    assert (found[0], found[-1]) == ("corrected_fills", "profit_and_loss_daily")
    assert sorted(found) == sorted(job.name for job in jobs)


def test_a_single_thread_is_enough() -> None:
    jobs = find(["corrected_fills", "positions_daily", "cash_daily", "profit_and_loss_daily"])
    made = [result.job.name for result in in_order_of(jobs, lambda job: Result(job, [], 0.0), 1)]
    assert made[0] == "corrected_fills"
    assert made[-1] == "profit_and_loss_daily"


class _NoSuite:
    """A second opinion that raises over one table."""

    def examine(self, frame: DataFrame, table: Table, session: date) -> bool:
        if table is CASH_DAILY:
            raise RuntimeError("the suite is gone")
        return True

    def write_docs(self) -> Path:
        return Path("nowhere")


def test_a_gate_that_raises_publishes_nothing_and_stops_what_depends_on_it(
    spark: SparkSession, tmp_path: Path
) -> None:
    store = Store(spark, new_lake(tmp_path))
    store.append(FILLS, frame(spark, FILLS, {"quantity": 10, "price": 2}))
    well = (
        "corrected_fills", "suspect_prices_daily", "positions_daily", "position_values_daily",
        "dividends_receivable_daily", "realised_profit_daily",
    )  # fmt: skip
    jobs = find([*well, "cash_daily", "profit_and_loss_daily"])
    now = datetime(2022, 12, 24, tzinfo=UTC)

    clock = Run("run-1", now, "test", "standard", lambda: now)
    results = run_jobs(store, jobs, {job.name: [DAY] for job in jobs}, clock, _NoSuite())

    found = {result.job.name: (result.outcomes[0].job_status, result.outcomes[0].error) for result in results}
    assert found == {
        **dict.fromkeys(well, ("published", None)),
        "cash_daily": ("failed", "the suite is gone"),
        "profit_and_loss_daily": ("skipped", f"gold.cash_daily not published for {DAY}"),
    }
    assert only(store.read(CASH_DAILY)) == []
    recorded = only(store.read(JOB_RUNS), "job_name", "job_status")
    assert {row["job_name"]: row["job_status"] for row in recorded} == {n: s for n, (s, _) in found.items()}
