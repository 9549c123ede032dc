"""Reads a job's inputs: each as much of its table as a run of sessions needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F

from lake.job import Input
from lake.session_dates import with_session_date
from lake.sessions import SessionCalendar, days_between
from lake.store import latest
from schemas.declaration import DATE, Column, Table
from schemas.pipeline_fields import REFINE_BATCH


class Tables(Protocol):
    """Where a reader's tables are: the lake's store, or what stands in for it."""

    @property
    def spark(self) -> SparkSession: ...

    def read(self, table: Table, version: int | None = None) -> DataFrame: ...

    def read_days(
        self, table: Table, column: Column, days: Sequence[date], version: int | None = None
    ) -> DataFrame: ...

    def version(self, table: Table) -> int: ...


@dataclass(frozen=True)
class Reader:
    """Reads tables for a run of consecutive sessions, each at the version that it was first read at.

    refine_batch: the last batch whose rows of silver are read, so that all jobs of a run read the same and what they
    read can be told again; None reads them all.
    """

    store: Tables
    calendar: SessionCalendar
    versions: dict[str, int]
    refine_batch: int | None = None

    def read(self, each: Input, run: Sequence[date], params: object) -> DataFrame:
        """The frame that the transform gets for an input."""
        if each.kind == "as_of":
            return self._as_of(each.table, run)
        rows = self._rows(each, run, params)
        if each.table.second_answer != "revise":
            return rows
        return rows.where("revision = 1") if each.as_published else latest(rows)

    def sessions(self, run: Sequence[date]) -> DataFrame:
        """The run's sessions as a frame: session_date, opens_at, closes_at."""
        found = [self.calendar.session(day) for day in run]
        rows = [(each.day, each.opens_at, each.closes_at) for each in found]
        return self.store.spark.createDataFrame(
            rows, "session_date date, opens_at timestamp, closes_at timestamp"
        )

    def _rows(self, each: Input, run: Sequence[date], params: object) -> DataFrame:
        """Rows of the sessions that an input reaches to, all revisions of them."""
        if each.kind == "whole" or each.table.sessions_by is None:
            return self._table(each.table)
        if each.kind == "opening":
            return self._sessions(each.table, *[self.calendar.shift(run[0], -1)] * 2)
        if each.kind == "named":
            return self._days(
                each.table, [self.calendar.session(day).day for day in each.named_sessions(params)]
            )
        first, last = each.reach(params)
        assert first is not None
        return self._sessions(
            each.table, self.calendar.shift(run[0], first), self.calendar.shift(run[-1], last)
        )

    def _table(self, table: Table) -> DataFrame:
        return self._cut(table, self.store.read(table, self._version(table)))

    def _cut(self, table: Table, rows: DataFrame) -> DataFrame:
        if self.refine_batch is None or REFINE_BATCH not in table.provenance:
            return rows
        return rows.where(F.col(REFINE_BATCH.name) <= self.refine_batch)

    def _sessions(self, table: Table, first: date, last: date) -> DataFrame:
        column = table.sessions_by
        assert column is not None
        if column.type == DATE:
            return self._days(table, self.calendar.between(first, last))
        opened = self.calendar.session(first).previous_closes_at
        closed = self.calendar.session(last).closes_at
        days = days_between(opened.date(), closed.date())
        rows = self._cut(table, self.store.read_days(table, column, days, self._version(table)))
        within = (F.col(column.name) > opened) & (F.col(column.name) <= closed)
        return with_session_date(rows.where(within), column.name, self.calendar, opened.date(), last)

    def _days(self, table: Table, days: Sequence[date]) -> DataFrame:
        column = table.sessions_by
        assert column is not None
        return self._cut(table, self.store.read_days(table, column, days, self._version(table)))

    def _version(self, table: Table) -> int:
        if table.name not in self.versions:
            self.versions[table.name] = self.store.version(table)
        return self.versions[table.name]

    def _as_of(self, table: Table, run: Sequence[date]) -> DataFrame:
        """For each session, each entity's newest version that was effective and recorded at the session's close."""
        versions = table.versions
        assert versions is not None, f"{table.name} has no versions to be read as of a session"
        cut_offs = self.sessions(run).select("session_date", F.col("closes_at").alias("cut_off_at"))
        name = table.sessions_by.name if table.sessions_by else None
        rows = self._table(table)
        effective = F.col(versions.effective_at.name)
        if name == "session_date":
            rows = rows.withColumn("recorded_session_date", F.col("session_date")).drop("session_date")
            effective = F.col("recorded_session_date")
        limit = F.col("session_date") if versions.effective_at.type == DATE else F.col("cut_off_at")
        known = (effective <= limit) & (F.col(versions.recorded_at.name) <= F.col("cut_off_at"))
        newest = Window.partitionBy("session_date", *[c.name for c in versions.entity]).orderBy(
            effective.desc(), F.col(versions.recorded_at.name).desc(), F.col(versions.tie_break.name).desc()
        )
        return (
            rows.join(F.broadcast(cut_offs), known)
            .withColumn("place", F.row_number().over(newest))
            .where("place = 1")
            .drop("place", "cut_off_at")
        )
