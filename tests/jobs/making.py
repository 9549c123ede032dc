"""Making what is pending, in a test's own session."""

from __future__ import annotations

from collections.abc import Sequence

from jobs.pending import Pending
from jobs.running import Result, run_jobs
from lake.job import Job
from lake.run import Run
from lake.store import Store


def made(store: Store, jobs: Sequence[Job], found: Pending) -> list[Result]:
    """What `jobs run --pending` makes of what it has found."""
    waiting = [job for job in jobs if found.sessions[job.name]]
    return (
        run_jobs(store, waiting, found.sessions, Run.begin("small"), second_opinion=None) if waiting else []
    )
