"""Did each planted fault end as it must, and was nothing else set aside?

Kafka's own topics carry each message once a play. What travels by Flume, and alerts, come at least once: their repeats are
listed by offset and are no fault. Playing the same broker again sends everything once more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from ingestion.flume import broker_logs
from ingestion.simulator.truth import Fault, Truth
from schemas.operations import SESSION_CLOSE
from schemas.risk import ALERT

AT_LEAST_ONCE = frozenset({*(log.topic for log in broker_logs(Path())), ALERT.topic})
LATE = "late_fill"


class Quarantined(NamedTuple):
    """One quarantined message. place: topic, partition and offset as text. reasons: codes, sorted, each once."""

    topic: str
    raw_sha256: str
    reasons: tuple[str, ...]
    place: str


@dataclass(frozen=True)
class Landed:
    """What the lake says.

    n_landed: messages by topic. duplicates: one row a duplicate: topic, event_id, partition, offset.
    accepted: by topic, whether each accepted event came late, by event id; only topics of faults that are accepted.
    """

    n_landed: Mapping[str, int]
    quarantined: tuple[Quarantined, ...]
    duplicates: pd.DataFrame
    accepted: Mapping[str, Mapping[str, bool]]


class Kind(NamedTuple):
    """Faults of one kind, outcome and set of reasons: how many were planted, and how many of them ended so."""

    kind: str
    outcome: str
    reasons: tuple[str, ...]
    n_planted: int
    n_found: int


@dataclass(frozen=True)
class PipelineResult:
    """n_plays: how often the broker was played, a begun play counted whole.

    missing: planted faults that did not end as they must. unexplained: places of messages that were set aside for no
    planted reason. repeats: places of what was delivered twice on topics that promise no better. lost: messages that never
    landed, by topic.
    """

    n_plays: int
    kinds: tuple[Kind, ...]
    missing: tuple[Fault, ...]
    unexplained: tuple[str, ...]
    repeats: tuple[str, ...]
    lost: Mapping[str, int]


def judge(truth: Truth, landed: Landed) -> PipelineResult:
    """Compares what was planted with what was found."""
    n_plays = _n_plays(truth, landed)
    by_outcome = {
        outcome: [fault for fault in truth.faults if fault.outcome == outcome]
        for outcome in ("quarantined", "duplicate", "accepted")
    }
    set_aside = _match_quarantine(by_outcome["quarantined"], landed.quarantined, n_plays)
    repeated = _match_duplicates(by_outcome["duplicate"], landed.duplicates, n_plays)
    unknown = [fault for fault in by_outcome["accepted"] if not _is_accepted(fault, landed.accepted)]
    missing = (*set_aside.missing, *repeated.missing, *unknown)
    return PipelineResult(
        n_plays,
        _kinds(truth.faults, missing),
        missing,
        (*set_aside.unexplained, *repeated.unexplained),
        (*set_aside.repeats, *repeated.repeats),
        {
            topic: sent - landed.n_landed.get(topic, 0)
            for topic, sent in truth.n_messages.items()
            if landed.n_landed.get(topic, 0) < sent
        },
    )


class _Match(NamedTuple):
    missing: list[Fault]
    unexplained: list[str]
    repeats: list[str]


def _n_plays(truth: Truth, landed: Landed) -> int:
    sent = truth.n_messages.get(SESSION_CLOSE.topic, 0)
    return max(1, ceil(landed.n_landed.get(SESSION_CLOSE.topic, 0) / sent)) if sent else 1


def _match_quarantine(faults: list[Fault], found: Iterable[Quarantined], n_plays: int) -> _Match:
    planted: dict[tuple[str, str, tuple[str, ...]], list[Fault]] = {}
    for fault in faults:
        planted.setdefault((fault.topic, fault.raw_sha256, fault.reasons), []).append(fault)
    places: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    for each in found:
        places.setdefault((each.topic, each.raw_sha256, each.reasons), []).append(
            f"{each.place} {'+'.join(each.reasons)}"
        )
    match = _Match([], [], [])
    for key in planted.keys() | places.keys():
        wanted, at = planted.get(key, []), sorted(places.get(key, []))
        match.missing.extend(wanted[len(at) :])
        _sort_surplus(match, key[0], at[len(wanted) * n_plays :], may_repeat=bool(wanted))
    return _in_order(match)


def _match_duplicates(faults: list[Fault], found: pd.DataFrame, n_plays: int) -> _Match:
    """A duplicate has its original's id. Each play after the first repeats the original too."""
    planted: dict[tuple[str, str], list[Fault]] = {}
    for fault in faults:
        planted.setdefault((fault.topic, fault.event_id or ""), []).append(fault)
    times = found.groupby(["topic", "event_id"], sort=False)["offset"].transform("size")
    # After a second play nearly every message is a duplicate: only those are looked at one by one that may be more than that.
    remarkable = found[(times >= n_plays) | found["event_id"].isin({event_id for _, event_id in planted})]
    places: dict[tuple[str, str], list[str]] = {}
    for topic, event_id, partition, offset in remarkable.sort_values("offset").itertuples(index=False):
        places.setdefault((topic, event_id), []).append(f"{topic}-{partition}@{offset} duplicate")
    match = _Match([], [], [])
    for key in planted.keys() | places.keys():
        wanted, at = planted.get(key, []), places.get(key, [])
        match.missing.extend(wanted[len(at) :])
        allowed = len(wanted) * n_plays + n_plays - 1
        _sort_surplus(match, key[0], at[allowed:], may_repeat=True)
    return _in_order(match)


def _sort_surplus(match: _Match, topic: str, places: list[str], may_repeat: bool) -> None:
    (match.repeats if may_repeat and topic in AT_LEAST_ONCE else match.unexplained).extend(places)


def _in_order(match: _Match) -> _Match:
    return _Match(
        sorted(match.missing, key=lambda fault: (fault.kind, fault.topic, fault.raw_sha256)),
        sorted(match.unexplained),
        sorted(match.repeats),
    )


def _is_accepted(fault: Fault, accepted: Mapping[str, Mapping[str, bool]]) -> bool:
    """A late fill is accepted and marked."""
    is_late = accepted.get(fault.topic, {}).get(fault.event_id or "")
    return is_late is not None and (is_late or fault.kind != LATE)


def _kinds(faults: Iterable[Fault], missing: Iterable[Fault]) -> tuple[Kind, ...]:
    planted = Counter((fault.outcome, fault.reasons, fault.kind) for fault in faults)
    absent = Counter((fault.outcome, fault.reasons, fault.kind) for fault in missing)
    return tuple(
        Kind(key[2], key[0], key[1], count, count - absent[key]) for key, count in sorted(planted.items())
    )
