"""Which sessions are pending, and in which order jobs run: on tables of a few rows, without Spark."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from jobs.catalog import find
from jobs.running import Result, in_order_of, pending_sessions
from lake.errors import SessionError
from lake.job import Job
from lake.sessions import book_calendar
from lake.settings import Settings
from schemas.operations import JOB_RUNS, SESSION_CLOSES, TOUCHED_SESSIONS
from tests.written import new_lake, write

WED, THU, FRI = (date(2022, 12, day) for day in (21, 22, 23))
JOBS = find(["corrected_fills", "positions_daily"])


def ran(job: str, day: date, status: str = "published", **case: object) -> dict[str, object]:
    """How a job ended for a session, having seen refine's batches up to number 4."""
    layer = "silver" if job == "corrected_fills" else "gold"
    return {
        "job_name": job, "table_name": f"{layer}.{job}", "session_date": day, "job_status": status,
        "refine_batch": 4, **case,
    }  # fmt: skip


@pytest.fixture
def lake(tmp_path: Path) -> Settings:
    """Three sessions have closed."""
    settings = new_lake(tmp_path)
    write(settings, SESSION_CLOSES, *[{"session_date": day} for day in (WED, THU, FRI)])
    return settings


def pending(settings: Settings, up_to: date = FRI) -> Sequence[date]:
    return pending_sessions(settings, JOBS, up_to, book_calendar())


def test_all_that_closed_is_pending_before_the_first_run(lake: Settings) -> None:
    assert pending(lake) == [WED, THU, FRI]
    assert pending(lake, THU) == [WED, THU]


def test_nothing_is_pending_once_every_job_has_published(lake: Settings) -> None:
    write(lake, JOB_RUNS, *[ran(job.name, day) for job in JOBS for day in (WED, THU, FRI)])
    write(lake, TOUCHED_SESSIONS, {"session_date": WED, "refine_batch": 4})
    assert pending(lake) == []


def test_a_session_that_one_job_did_not_publish_is_pending_with_all_after_it(lake: Settings) -> None:
    write(lake, JOB_RUNS, *[ran("corrected_fills", day) for day in (WED, THU, FRI)])
    failed = ran("positions_daily", THU, "failed_gate")
    write(lake, JOB_RUNS, ran("positions_daily", WED), failed, ran("positions_daily", FRI))
    assert pending(lake) == [THU, FRI]


def test_the_last_status_counts(lake: Settings) -> None:
    write(lake, JOB_RUNS, *[ran(job.name, day) for job in JOBS for day in (WED, THU, FRI)])
    again = ran("positions_daily", FRI, "failed", ended_at="2022-12-24T15:00:00Z")
    write(lake, JOB_RUNS, again)
    assert pending(lake) == [FRI]


def test_a_session_that_got_rows_since_is_pending_with_all_after_it(lake: Settings) -> None:
    write(lake, JOB_RUNS, *[ran(job.name, day) for job in JOBS for day in (WED, THU, FRI)])
    write(lake, TOUCHED_SESSIONS, {"session_date": THU, "refine_batch": 5})
    assert pending(lake) == [THU, FRI]


def test_nothing_has_closed(tmp_path: Path) -> None:
    with pytest.raises(SessionError, match="no session has closed up to 2022-12-23"):
        pending(new_lake(tmp_path))


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
