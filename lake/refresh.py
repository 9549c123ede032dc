"""The only place where jobs meet storage: read → transform → conform → gate → commit."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, is_dataclass
from datetime import date, datetime
from typing import Protocol

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lake.conform import conform
from lake.files import newest_day
from lake.gate import Broken, examine
from lake.inputs import Reader
from lake.job import Job
from lake.job_runs import FAILED, FAILED_GATE, PUBLISHED, SKIPPED, JobRun, JobRuns
from lake.kill_points import kill_point
from lake.run import Run
from lake.sessions import SessionCalendar
from lake.store import Store
from schemas.declaration import Table
from schemas.fields import SESSION_DATE

log = logging.getLogger(__name__)


class Opinion(Protocol):
    """What else looks at the last session before it is published, such as lake/expectations.py."""

    def examine(self, frame: DataFrame, table: Table, session: date) -> bool:
        """Whether the session's rows keep every promise."""
        ...


@dataclass
class Refresher:
    """Refreshes tables over runs of consecutive sessions, and records how it went."""

    store: Store
    calendar: SessionCalendar
    run: Run
    job_runs: JobRuns
    second_opinion: Opinion | None

    def refresh(self, job: Job, sessions: Sequence[date]) -> list[JobRun]:
        """Makes the sessions of one table again. What cannot be made is skipped or failed, with the reason."""
        params = job.params_of(self.run.params_set)
        started_at = self.run.now()
        reader = Reader(self.store, self.calendar, {}, self.job_runs.read_up_to)
        ready, outcomes = self._ready(job, sessions, started_at)
        for run in self.calendar.runs(ready):
            outcomes += self._refresh_run(job, run, params, reader, started_at)
        self.job_runs.record(outcomes)
        return outcomes

    def _ready(self, job: Job, due: Sequence[date], started_at: datetime) -> tuple[list[date], list[JobRun]]:
        """The sessions whose inputs are published, and what is to be said about the others."""
        ready, skipped = [], []
        for day in due:
            missing = self.job_runs.unpublished_inputs(job, day)
            if missing:
                reason = f"{', '.join(missing)} not published for {day}"
                skipped.append(self._outcome(job, day, SKIPPED, reason, started_at))
            else:
                ready.append(day)
        return ready, skipped

    def _refresh_run(
        self, job: Job, run: list[date], params: object, reader: Reader, started_at: datetime
    ) -> list[JobRun]:
        gap = self._opening_gap(job, run)
        if gap:
            return [self._outcome(job, day, SKIPPED, gap, started_at) for day in run]
        # Computed once, and cut off from its plan: each look at a cached frame would have Spark compare that plan again.
        frame = self._transformed(job, run, params, reader).localCheckpoint()
        verdicts = self._verdicts(job, frame, run)
        good = _publishable(job, run, verdicts)
        kill_point("jobs.before_publication")
        version = self._publish(job, frame, good, params, reader) if good else None
        kill_point("jobs.after_publication")
        outcomes = []
        for day in run:
            if day in good:
                outcomes.append(self._outcome(job, day, PUBLISHED, None, started_at, version, reader, params))
            elif verdicts[day]:
                reason = "; ".join(str(each) for each in verdicts[day])
                outcomes.append(
                    self._outcome(job, day, FAILED_GATE, reason, started_at, None, reader, params)
                )
            else:
                reason = "an earlier session of its own table failed the gate"
                outcomes.append(self._outcome(job, day, SKIPPED, reason, started_at))
        return outcomes

    def _opening_gap(self, job: Job, run: Sequence[date]) -> str | None:
        """Why a run cannot start here: the session before it is not published, though it is not the first of all."""
        for each in job.inputs:
            if each.kind != "opening":
                continue
            before = self.calendar.shift(run[0], -1)
            if self.job_runs.has_earlier(each.table, run[0]) and not self.job_runs.is_published(
                each.table, before
            ):
                return f"the opening of {run[0]} is missing: {each.table.name} is not published for {before}"
        return None

    def _transformed(self, job: Job, run: Sequence[date], params: object, reader: Reader) -> DataFrame:
        arguments: list[object] = [reader.read(each, run, params) for each in job.inputs]
        if job.wants_sessions:
            arguments.append(reader.sessions(run))
        if params is not None:
            arguments.append(params)
        made = conform(job.transform(*arguments), job.writes)
        return made.withColumns(
            {"processed_at": F.lit(self.run.started_at).cast("timestamp"), "run_id": F.lit(self.run.run_id)}
        )

    def _verdicts(self, job: Job, frame: DataFrame, run: Sequence[date]) -> dict[date, list[Broken]]:
        verdicts = examine(frame, job.writes, run)
        last = run[-1]
        if self.second_opinion is not None and not any(
            each.code == "stray_session" for each in verdicts[last]
        ):
            agrees = self.second_opinion.examine(frame, job.writes, last) == (not verdicts[last])
            if not agrees:
                words = f"the gate {'fails' if verdicts[last] else 'passes'} the session and its suite does not agree"
                verdicts[last].append(Broken("second_opinion", job.writes.name, 0, words))
        return verdicts

    def _publish(
        self, job: Job, frame: DataFrame, sessions: Sequence[date], params: object, reader: Reader
    ) -> int:
        keep_from = self._keep_from(job.writes, sessions)
        if keep_from is not None:
            sessions = [day for day in sessions if day >= keep_from]
        rows = frame.where(F.col("session_date").isin(*sessions))
        metadata = {
            "job": job.name,
            "sessions": [str(day) for day in (*sessions[:1], *sessions[-1:])],
            "inputs": reader.versions,
            "refine_batch": self.job_runs.refine_batch,
            "params": params_dict(params),
            "code_version": self.run.code_version,
            "run_id": self.run.run_id,
        }
        if job.writes.second_answer == "revise":
            self.store.append_revision(job.writes, rows, sessions, metadata)
        elif sessions:
            self.store.replace_sessions(job.writes, rows, sessions, metadata, keep_from)
        return self.store.version(job.writes)

    def _keep_from(self, table: Table, sessions: Sequence[date]) -> date | None:
        """The first session that a table keeps once these are in it; None where it keeps all."""
        if table.keep_sessions is None:
            return None
        newest = max(filter(None, (sessions[-1], newest_day(self.store.settings, table, SESSION_DATE))))
        return self.calendar.last(newest, table.keep_sessions)[0]

    def failed(self, job: Job, sessions: Sequence[date], error: Exception) -> list[JobRun]:
        """Records that a job raised: its sessions are not published, and what depends on them is skipped."""
        started_at = self.run.now()
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        outcomes = [self._outcome(job, day, FAILED, reason, started_at) for day in sessions]
        self.job_runs.record(outcomes)
        return outcomes

    def _outcome(
        self,
        job: Job,
        day: date,
        status: str,
        error: str | None,
        started_at: datetime,
        version: int | None = None,
        reader: Reader | None = None,
        params: object = None,
    ) -> JobRun:
        return JobRun(
            run_id=self.run.run_id,
            job_name=job.name,
            table_name=job.writes.name,
            session_date=day,
            job_status=status,
            error=error,
            table_version=version,
            input_versions_json=json.dumps(reader.versions if reader else {}),
            refine_batch=self.job_runs.refine_batch,
            params_json=json.dumps(params_dict(params)),
            code_version=self.run.code_version,
            started_at=started_at,
            ended_at=self.run.now(),
        )


def _publishable(job: Job, run: Sequence[date], verdicts: dict[date, list[Broken]]) -> list[date]:
    """The good sessions; where the table reads its own opening, those before the first bad one."""
    bad = [day for day in run if verdicts[day]]
    reads_itself = any(each.kind == "opening" and each.table is job.writes for each in job.inputs)
    if bad and reads_itself:
        return [day for day in run if day < bad[0]]
    return [day for day in run if not verdicts[day]]


def params_dict(params: object) -> dict[str, object]:
    if not is_dataclass(params) or isinstance(params, type):
        return {}
    return json.loads(json.dumps(asdict(params), default=str))
