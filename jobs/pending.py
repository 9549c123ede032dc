"""Which sessions of which tables are to be made: the missing ones, and those whose inputs have changed since.

A session of a table is outdated when refine has added rows that its job reads since it was published, or when a table
that its job reads was published again; how far a change reaches follows from the kind of each input. The books of a
session close some sessions later (`Settings.books_close_after`). From then on what refine adds to it spreads to nothing
by itself: it waits, and is listed, until somebody asks for a backfill.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from jobs.catalog import JOBS
from lake.errors import SessionError
from lake.job import Input, Job
from lake.job_runs import BY_PLACE, PUBLISHED, first_close
from lake.reader import query
from lake.sessions import SessionCalendar
from lake.settings import Settings
from schemas.operations import TOUCHED_SESSIONS

Sessions = Mapping[str, Sequence[date]]
"""By the name of a job, the sessions of its table."""
_Places = slice | np.ndarray
_NEVER = -1


@dataclass(frozen=True)
class Correction:
    """Rows that refine added to a session whose books are closed, and the jobs that have not read them."""

    table_name: str
    session_date: date
    jobs: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.table_name} {self.session_date}: not read by {', '.join(self.jobs)}"


@dataclass(frozen=True)
class Pending:
    """What is to be made, and which corrections wait for a backfill."""

    sessions: Sessions
    waiting: tuple[Correction, ...]


def pending(settings: Settings, jobs: Sequence[Job], up_to: date, calendar: SessionCalendar) -> Pending:
    """What these jobs, in their order, have to make up to a session; asked without Spark.

    Raises SessionError when nothing has closed by then.
    """
    first = first_close(settings)
    if first is None or first > up_to:
        raise SessionError(f"no session has closed up to {up_to}: is silver refined?")
    known = _Known.read(settings, calendar, first, up_to)
    sessions: dict[str, list[date]] = {}
    waiting: dict[tuple[str, date], list[str]] = {}
    for job in jobs:
        to_be_made = known.to_be_made(job)
        sessions[job.name] = [known.days[int(n)] for n in np.flatnonzero(to_be_made)]
        for table, day in known.waiting(job):
            waiting.setdefault((table, day), []).append(job.name)
        known.planned[job.writes.name] = to_be_made
    corrections = (Correction(table, day, tuple(names)) for (table, day), names in sorted(waiting.items()))
    return Pending(sessions, tuple(corrections))


def of_range(
    settings: Settings, jobs: Sequence[Job], run: Sequence[date], calendar: SessionCalendar
) -> Sessions:
    """The sessions that a run over a range makes: of a job that reads its future, those that mature with the run."""
    first = first_close(settings)
    found: dict[str, Sequence[date]] = {}
    for job in jobs:
        back = job.matures_after(job.params_of(settings.params))
        days = [calendar.shift(day, -back) for day in run]
        found[job.name] = [day for day in days if first is None or day >= first or back == 0]
    return found


@dataclass(frozen=True)
class _Made:
    """A table's published sessions by place. -1 where there is none.

    refine_batch, version: what its rows have seen and were published as. read: the version of each of its inputs.
    """

    refine_batch: np.ndarray
    version: np.ndarray
    read: dict[str, np.ndarray]


@dataclass(frozen=True)
class _Known:
    """All that decides, as arrays over `days`: every session from the first that anything is said about to the last."""

    settings: Settings
    days: Sequence[date]
    n_before: int
    touched: Mapping[str, np.ndarray]
    made: Mapping[str, _Made]
    planned: dict[str, np.ndarray]

    @staticmethod
    def read(settings: Settings, calendar: SessionCalendar, first: date, up_to: date) -> _Known:
        batches = query(
            settings,
            "SELECT table_name, session_date, max(refine_batch) AS refine_batch "
            f"FROM {TOUCHED_SESSIONS.name} WHERE session_date <= DATE '{up_to}' GROUP BY table_name, session_date",
        ).to_pylist()
        runs = query(
            settings,
            f"SELECT * FROM {BY_PLACE} "
            f"WHERE place = 1 AND job_status = '{PUBLISHED}' AND session_date <= DATE '{up_to}'",
        ).to_pylist()
        earliest = min(
            [first, *(row["session_date"] for row in batches if calendar.is_session(row["session_date"]))]
        )
        days = calendar.between(earliest, up_to)
        places = {day: place for place, day in enumerate(days)}
        return _Known(
            settings=settings,
            days=days,
            n_before=places[first],
            touched=_touched(batches, places),
            made=_made(runs, places),
            planned={},
        )

    def to_be_made(self, job: Job) -> np.ndarray:
        """By place, whether a session of the job's table is missing or outdated."""
        is_due = np.zeros(len(self.days), bool)
        is_due[self.n_before : len(self.days) - job.matures_after(self._params(job))] = True
        made = self.made.get(job.writes.name)
        if made is None:
            return is_due
        found = made.version == _NEVER
        for each in job.inputs:
            read = self._read_by(job, each)
            seen = self._seen(job, made, each)
            for place in np.flatnonzero(is_due & ~found):
                found[place] = self._is_outdated(
                    each, read(int(place)), made.refine_batch[place], seen[place]
                )
        if any(each.table is job.writes for each in job.inputs) and (is_due & found).any():
            # Each session opens with the one before it.
            found[np.argmax(is_due & found) :] = True
        return is_due & found

    def waiting(self, job: Job) -> Iterator[tuple[str, date]]:
        """Tables and sessions whose books are closed, and that got rows which the job has not read."""
        made = self.made.get(job.writes.name)
        if made is None:
            return
        for each in job.inputs:
            if (touched := self.touched.get(each.table.name)) is None:
                continue
            read = self._read_by(job, each)
            is_waiting = np.zeros(len(self.days), bool)
            for place in np.flatnonzero(made.version != _NEVER):
                window = read(int(place))
                is_waiting[window] |= touched[window] > made.refine_batch[place]
            is_waiting[self._first_open :] = False
            yield from ((each.table.name, self.days[int(n)]) for n in np.flatnonzero(is_waiting))

    @property
    def _first_open(self) -> int:
        return max(0, len(self.days) - self.settings.books_close_after - 1)

    def _is_outdated(self, each: Input, window: _Places, refine_batch: int, version: int) -> bool:
        """Whether what a session reads of an input has changed since it saw this batch and this version, or will have."""
        name = each.table.name
        touched = self.touched.get(name)
        if touched is not None and _most(touched[_from(self._first_open, window)]) > refine_batch:
            return True
        if name in self.planned and self.planned[name][window].any():
            return True
        source = self.made.get(name)
        return source is not None and _most(source.version[window]) > version

    def _seen(self, job: Job, made: _Made, each: Input) -> np.ndarray:
        """By place, the version of an input that a job's sessions were made from."""
        if each.table is job.writes:
            return made.version
        return made.read.get(each.table.name, np.full(len(self.days), _NEVER))

    def _read_by(self, job: Job, each: Input) -> Callable[[int], _Places]:
        """What a session, by its place, reads of an input."""
        if each.kind == "named":
            named = set(each.named_sessions(self._params(job)))
            places = np.array([place for place, day in enumerate(self.days) if day in named], np.int64)
            return lambda place: places[places <= place]
        reach = self._reach(job, each)
        return lambda place: _window(reach, place)

    def _reach(self, job: Job, each: Input) -> tuple[int | None, int]:
        """From how many sessions after a session to how many its job reads an input, as far as that can exist."""
        first, last = each.reach(self._params(job))
        if each.kind == "whole":
            last = job.matures_after(self._params(job))
        if each.kind == "lookback":
            last = -self._sessions_to_mature(each)
        return first, last

    def _sessions_to_mature(self, each: Input) -> int:
        """How much later than its session an input's rows can exist."""
        writer = next((job for job in JOBS if job.writes is each.table), None)
        return 0 if writer is None else writer.matures_after(self._params(writer))

    def _params(self, job: Job) -> object:
        return job.params_of(self.settings.params)


def _touched(rows: Sequence[Mapping[str, Any]], places: Mapping[date, int]) -> dict[str, np.ndarray]:
    """Of each table of silver, the last batch that added rows to each session."""
    found: dict[str, np.ndarray] = {}
    for row in rows:
        batches = found.setdefault(row["table_name"], np.full(len(places), _NEVER))
        if (place := places.get(row["session_date"])) is not None:
            batches[place] = row["refine_batch"]
    return found


def _made(rows: Sequence[Mapping[str, Any]], places: Mapping[date, int]) -> dict[str, _Made]:
    """Of each table that jobs write, how its sessions were published last."""
    found: dict[str, _Made] = {}
    nowhere = np.full(len(places), _NEVER)
    for row in rows:
        place = places.get(row["session_date"])
        if place is None:
            continue
        made = found.setdefault(row["table_name"], _Made(nowhere.copy(), nowhere.copy(), {}))
        made.refine_batch[place] = row["refine_batch"]
        made.version[place] = row["table_version"]
        for name, version in json.loads(row["input_versions_json"]).items():
            made.read.setdefault(name, nowhere.copy())[place] = version
    return found


def _from(first: int, places: _Places) -> _Places:
    """Of these places, those from a first one on."""
    if isinstance(places, slice):
        return slice(max(places.start, first), places.stop)
    return places[places >= first]


def _window(reach: tuple[int | None, int], place: int) -> slice:
    """The places that a session reads of an input."""
    first, last = reach
    return slice(0 if first is None else max(0, place + first), max(0, place + last + 1))


def _most(values: np.ndarray) -> int:
    return int(values.max(initial=_NEVER))
