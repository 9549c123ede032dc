"""Runs jobs over sessions in one Spark application, and says how it went."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from pyspark.sql import functions as F

from jobs.catalog import JOBS
from lake.errors import SessionError
from lake.expectations import SecondOpinion
from lake.job import Job
from lake.job_runs import PUBLISHED, JobRun, JobRuns
from lake.refresh import Refresher
from lake.run import Run
from lake.sessions import SessionCalendar, book_calendar
from lake.spark import small_frames
from lake.store import Store
from schemas.operations import JOB_RUNS, SESSION_CLOSES, TOUCHED_SESSIONS

# Of so few, planning and compiling take longer than the rows: a session of 1,000 clients runs a fifth faster uncompiled.
FEW_SESSIONS = 5
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Result:
    """How one job ended over all its sessions."""

    job: Job
    outcomes: Sequence[JobRun]
    seconds: float

    @property
    def is_good(self) -> bool:
        return all(each.job_status == PUBLISHED for each in self.outcomes)

    def line(self) -> str:
        published = sum(each.job_status == PUBLISHED for each in self.outcomes)
        text = (
            f"{self.job.name}: {published} of {len(self.outcomes)} sessions published in {self.seconds:.1f} s"
        )
        bad = [each for each in self.outcomes if each.job_status != PUBLISHED]
        return text + "".join(f"\n  {each.session_date} {each.job_status}: {each.error}" for each in bad[:5])


def run_jobs(
    store: Store,
    jobs: Sequence[Job],
    sessions: Sequence[date],
    run: Run,
    second_opinion: SecondOpinion | None,
) -> list[Result]:
    """Refreshes each job's table over the sessions, in the order given; a failure stops only what depends on it."""
    if len(sessions) <= FEW_SESSIONS:
        small_frames(store.spark)
    refresher = Refresher(store, book_calendar(), run, JobRuns.read(store, JOBS), second_opinion)
    results = []
    try:
        for job in jobs:
            results.append(_run_job(refresher, job, sessions))
            log.info(results[-1].line())
    finally:
        refresher.job_runs.write(store)
        if second_opinion is not None:
            log.info("data docs: %s", second_opinion.write_docs())
    return results


def _run_job(refresher: Refresher, job: Job, sessions: Sequence[date]) -> Result:
    started = refresher.run.now()
    try:
        outcomes = refresher.refresh(job, sessions)
    except Exception as error:
        # A job that raises must not stop those that do not depend on it: it is recorded, and the run ends badly.
        log.exception("job %s raised", job.name)
        outcomes = refresher.failed(job, sessions, error)
    return Result(job, outcomes, (refresher.run.now() - started).total_seconds())


def pending_sessions(store: Store, jobs: Sequence[Job], up_to: date, calendar: SessionCalendar) -> list[date]:
    """The sessions that have to be made (again), as one range that ends with `up_to`.

    From the earliest session that closed and is not published by every job, or that got rows since these jobs last
    ran. Empty when there is nothing to do. Raises SessionError when nothing has closed by then.
    """
    closes = store.read(SESSION_CLOSES).where(F.col("session_date") <= F.lit(up_to))
    first = closes.agg(F.min("session_date")).collect()[0][0]
    if first is None:
        raise SessionError(f"no session has closed up to {up_to}: is silver refined?")
    closed = calendar.between(first, up_to)
    open_days = _unpublished(store, jobs, closed) | _touched_since(store, jobs, closed)
    return calendar.between(min(open_days), up_to) if open_days else []


def _unpublished(store: Store, jobs: Sequence[Job], closed: Sequence[date]) -> set[date]:
    names = [job.name for job in jobs if not any(each.kind == "following" for each in job.inputs)]
    rows = (
        store.read(JOB_RUNS)
        .where(F.col("job_name").isin(*names))
        .groupBy("job_name", "session_date")
        .agg(F.max_by("job_status", F.struct("ended_at", "run_id")).alias("job_status"))
        .where(F.col("job_status") == PUBLISHED)
        .groupBy("session_date")
        .agg(F.count("*").alias("n_published"))
        .collect()
    )
    complete = {row["session_date"] for row in rows if row["n_published"] == len(names)}
    return set(closed) - complete


def _touched_since(store: Store, jobs: Sequence[Job], closed: Sequence[date]) -> set[date]:
    last = store.read(JOB_RUNS).where(F.col("job_name").isin(*[job.name for job in jobs]))
    done = last.agg(F.max("refine_batch")).collect()[0][0]
    if done is None:
        return set()
    rows = store.read(TOUCHED_SESSIONS).where(F.col("refine_batch") > done).select("session_date").distinct()
    return {row[0] for row in rows.collect()} & set(closed)
