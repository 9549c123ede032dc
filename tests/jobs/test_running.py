"""In which order jobs run, and how many at a time."""

from __future__ import annotations

import threading

from jobs.catalog import find
from jobs.running import Result, in_order_of
from lake.job import Job


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
