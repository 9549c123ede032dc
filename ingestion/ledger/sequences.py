"""Sequences: a source numbers its events without gaps. A number that is missing for a minute is lost, and is reported.

A message that cannot be decoded has no sequence that anybody knows: where one of a source is quarantined as malformed,
its number is missing too, until it is repaired.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.ledger.accounts import PROOF_SHOWN, Difference
from schemas.operations import SOURCES

PATIENCE = timedelta(seconds=60)
ARRIVED = pa.schema(
    [("source_name", pa.string()), ("sequence", pa.int64()), ("received_at", pa.timestamp("us", tz="UTC"))]
)
# Sources that are declared begin at 1; of another one nobody knows what it sent before it was first heard of.
_DECLARED = frozenset(source.name for source in SOURCES)


@dataclass(frozen=True)
class Gap:
    """Numbers that have not arrived, both included, and since when a later one has."""

    first: int
    last: int
    since: datetime

    @property
    def size(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True)
class Heard:
    """How far a source was heard: its last sequence, and the gaps below it."""

    source: str
    last: int
    gaps: tuple[Gap, ...] = ()


def hear(arrived: pa.Table, before: Mapping[str, Heard]) -> list[Heard]:
    """What is heard of each source, given what was heard `before` and what has arrived since (schema ARRIVED)."""
    known = arrived.filter(pc.and_(pc.is_valid(arrived["source_name"]), pc.is_valid(arrived["sequence"])))
    names = {*before, *known["source_name"].unique().to_pylist()}
    return [
        _hear(name, known.filter(pc.equal(known["source_name"], name)), before.get(name))
        for name in sorted(names)
    ]


def judge(heard: Sequence[Heard], now: datetime) -> Iterator[Difference]:
    """Gaps that are older than PATIENCE at `now`."""
    for source in heard:
        old = [gap for gap in source.gaps if gap.since < now - PATIENCE]
        if old:
            shown = tuple(
                str(gap.first) if gap.size == 1 else f"{gap.first}-{gap.last}" for gap in old[:PROOF_SHOWN]
            )
            yield Difference(
                law="sequences",
                verdict="lost",
                subject=f"source {source.source}",
                why="later ones have arrived, and these are in no table",
                count=sum(gap.size for gap in old),
                unit="sequence",
                proof=shown,
            )


def _hear(source: str, arrived: pa.Table, before: Heard | None) -> Heard:
    rows = arrived.group_by("sequence").aggregate([("received_at", "min")]).sort_by("sequence")
    numbers = rows["sequence"].to_numpy()
    micros = rows["received_at_min"].cast(pa.int64()).to_numpy()
    if before is None:
        before = Heard(source, 0 if source in _DECLARED or not len(numbers) else int(numbers[0]) - 1)
    left = [part for gap in before.gaps for part in _without(gap, numbers)]
    later = numbers > before.last
    numbers, micros = numbers[later], micros[later]
    if not len(numbers):
        return Heard(source, before.last, tuple(left))
    # A gap is old once any later number is: the earliest arrival from there on.
    earliest = np.minimum.accumulate(micros[::-1])[::-1]
    previous = np.concatenate([[before.last], numbers[:-1]])
    new = [
        Gap(int(previous[at]) + 1, int(numbers[at]) - 1, _instant(int(earliest[at])))
        for at in np.flatnonzero(numbers - previous > 1)
    ]
    return Heard(source, int(numbers[-1]), (*left, *new))


def _without(gap: Gap, numbers: np.ndarray) -> Iterator[Gap]:
    """What is left of a gap once some numbers (ascending) have arrived."""
    first = gap.first
    for number in numbers[(numbers >= gap.first) & (numbers <= gap.last)].tolist():
        if number > first:
            yield Gap(first, number - 1, gap.since)
        first = number + 1
    if first <= gap.last:
        yield Gap(first, gap.last, gap.since)


def _instant(micros: int) -> datetime:
    return pa.scalar(micros, pa.timestamp("us", tz="UTC")).as_py()
