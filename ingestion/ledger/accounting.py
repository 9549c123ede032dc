"""The ledger: every message that landed ended as exactly one of accepted, duplicate or quarantined, offset by offset.

What is not decided yet is pending; what waits to be unparked is parked. Everything else is a difference with a name:

- lost: an offset that bronze passed over, or a bronze row that is nowhere although later ones are decided
- duplicate: a bronze row that landed twice, or that is in two places
- phantom: a row of silver, duplicates or quarantine that bronze does not have, or bronze rows beyond the broker's end
- misrouted: a row in the silver table of another topic
- stuck: a parked row; and, where all is said to be settled, a pending one or one that has not landed
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.ledger.accounts import Account, Difference, Key, Ledger, Span, Waiting

OFFSETS_SHOWN = 10
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


def judge(
    landed: pa.Table,
    decided: pa.Table,
    waiting: Mapping[str, Waiting],
    spans: Mapping[Key, Span] | None,
    settled: bool,
) -> Ledger:
    """The verdict over bronze's rows (schema LANDED) and those of silver, duplicates and quarantine (DECIDED).

    `waiting` has the parked topics. `spans` is what the broker has, None if it was not asked: then every partition
    begins at 0. With `settled` nothing may be under way.
    """
    landed_by, decided_by = _by_partition(landed), _by_partition(decided)
    accounts: list[Account] = []
    differences: list[Difference] = []
    for key in sorted(landed_by.keys() | decided_by.keys() | (spans or {}).keys()):
        partition = _Partition(
            key,
            landed_by.get(key, landed.slice(0, 0)),
            decided_by.get(key, decided.slice(0, 0)),
            waiting.get(key[0]),
            None if spans is None else spans.get(key, Span(0, 0)),
        )
        accounts.append(partition.account())
        differences += partition.differences(settled)
    return Ledger(tuple(accounts), tuple(differences), spans is not None)


class _Partition:
    """One partition's offsets, each once and in order, and of each how often it landed and where it is."""

    def __init__(
        self, key: Key, landed: pa.Table, decided: pa.Table, waiting: Waiting | None, span: Span | None
    ) -> None:
        self.key, self.waiting, self.span = key, waiting, span
        landings, decisions = _numbers(landed, "origin_offset"), _numbers(decided, "origin_offset")
        self.offsets, index = np.unique(np.concatenate([landings, decisions]), return_inverse=True)
        self.landings, self.decisions = index[: len(landings)], index[len(landings) :]
        self.n_landed = self._count(self.landings)
        place = decided.column("place")
        self.n_in = {each: self._count(self.decisions[_flags(pc.equal(place, each))]) for each in PLACES}
        self.n_places = sum(self.n_in.values(), np.zeros(len(self.offsets), dtype=np.int64))
        self.n_late = int(np.count_nonzero(_flags(decided.column("is_late"))))
        self.strays = self._those(self.decisions[~_flags(decided.column("is_at_home"))])
        final = decisions[_flags(decided.column("is_final"))]
        self.decided_before = int(final.max()) + 1 if len(final) else 0
        self.waits = self._waits(landed)
        self.is_open = (self.n_landed > 0) & (self.n_places == 0)
        self.is_pending = self.is_open & ~self.waits & (self.offsets >= self.decided_before)

    def account(self) -> Account:
        pending = self.offsets[self.is_pending]
        return Account(
            topic=self.key[0],
            partition=self.key[1],
            n_landed=int(self.n_landed.sum()),
            n_accepted=int(self.n_in[ACCEPTED].sum()),
            n_late=self.n_late,
            n_duplicates=int(self.n_in[DUPLICATE].sum()),
            n_quarantined=int(self.n_in[QUARANTINED].sum()),
            n_parked=int(np.count_nonzero(self.is_open & self.waits)),
            n_pending=len(pending),
            n_not_landed=None if self.span is None else max(0, self.span.end - self._next_offset()),
            decided_up_to=int(pending.min()) if len(pending) else self._next_offset(),
        )

    def differences(self, settled: bool) -> Iterator[Difference]:
        has_landed, is_open = self.n_landed > 0, self.is_open
        yield from self._told("lost", "bronze passed over it", self._gaps())
        nowhere = is_open & ~self.waits & ~self.is_pending
        yield from self._told("lost", "in bronze and nowhere else", self.offsets[nowhere])
        yield from self._told("duplicate", "twice in bronze", self.offsets[self.n_landed > 1])
        yield from self._told(
            "duplicate", f"in two places of {', '.join(PLACES)}", self.offsets[self.n_places > 1]
        )
        yield from self._told("phantom", "decided about, but not in bronze", self.offsets[~has_landed])
        yield from self._told("phantom", "in bronze, beyond the broker's end", self._beyond())
        yield from self._told("misrouted", "in the silver table of another topic", self.strays)
        if self.waiting is not None:
            why = f"parked, `python -m ingestion unpark` refines it: {self.waiting.error}"
            yield from self._told("stuck", why, self.offsets[is_open & self.waits])
        if settled:
            yield from self._told("stuck", "in bronze and not refined", self.offsets[self.is_pending])
            yield from self._told("stuck", "on the broker and not landed", self._not_landed())

    def _told(self, verdict: str, why: str, offsets: Offsets) -> Iterator[Difference]:
        if len(offsets):
            first = tuple(int(each) for each in offsets[:OFFSETS_SHOWN])
            yield Difference(*self.key, verdict, why, len(offsets), first)

    def _gaps(self) -> Offsets:
        """Offsets that bronze should have by now and that nobody has."""
        first = 0 if self.span is None else self.span.first
        return np.setdiff1d(np.arange(first, self._next_offset()), self.offsets, assume_unique=True)

    def _beyond(self) -> Offsets:
        if self.span is None:
            return self.offsets[:0]
        return self.offsets[(self.n_landed > 0) & (self.offsets >= self.span.end)]

    def _not_landed(self) -> Offsets:
        return np.arange(self._next_offset(), 0 if self.span is None else self.span.end)

    def _next_offset(self) -> int:
        """The offset that is to land next."""
        there = self.offsets[self.n_landed > 0]
        first = 0 if self.span is None else self.span.first
        return int(there.max()) + 1 if len(there) else first

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
