"""What the ledger says: an account of each partition, and differences with names."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from rich import box
from rich.console import Console
from rich.table import Table

Key = tuple[str, int]
_TITLES = ("landed", "accepted", "late", "duplicate", "quarantined", "parked", "pending", "not landed")


@dataclass(frozen=True)
class Span:
    """From `first` on, up to and without `end`: the offsets that a broker has of a partition."""

    first: int
    end: int


@dataclass(frozen=True)
class Waiting:
    """The landing batches of a parked topic, both included, and why it is parked."""

    first_batch: int
    last_batch: int
    error: str


@dataclass(frozen=True)
class Account:
    """What became of one partition's messages. `decided_up_to`: every landed offset below it is decided or parked.

    `n_not_landed` is None where the broker was not asked.
    """

    topic: str
    partition: int
    n_landed: int
    n_accepted: int
    n_late: int
    n_duplicates: int
    n_quarantined: int
    n_parked: int
    n_pending: int
    n_not_landed: int | None
    decided_up_to: int

    @property
    def n_under_way(self) -> int:
        """Messages that are not landed or not decided yet, as far as is known."""
        return self.n_pending + (self.n_not_landed or 0)


@dataclass(frozen=True)
class Closed:
    """How far a partition was closed by an earlier look: every offset below `up_to` is in one place, in these numbers."""

    up_to: int
    n_landed: int = 0
    n_accepted: int = 0
    n_late: int = 0
    n_duplicates: int = 0
    n_quarantined: int = 0


NOTHING_CLOSED = Closed(0)

# The laws that the ledger holds the lake to, and the names of what breaks them.
Law = Literal["offsets", "conservation", "sets", "sequences", "amounts", "books", "alerts"]
LAWS: frozenset[Law] = frozenset(get_args(Law))
# Laws of what jobs have published, which jobs make good; the others are about what has come in.
LAWS_OF_GOLD: frozenset[Law] = frozenset(("books", "alerts"))
Verdict = Literal[
    "lost", "duplicate", "phantom", "misrouted", "altered", "out-of-order", "stuck", "skipped-write"
]
SHOWN_OF_ID = 8
PROOF_SHOWN = 10


@dataclass(frozen=True)
class Difference:
    """A broken law: what it is about, how many offsets, messages, sequences or amounts, and the first ten of them."""

    law: Law
    verdict: Verdict
    subject: str
    why: str
    count: int
    unit: str
    proof: tuple[str, ...]

    @property
    def break_id(self) -> str:
        """The same for the same break in another look, however many proofs it has by then."""
        return hashlib.sha256(
            "\0".join((self.law, self.verdict, self.subject, self.why)).encode()
        ).hexdigest()[:32]

    def __str__(self) -> str:
        more = ", …" if self.count > len(self.proof) else ""
        units = self.unit if self.count == 1 else f"{self.unit}s"
        return f"{self.verdict}: {self.subject}, {self.count:,} {units} ({', '.join(self.proof)}{more}): {self.why}"


def difference(
    law: Law,
    verdict: Verdict,
    subject: str,
    why: str,
    unit: str,
    proof: Sequence[object],
    count: int | None = None,
) -> Difference:
    """A difference with the first of its proofs; without a count, all of them are given."""
    shown = tuple(str(each) for each in proof[:PROOF_SHOWN])
    return Difference(law, verdict, subject, why, len(proof) if count is None else count, unit, shown)


@dataclass(frozen=True)
class Cost:
    """What a look took: rows read from the lake, the seconds, and since when it read (None: from the beginning)."""

    n_rows_read: int = 0
    seconds: float = 0.0
    since: datetime | None = None

    def __str__(self) -> str:
        from_when = (
            f"since the closed look of {self.since:%Y-%m-%d %H:%M:%S}" if self.since else "from the beginning"
        )
        return f"{self.n_rows_read:,} rows read in {self.seconds:.1f} s, {from_when}"


@dataclass(frozen=True)
class Ledger:
    """The accounts of all partitions, and the differences; apart from them those that somebody has answered for."""

    accounts: tuple[Account, ...]
    differences: tuple[Difference, ...]
    broker_was_asked: bool
    cost: Cost = Cost()
    accepted: tuple[Difference, ...] = ()

    @property
    def is_closed(self) -> bool:
        return not self.differences

    @property
    def n_under_way(self) -> int:
        return sum(each.n_under_way for each in self.accounts)

    @property
    def verdict(self) -> str:
        if self.is_closed:
            return "ledger: closed"
        count = len(self.differences)
        return f"ledger: {count} difference{'' if count == 1 else 's'}"

    def show(self, console: Console) -> None:
        """A table by topic, every difference with what proves it, and the verdict as the last line."""
        grid = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        grid.add_column("topic", no_wrap=True)
        for title in _TITLES:
            grid.add_column(title, justify="right", no_wrap=True)
        for topic in sorted({account.topic for account in self.accounts}):
            grid.add_row(topic, *_totals([each for each in self.accounts if each.topic == topic]))
        grid.add_section()
        grid.add_row("all", *_totals(self.accounts), style="bold")
        console.print(grid)
        if not self.broker_was_asked:
            console.print("The broker does not answer: what has not landed is not known.")
        _say(console, [f"accepted {each.break_id[:SHOWN_OF_ID]} {each}" for each in self.accepted])
        _say(console, [f"{each.break_id[:SHOWN_OF_ID]} {each}" for each in self.differences])
        _say(console, [str(self.cost)])
        console.print(self.verdict, style="green" if self.is_closed else "red", highlight=False)


def _say(console: Console, lines: Iterable[str]) -> None:
    for line in lines:
        console.print(line, soft_wrap=True, highlight=False)


def _totals(accounts: Sequence[Account]) -> list[str]:
    counts = [
        sum(each.n_landed for each in accounts),
        sum(each.n_accepted for each in accounts),
        sum(each.n_late for each in accounts),
        sum(each.n_duplicates for each in accounts),
        sum(each.n_quarantined for each in accounts),
        sum(each.n_parked for each in accounts),
        sum(each.n_pending for each in accounts),
    ]
    not_landed = [each.n_not_landed for each in accounts]
    known = [count for count in not_landed if count is not None]
    return [f"{count:,}" for count in counts] + [f"{sum(known):,}" if len(known) == len(not_landed) else "?"]
