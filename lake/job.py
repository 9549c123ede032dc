"""What a job is: tables in, a pure function, one table out."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from pyspark.sql import DataFrame

from lake.errors import JobError
from schemas.declaration import Table
from schemas.fields import SESSION_DATE

Kind = Literal["sessions", "lookback", "opening", "as_of", "following", "named", "whole"]
_PREFIX = {"opening": "opening_", "following": "following_", "named": "named_"}


@dataclass(frozen=True)
class Input:
    """A table, and how much of it a run of sessions needs.

    sessions   the rows of the run's sessions
    lookback   those, and of `n_sessions` before the first
    opening    the rows of the session before the first
    as_of      for each session of the run, the versions that were effective and recorded at its close
    following  the rows of the run's sessions, and of `n_sessions` after the last
    named      the rows of the sessions that the params list, whatever the run
    whole      everything

    `n_sessions` is a number, or the name of the parameter that holds it; `sessions_named` the name of the parameter that
    lists sessions. Of a table of revisions one reads the last;
    with `as_published` the first, as it was published before anybody knew better.
    """

    table: Table
    kind: Kind = "sessions"
    n_sessions: int | str = 0
    as_published: bool = False
    sessions_named: str = ""

    def __post_init__(self) -> None:
        if self.kind == "named" and self.table.sessions_by != SESSION_DATE:
            raise JobError(f"{self.table.name} cannot be read by name: its rows say no session_date")

    @property
    def parameter(self) -> str:
        """What the transform calls it."""
        name = (
            self.table.name.replace(".", "_") if self.table.name == "silver.alerts" else self.table.short_name
        )
        return f"{_PREFIX.get(self.kind, '')}{name}"

    def length(self, params: object) -> int:
        return getattr(params, self.n_sessions) if isinstance(self.n_sessions, str) else self.n_sessions

    def named_sessions(self, params: object) -> tuple[date, ...]:
        """The sessions that the params list. Raises JobError where they list none."""
        listed: tuple[date, ...] = getattr(params, self.sessions_named, ())
        if not listed:
            raise JobError(
                f"{self.table.name} is read by name, and {self.sessions_named} of {params} lists no session"
            )
        return listed

    def reach(self, params: object) -> tuple[int | None, int]:
        """Which sessions' rows a session needs: from so many sessions after it to so many, negative before it.

        None is the beginning. What is read whole, or by name, counts up to the session itself: what comes later changes
        nothing in the rows of earlier sessions.
        """
        length = self.length(params)
        reaches: Mapping[Kind, tuple[int | None, int]] = {
            "sessions": (0, 0),
            "lookback": (-length, 0),
            "opening": (-1, -1),
            "as_of": (None, 0),
            "following": (0, length),
            "named": (None, 0),
            "whole": (None, 0),
        }
        return reaches[self.kind]


def lookback(table: Table, sessions: int | str, as_published: bool = False) -> Input:
    return Input(table, "lookback", sessions, as_published)


def opening(table: Table) -> Input:
    return Input(table, "opening")


def as_of(table: Table) -> Input:
    return Input(table, "as_of")


def following(table: Table, sessions: int | str) -> Input:
    return Input(table, "following", sessions)


def named(table: Table, sessions: str) -> Input:
    """sessions: the parameter that lists them; a transform that has `bars` too gets these as `named_bars`."""
    return Input(table, "named", sessions_named=sessions)


def whole(table: Table) -> Input:
    return Input(table, "whole")


@dataclass(frozen=True)
class Job:
    """A job is named for the table that it writes.

    The transform's parameters are the names of its inputs, in their order; then `sessions`, if it wants the run's
    sessions as a frame (session_date, opens_at, closes_at); then `params`, if the job has named sets of them.
    """

    writes: Table
    reads: tuple[Table | Input, ...]
    transform: Callable[..., DataFrame]
    params: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        wanted = [each.parameter for each in self.inputs]
        given = list(inspect.signature(self.transform).parameters)
        extra = given[len(wanted) :]
        if given[: len(wanted)] != wanted or extra not in (
            [],
            ["sessions"],
            ["params"],
            ["sessions", "params"],
        ):
            raise JobError(
                f"job {self.name}: its transform takes ({', '.join(given)}), its reads give ({', '.join(wanted)})"
                ", then sessions and params where it wants them"
            )
        if ("params" in extra) != bool(self.params):
            raise JobError(
                f"job {self.name}: a transform with params has named sets of them, and no other has"
            )
        if self.params and set(self.params) != {"standard", "small"}:
            raise JobError(f"job {self.name}: its sets of params are named standard and small")

    @property
    def name(self) -> str:
        return self.writes.short_name

    @property
    def sentence(self) -> str:
        return inspect.getdoc(inspect.getmodule(self.transform)) or self.writes.doc

    @property
    def inputs(self) -> tuple[Input, ...]:
        return tuple(each if isinstance(each, Input) else Input(each) for each in self.reads)

    @property
    def wants_sessions(self) -> bool:
        return "sessions" in inspect.signature(self.transform).parameters

    def params_of(self, name: str) -> object | None:
        return self.params.get(name)

    def matures_after(self, params: object) -> int:
        """How many sessions must pass before the rows of a session exist."""
        return max((each.length(params) for each in self.inputs if each.kind == "following"), default=0)
