"""Runs jobs over sessions in one Spark application, and says how it went."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import date
from graphlib import TopologicalSorter

from pyspark import inheritable_thread_target

from jobs.catalog import JOBS, needed_by
from jobs.pending import Sessions
from lake.expectations import SecondOpinion
from lake.job import Job
from lake.job_runs import PUBLISHED, JobRun, JobRuns
from lake.refresh import Refresher
from lake.run import Run
from lake.sessions import book_calendar
from lake.spark import small_frames
from lake.storage_errors import storage_error
from lake.store import Store

# Of so few, planning and compiling take longer than the rows: a session of 1,000 clients runs a fifth faster uncompiled.
FEW_SESSIONS = 10
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
    sessions: Sessions,
    run: Run,
    second_opinion: SecondOpinion | None,
) -> list[Result]:
    """Refreshes each job's table over its sessions, as soon as those are made that it reads and some at a time.

    A failure stops only what depends on it. The results are in the order in which the jobs ended.
    """
    if max(len(days) for days in sessions.values()) <= FEW_SESSIONS:
        small_frames(store.spark)
    refresher = Refresher(store, book_calendar(), run, JobRuns.read(store.settings, JOBS), second_opinion)
    results: list[Result] = []

    @inheritable_thread_target(store.spark)
    def make(job: Job) -> Result:
        return _run_job(refresher, job, sessions[job.name])

    try:
        # One more than there are cores: a job that waits for its Python, or plans, leaves one idle.
        for result in in_order_of(jobs, make, store.settings.cores + 1):
            results.append(result)
            log.info(result.line())
    finally:
        refresher.job_runs.write(store)
        if second_opinion is not None:
            log.info("data docs: %s", second_opinion.write_docs())
    return results


def in_order_of(jobs: Sequence[Job], make: Callable[[Job], Result], n_at_once: int) -> Iterator[Result]:
    """What `make` gives for each job, each begun after all that write what it reads have ended; `n_at_once` at a time."""
    waiting = TopologicalSorter(needed_by(jobs))
    waiting.prepare()
    by_table = {job.writes.name: job for job in jobs}
    with ThreadPoolExecutor(n_at_once) as pool:
        under_way: dict[Future[Result], str] = {}
        while waiting.is_active():
            for table in sorted(waiting.get_ready()):
                under_way[pool.submit(make, by_table[table])] = table
            ended, _ = wait(under_way, return_when=FIRST_COMPLETED)
            for future in ended:
                waiting.done(under_way.pop(future))
                yield future.result()


def _run_job(refresher: Refresher, job: Job, sessions: Sequence[date]) -> Result:
    started = refresher.run.now()
    try:
        outcomes = refresher.refresh(job, sessions)
    except Exception as error:
        # A job that raises must not stop those that do not depend on it: it is recorded, and the run ends badly.
        known = storage_error(error, refresher.store.settings)
        if known is None:
            log.exception("job %s raised", job.name)
        outcomes = refresher.failed(job, sessions, known or error)
    return Result(job, outcomes, (refresher.run.now() - started).total_seconds())
