"""ops.job_runs: how jobs ended by session, and so what is published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass, field
from datetime import date, datetime
from threading import Lock
from typing import Any

from lake.job import Job
from lake.reader import query
from lake.settings import Settings
from lake.store import Store
from lake.structs import struct_type
from schemas.declaration import Table
from schemas.operations import JOB_RUNS, SESSION_CLOSES, TOUCHED_SESSIONS

PUBLISHED, FAILED_GATE, FAILED, SKIPPED = "published", "failed_gate", "failed", "skipped"
BY_PLACE = (
    "(SELECT *, row_number() OVER (PARTITION BY table_name, session_date ORDER BY ended_at DESC, run_id DESC) AS place "
    f"FROM {JOB_RUNS.name})"
)
"""What is known of the runs, in SQL: of each table's session the last one has place 1."""


@dataclass(frozen=True)
class JobRun:
    """How one job ended for one session: a row of ops.job_runs."""

    run_id: str
    job_name: str
    table_name: str
    session_date: date
    job_status: str
    error: str | None
    table_version: int | None
    input_versions_json: str
    refine_batch: int
    params_json: str
    code_version: str
    started_at: datetime
    ended_at: datetime


@dataclass
class JobRuns:
    """The last status of every table and session, and what this application adds to it.

    `written` are the tables that jobs write; `maturing` those of them whose newest sessions cannot exist yet;
    `first_close` is the first session that closed; `read_up_to` the last batch of refine that is over, None before any.
    """

    written: frozenset[str]
    maturing: frozenset[str]
    status: dict[tuple[str, date], str]
    first_close: date | None
    read_up_to: int | None
    added: list[JobRun] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    @staticmethod
    def read(settings: Settings, jobs: Sequence[Job]) -> JobRuns:
        """What is known so far. `jobs` are all jobs there are: their tables are what can be unpublished."""
        written = frozenset(job.writes.name for job in jobs)
        maturing = frozenset(
            job.writes.name for job in jobs if any(i.kind == "following" for i in job.inputs)
        )
        batch = _one(settings, f"SELECT max(refine_batch) AS answer FROM {TOUCHED_SESSIONS.name}")
        return JobRuns(written, maturing, last_statuses(settings), first_close(settings), batch)

    @property
    def refine_batch(self) -> int:
        """What rows say of it."""
        return self.read_up_to or 0

    def is_published(self, table: Table, session: date) -> bool:
        return self.status.get((table.name, session)) == PUBLISHED

    def has_earlier(self, table: Table, session: date) -> bool:
        """Whether any session before this one has closed, or was ever published."""
        if self.first_close is not None and self.first_close < session:
            return True
        with self._lock:
            known = list(self.status.items())
        return any(
            name == table.name and day < session and status == PUBLISHED for (name, day), status in known
        )

    def unpublished_inputs(self, job: Job, session: date) -> list[str]:
        """The tables of other jobs that a session needs and that are not published for it."""
        needed = [
            each.table
            for each in job.inputs
            if each.kind in ("sessions", "following")
            or (each.kind == "lookback" and each.table.name not in self.maturing)
        ]
        return sorted(
            {
                table.name
                for table in needed
                if table.name in self.written
                and table is not job.writes
                and not self.is_published(table, session)
            }
        )

    def record(self, outcomes: Sequence[JobRun]) -> None:
        """Jobs may end at the same time, each in a thread of its own."""
        with self._lock:
            for each in outcomes:
                self.status[(each.table_name, each.session_date)] = each.job_status
            self.added += outcomes

    def write(self, store: Store) -> None:
        """Appends what this application did."""
        if not self.added:
            return
        frame = store.spark.createDataFrame(
            [astuple(each) for each in self.added], struct_type(JOB_RUNS.columns)
        )
        store.append(JOB_RUNS, frame.coalesce(1))
        self.added = []


def first_close(settings: Settings) -> date | None:
    """The first session that closed; None where none has."""
    found: date | None = _one(settings, f"SELECT min(session_date) AS answer FROM {SESSION_CLOSES.name}")
    return found


def last_statuses(settings: Settings) -> dict[tuple[str, date], str]:
    """How each table's job ended last, by session; asked without a plan of Spark's."""
    rows = query(
        settings, f"SELECT table_name, session_date, job_status FROM {BY_PLACE} WHERE place = 1"
    ).to_pylist()
    return {(row["table_name"], row["session_date"]): row["job_status"] for row in rows}


def _one(settings: Settings, sql: str) -> Any:
    return query(settings, sql).to_pylist()[0]["answer"]
