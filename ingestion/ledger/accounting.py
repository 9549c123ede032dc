"""Offsets and conservation: every message that landed ended as exactly one of accepted, duplicate or quarantined.

What is not decided yet is pending; what waits to be unparked is parked. Everything else is a difference with a name:

- lost: an offset that bronze passed over or that the broker deleted before it landed, or a bronze row that is nowhere
  although later ones are decided
- skipped-write: an offset that the checkpoint of landing has passed, and that bronze does not have
- duplicate: a bronze row that landed twice, or that is in two places
- phantom: a row of silver, duplicates or quarantine that bronze does not have, or bronze rows beyond the broker's end
- misrouted: a row in the silver table of another topic
- stuck: a parked row; and, where all is said to be settled, a pending one or one that has not landed
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.ledger.accounts import (
    NOTHING_CLOSED,
    Account,
    Closed,
    Difference,
    Key,
    Law,
    Span,
    Verdict,
    Waiting,
    difference,
)

ACCEPTED, DUPLICATE, QUARANTINED = "accepted", "duplicate", "quarantined"
PLACES = (ACCEPTED, DUPLICATE, QUARANTINED)

LANDED = pa.schema(
    [
        ("origin_topic", pa.string()),
        ("origin_partition", pa.int64()),
        ("origin_offset", pa.int64()),
        ("land_batch", pa.int64()),
    ]
)
# `is_final`: written by a refine batch that has ended. `is_at_home`: the table is the topic's own.
DECIDED = pa.schema(
    [
        ("origin_topic", pa.string()),
        ("origin_partition", pa.int64()),
        ("origin_offset", pa.int64()),
        ("place", pa.string()),
        ("is_final", pa.bool_()),
        ("is_late", pa.bool_()),
        ("is_at_home", pa.bool_()),
    ]
)
Offsets = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Judged:
    """What is said of partitions: their accounts, what is wrong, and how far each is closed now."""

    accounts: list[Account]
    differences: list[Difference]
    closings: dict[Key, Closed]


def judge(
    landed: pa.Table,
    decided: pa.Table,
    waiting: Mapping[str, Waiting],
    spans: Mapping[Key, Span] | None,
    settled: bool,
    closed: Mapping[Key, Closed] | None = None,
    passed: Mapping[Key, int] | None = None,
) -> Judged:
    """The accounts and differences of bronze's rows (schema LANDED) and those of silver, duplicates and quarantine
    (DECIDED).

    `waiting` has the parked topics. `spans` is what the broker has, None if it was not asked: then every partition
    begins at 0. `closed` says how far earlier looks went: only rows from there on are given. `passed` says up to which
    offset landing's checkpoint says that it has written. With `settled` nothing may be under way.
    """
    closed, passed = closed or {}, passed or {}
    landed_by, decided_by = _by_partition(landed), _by_partition(decided)
    accounts: list[Account] = []
    differences: list[Difference] = []
    closings: dict[Key, Closed] = {}
    for key in sorted({*landed_by, *decided_by, *(spans or {}), *closed, *passed}):
        partition = _Partition(
            key,
            landed_by.get(key, landed.slice(0, 0)),
            decided_by.get(key, decided.slice(0, 0)),
            waiting.get(key[0]),
            None if spans is None else spans.get(key, Span(0, 0)),
            closed.get(key, NOTHING_CLOSED),
            passed.get(key, 0),
        )
        accounts.append(partition.account())
        differences += partition.differences(settled)
        closings[key] = partition.closing()
    return Judged(accounts, differences, closings)


class _Partition:
    """One partition's offsets, each once and in order, and of each how often it landed and where it is."""

    def __init__(
        self,
        key: Key,
        landed: pa.Table,
        decided: pa.Table,
        waiting: Waiting | None,
        span: Span | None,
        closed: Closed,
        passed: int,
    ) -> None:
        self.key, self.waiting, self.span, self.closed, self.passed = key, waiting, span, closed, passed
        landings, decisions = _numbers(landed, "origin_offset"), _numbers(decided, "origin_offset")
        self.offsets, index = np.unique(np.concatenate([landings, decisions]), return_inverse=True)
        self.landings, self.decisions = index[: len(landings)], index[len(landings) :]
        self.n_landed = self._count(self.landings)
        place = decided.column("place")
        self.n_in = {each: self._count(self.decisions[_flags(pc.equal(place, each))]) for each in PLACES}
        self.n_places = sum(self.n_in.values(), np.zeros(len(self.offsets), dtype=np.int64))
        self.n_late = self._count(self.decisions[_flags(decided.column("is_late"))])
        self.strays = self._those(self.decisions[~_flags(decided.column("is_at_home"))])
        final = decisions[_flags(decided.column("is_final"))]
        self.decided_before = int(final.max()) + 1 if len(final) else 0
        self.waits = self._waits(landed)
        self.is_open = (self.n_landed > 0) & (self.n_places == 0)
        self.is_pending = self.is_open & ~self.waits & (self.offsets >= self.decided_before)
        there = self.offsets[self.n_landed > 0]
        self.next_offset = int(there.max()) + 1 if len(there) else self._first_offset()

    def account(self) -> Account:
        pending = self.offsets[self.is_pending]
        return Account(
            topic=self.key[0],
            partition=self.key[1],
            n_landed=self.closed.n_landed + int(self.n_landed.sum()),
            n_accepted=self.closed.n_accepted + int(self.n_in[ACCEPTED].sum()),
            n_late=self.closed.n_late + int(self.n_late.sum()),
            n_duplicates=self.closed.n_duplicates + int(self.n_in[DUPLICATE].sum()),
            n_quarantined=self.closed.n_quarantined + int(self.n_in[QUARANTINED].sum()),
            n_parked=int(np.count_nonzero(self.is_open & self.waits)),
            n_pending=len(pending),
            n_not_landed=None if self.span is None else max(0, self.span.end - self.next_offset),
            decided_up_to=int(pending.min()) if len(pending) else self.next_offset,
        )

    def closing(self) -> Closed:
        """How far the partition is closed: up to the first message that waits, pending or parked."""
        waiting = self.offsets[self.is_open]
        up_to = int(waiting.min()) if len(waiting) else self.next_offset
        below = self.offsets < up_to
        return Closed(
            up_to,
            self.closed.n_landed + int(self.n_landed[below].sum()),
            self.closed.n_accepted + int(self.n_in[ACCEPTED][below].sum()),
            self.closed.n_late + int(self.n_late[below].sum()),
            self.closed.n_duplicates + int(self.n_in[DUPLICATE][below].sum()),
            self.closed.n_quarantined + int(self.n_in[QUARANTINED][below].sum()),
        )

    def differences(self, settled: bool) -> Iterator[Difference]:
        has_landed, is_open = self.n_landed > 0, self.is_open
        yield from self._told("offsets", "lost", "bronze passed over it", self._gaps())
        yield from self._told(
            "offsets", "lost", "the broker deleted it before it had landed", self._expired()
        )
        yield from self._told(
            "offsets", "skipped-write", "landing's checkpoint has passed it, and bronze does not have it",
            np.arange(self.next_offset, self.passed),
        )  # fmt: skip
        nowhere = is_open & ~self.waits & ~self.is_pending
        yield from self._told("conservation", "lost", "in bronze and nowhere else", self.offsets[nowhere])
        yield from self._told("offsets", "duplicate", "twice in bronze", self.offsets[self.n_landed > 1])
        yield from self._told(
            "conservation",
            "duplicate",
            f"in two places of {', '.join(PLACES)}",
            self.offsets[self.n_places > 1],
        )
        yield from self._told(
            "conservation", "phantom", "decided about, but not in bronze", self.offsets[~has_landed]
        )
        yield from self._told("offsets", "phantom", "in bronze, beyond the broker's end", self._beyond())
        yield from self._told(
            "conservation", "misrouted", "in the silver table of another topic", self.strays
        )
        if self.waiting is not None:
            why = f"parked, `python -m ingestion unpark` refines it: {self.waiting.error}"
            yield from self._told("conservation", "stuck", why, self.offsets[is_open & self.waits])
        if settled:
            yield from self._told(
                "conservation", "stuck", "in bronze and not refined", self.offsets[self.is_pending]
            )
            yield from self._told("offsets", "stuck", "on the broker and not landed", self._not_landed())

    def _told(self, law: Law, verdict: Verdict, why: str, offsets: Offsets) -> Iterator[Difference]:
        if len(offsets):
            yield difference(law, verdict, partition_name(self.key), why, "offset", offsets.tolist())

    def _gaps(self) -> Offsets:
        """Offsets that bronze should have by now and that nobody has."""
        there = self.offsets[self.n_landed > 0]
        first = min(self._first_offset(), int(there.min())) if len(there) else self._first_offset()
        return np.setdiff1d(np.arange(first, self.next_offset), self.offsets, assume_unique=True)

    def _expired(self) -> Offsets:
        """Offsets that come next and that the broker does not have any more; what nobody ever saw of it is not ours."""
        if self.span is None or (self.next_offset == self._first_offset() and not self.closed.up_to):
            return self.offsets[:0]
        return np.arange(self.next_offset, self.span.first)

    def _beyond(self) -> Offsets:
        if self.span is None:
            return self.offsets[:0]
        return self.offsets[(self.n_landed > 0) & (self.offsets >= self.span.end)]

    def _not_landed(self) -> Offsets:
        if self.span is None:
            return self.offsets[:0]
        return np.arange(max(self.next_offset, self.passed, self.span.first), self.span.end)

    def _first_offset(self) -> int:
        """Where a partition of which nothing has landed begins."""
        if self.closed.up_to:
            return self.closed.up_to
        return 0 if self.span is None else self.span.first

    def _waits(self, landed: pa.Table) -> npt.NDArray[np.bool_]:
        if self.waiting is None:
            return np.zeros(len(self.offsets), dtype=bool)
        batches = _numbers(landed, "land_batch")
        inside = (batches >= self.waiting.first_batch) & (batches <= self.waiting.last_batch)
        return self._count(self.landings[inside]) > 0

    def _count(self, index: Offsets) -> Offsets:
        return np.bincount(index, minlength=len(self.offsets))

    def _those(self, index: Offsets) -> Offsets:
        return self.offsets[self._count(index) > 0]


def partition_name(key: Key) -> str:
    return f"{key[0]} partition {key[1]}"


def _by_partition(table: pa.Table) -> dict[Key, pa.Table]:
    keys = table.select(["origin_topic", "origin_partition"]).group_by(["origin_topic", "origin_partition"])
    found = {}
    for each in keys.aggregate([]).to_pylist():
        topic, partition = each["origin_topic"], each["origin_partition"]
        here = pc.and_(pc.equal(table["origin_topic"], topic), pc.equal(table["origin_partition"], partition))
        found[(topic, partition)] = table.filter(here)
    return found


def _numbers(table: pa.Table, name: str) -> Offsets:
    return table.column(name).to_numpy().astype(np.int64)


def _flags(column: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    return pc.fill_null(column, False).to_numpy(zero_copy_only=False).astype(bool)
