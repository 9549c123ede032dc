"""The jobs that a table is made by, and making what is pending, in a test's own session."""

from __future__ import annotations

from collections.abc import Sequence

from jobs.catalog import JOBS, find, needed_by
from jobs.pending import Pending
from jobs.running import Result, run_jobs
from lake.job import Job
from lake.run import Run
from lake.store import Store


def jobs_up_to(name: str) -> tuple[Job, ...]:
    """A job and all that it follows from, in their order."""
    needed, [last] = needed_by(JOBS), find([name])
    wanted, waiting = set[str](), [last.writes.name]
    while waiting:
        table = waiting.pop()
        if table not in wanted:
            wanted.add(table)
            waiting += needed[table]
    return tuple(job for job in JOBS if job.writes.name in wanted)


def made(store: Store, jobs: Sequence[Job], found: Pending) -> list[Result]:
    """What `jobs run --pending` makes of what it has found."""
    waiting = [job for job in jobs if found.sessions[job.name]]
    return (
        run_jobs(store, waiting, found.sessions, Run.begin("small"), second_opinion=None) if waiting else []
    )
