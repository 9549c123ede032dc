"""Which quarantined messages are meant, and the state that each is in; read without a JVM."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from ingestion.errors import NotQuarantined
from ingestion.quarantine import decisions
from lake.reader import query
from lake.settings import Settings
from schemas.operations import QUARANTINE_EVENTS

# Open: nothing was decided, or the last replay left it here.
OPEN, REPLAYED, DISCARDED = "open", "replayed", "discarded"
STATES = (OPEN, REPLAYED, DISCARDED)


class Origin(NamedTuple):
    """Where a message came from."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}/{self.offset}"


@dataclass(frozen=True)
class Wanted:
    """Conditions that a quarantined message meets; an empty one is met by all. `since` and `until` are broker times."""

    topics: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    contracts: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    origins: tuple[Origin, ...] = ()
    states: tuple[str, ...] = (OPEN,)


@dataclass(frozen=True)
class Kept:
    """A row of quarantine, its state, and what was decided about it, the last decision last."""

    row: Mapping[str, Any]
    decided: tuple[Mapping[str, Any], ...]

    @property
    def origin(self) -> Origin:
        return Origin(self.row["origin_topic"], self.row["origin_partition"], self.row["origin_offset"])

    @property
    def state(self) -> str:
        return state_of(self.decided)

    @property
    def reasons(self) -> list[tuple[str, str]]:
        """The promises that it broke when it was last looked at, as code and subject."""
        left = [each["reasons_left"] for each in self.decided if each["replay_outcome"] == "quarantined"]
        return [(each["code"], each["subject"]) for each in (left[-1] if left else self.row["reasons"])]


def state_of(decided: Sequence[Mapping[str, Any]]) -> str:
    for each in decided:
        if each["decision_step"] == "discarded":
            return DISCARDED
        if each["replay_outcome"] in ("accepted", "duplicate"):
            return REPLAYED
    return OPEN


def select(settings: Settings, wanted: Wanted) -> list[Kept]:
    """The quarantined messages that meet the conditions, in the order in which they were received.

    Raises NotQuarantined for an origin that is not there at all.
    """
    made = decisions.by_origin(settings)
    rows = query(
        settings, f"SELECT * FROM {QUARANTINE_EVENTS.name} WHERE {_sql(wanted)}", for_service=True
    ).to_pylist()
    kept = [Kept(row, tuple(made.get(_origin(row), ()))) for row in rows]
    missing = {*wanted.origins} - {each.origin for each in kept}
    if missing:
        raise NotQuarantined(str(min(missing)))
    chosen = [each for each in kept if each.state in wanted.states and _has_reason(each, wanted.reasons)]
    return sorted(chosen, key=lambda each: (each.row["received_at"], *each.origin))


def _origin(row: Mapping[str, Any]) -> tuple[str, int, int]:
    return row["origin_topic"], row["origin_partition"], row["origin_offset"]


def _has_reason(kept: Kept, codes: Sequence[str]) -> bool:
    return not codes or any(code in codes for code, _ in kept.reasons)


def _sql(wanted: Wanted) -> str:
    parts = ["true"]
    if wanted.topics:
        parts.append(f"origin_topic IN ({_listed(wanted.topics)})")
    if wanted.contracts:
        parts.append(f"contract_id IN ({_listed(wanted.contracts)})")
    if wanted.since is not None:
        parts.append(f"received_at >= TIMESTAMP '{wanted.since.isoformat()}'")
    if wanted.until is not None:
        parts.append(f"received_at < TIMESTAMP '{wanted.until.isoformat()}'")
    if wanted.origins:
        places = [
            f"(origin_topic = {_text(each.topic)} AND origin_partition = {each.partition} AND origin_offset = {each.offset})"
            for each in wanted.origins
        ]
        parts.append(f"({' OR '.join(places)})")
    return " AND ".join(parts)


def _listed(texts: Sequence[str]) -> str:
    return ", ".join(_text(each) for each in texts)


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
