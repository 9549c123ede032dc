"""What a session's number was made from, made again: from silver as it was known then, and compared with what was published."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.catalog import JOBS
from lake.arrow import arrow_fields
from lake.conform import conform
from lake.errors import JobError
from lake.inputs import Reader
from lake.job import Job
from lake.job_runs import first_close
from lake.reader import query
from lake.refresh import params_dict
from lake.row_bytes import row_bytes
from lake.sessions import SessionCalendar
from lake.store import Store, sessions_sql
from lake.structs import struct_type
from schemas.declaration import Column, Table
from schemas.operations import JOB_RUNS

_MAKERS = {job.writes.name: job for job in JOBS}


@dataclass(frozen=True)
class Publication:
    """What ops.job_runs says of how a session was published."""

    table: Table
    session: date
    refine_batch: int
    params_json: str
    code_version: str
    published_at: datetime


@dataclass(frozen=True)
class Reproduction:
    """published, made_again: rows as bytes, provenance left out, that are not in the other; both empty where they agree."""

    publication: Publication
    revision: int | None
    n_rows: int
    published_only: tuple[bytes, ...]
    made_only: tuple[bytes, ...]

    @property
    def is_equal(self) -> bool:
        return not self.published_only and not self.made_only


def publication_of(store: Store, table: Table, session: date, as_known: datetime | None) -> Publication:
    """The last time that a session was published, up to an instant. Raises JobError where it never was."""
    until = f"AND ended_at <= TIMESTAMP '{as_known:%Y-%m-%d %H:%M:%S.%f}+00:00'" if as_known else ""
    rows = query(
        store.settings,
        f"SELECT refine_batch, params_json, code_version, ended_at FROM {JOB_RUNS.name} "
        f"WHERE table_name = '{table.name}' AND session_date = DATE '{session}' AND job_status = 'published' {until} "
        "ORDER BY ended_at DESC LIMIT 1",
    ).to_pylist()
    if not rows:
        when = f" up to {as_known.isoformat()}" if as_known else ""
        raise JobError(f"{table.name} was not published for {session}{when}: ops.job_runs has no such run")
    [row] = rows
    return Publication(
        table,
        session,
        row["refine_batch"],
        row["params_json"],
        row["code_version"],
        row["ended_at"].astimezone(UTC),
    )


def reproduce(
    store: Store, calendar: SessionCalendar, job: Job, found: Publication, params_set: str, code_version: str
) -> Reproduction:
    """Makes the session again from silver, cut at the batch that was read then, with every table in between.

    Raises JobError where this code or these params are not those that made it, or where a table in between was decided
    at its own time (a model, a score), which silver alone does not hold.
    """
    _refuse_others(job, found, params_set, code_version)
    made = AsKnown(store, calendar, found.refine_batch, params_set).made(job, [found.session])
    published, revision = _published(store, found)
    ours, theirs = _rows(made, job.writes), _rows(published, job.writes)
    return Reproduction(
        found,
        revision,
        len(theirs),
        tuple(sorted(set(theirs) - set(ours))),
        tuple(sorted(set(ours) - set(theirs))),
    )


def _refuse_others(job: Job, found: Publication, params_set: str, code_version: str) -> None:
    if found.code_version != code_version:
        raise JobError(
            f"{job.writes.name} of {found.session} was made by code {found.code_version} and this is {code_version}: "
            "check that out, or see with --this-code what this one makes of it"
        )
    theirs, ours = json.loads(found.params_json), params_dict(job.params_of(params_set))
    if theirs != ours:
        raise JobError(
            f"{job.writes.name} of {found.session} was made with other params than {params_set} has: "
            f"{'; '.join(_differences(theirs, ours))}. BROKERLAKE_PARAMS chooses another set"
        )


def _differences(theirs: Mapping[str, object], ours: Mapping[str, object]) -> list[str]:
    """A sentence a parameter; long values, such as lists of scenarios, are cut."""
    return [
        f"{name} was {_shown(theirs.get(name))} and is {_shown(ours.get(name))}"
        for name in sorted({*theirs, *ours})
        if theirs.get(name) != ours.get(name)
    ]


def _shown(value: object) -> str:
    return textwrap.shorten(json.dumps(value), 80, placeholder=" ...")


def _published(store: Store, found: Publication) -> tuple[DataFrame, int | None]:
    """What stood there once the publication was over, and its revision where there are any."""
    rows = store.read(found.table).where(F.col("session_date") == F.lit(found.session))
    if found.table.second_answer != "revise":
        return rows, None
    then = rows.where(F.col("processed_at") <= F.lit(found.published_at))
    [[revision]] = then.agg(F.max("revision")).collect()
    return then.where(F.col("revision") == F.lit(revision)).drop("revision"), revision


def _rows(frame: DataFrame, table: Table) -> list[bytes]:
    said = arrow_fields(tuple(column for column in table.columns if column.name != "revision"))
    rows: list[bytes] = row_bytes(frame.select(*said.names).toArrow().cast(said)).to_pylist()
    return rows


@dataclass
class AsKnown:
    """Stands in for the store: silver up to a batch, and what jobs write made again from it, in memory.

    Each table is made once, for the sessions from the first that may be read to the last. A table that reads its own
    opening is made from the first session that ever closed.
    """

    store: Store
    calendar: SessionCalendar
    refine_batch: int
    params_set: str
    _made: dict[str, tuple[date, date, DataFrame]] = field(default_factory=dict)
    _under_way: set[str] = field(default_factory=set)

    def made(self, job: Job, run: Sequence[date]) -> DataFrame:
        """The rows of a run of sessions, cut off from their plan."""
        reader = Reader(self, self.calendar, {}, self.refine_batch)
        params = job.params_of(self.params_set)
        arguments: list[object] = [reader.read(each, run, params) for each in job.inputs]
        if job.wants_sessions:
            arguments.append(reader.sessions(run))
        if params is not None:
            arguments.append(params)
        return conform(job.transform(*arguments), job.writes).localCheckpoint()

    @property
    def spark(self) -> SparkSession:
        return self.store.spark

    def version(self, table: Table) -> int:
        return self.store.version(table)

    def read(self, table: Table, version: int | None = None) -> DataFrame:
        if table.name in _MAKERS:
            raise JobError(
                f"{table.name} is read whole, and what of it was known then silver alone does not say"
            )
        return self.store.read(table, version)

    def read_days(
        self, table: Table, column: Column, days: Sequence[date], version: int | None = None
    ) -> DataFrame:
        if table.name not in _MAKERS:
            return self.store.read_days(table, column, days, version)
        return self._again(_MAKERS[table.name], min(days), max(days)).where(
            sessions_sql("session_date", days)
        )

    def _again(self, job: Job, first: date, last: date) -> DataFrame:
        """A table's sessions, made once for the widest range that was asked for."""
        table = job.writes
        if table.second_answer == "revise":
            raise JobError(
                f"{table.name} was decided at its own time, and silver alone does not say what it said"
            )
        start = self._begin(job, first)
        nothing = self.spark.createDataFrame([], struct_type(table.columns))
        if last < start or table.name in self._under_way:
            # What a table opens with before the first session that closed.
            return nothing
        if table.name in self._made:
            known_from, known_to, frame = self._made[table.name]
            if known_from <= start and last <= known_to:
                return frame
        self._under_way.add(table.name)
        frame = self.made(job, self.calendar.between(start, last))
        self._under_way.remove(table.name)
        self._made[table.name] = (start, last, frame)
        return frame

    def _begin(self, job: Job, first: date) -> date:
        closed = first_close(self.store.settings)
        if closed is None:
            raise JobError(f"{job.writes.name} cannot be made again: no session has closed")
        reads_itself = any(each.kind == "opening" and each.table is job.writes for each in job.inputs)
        return closed if reads_itself else max(first, closed)
