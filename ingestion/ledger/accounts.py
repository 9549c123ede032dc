"""What the ledger says: an account of each partition, and differences with names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Difference:
    """A verdict about some offsets of a partition: how many, and the first ten of them."""

    topic: str
    partition: int
    verdict: str
    why: str
    n_offsets: int
    offsets: tuple[int, ...]

    def __str__(self) -> str:
        more = ", …" if self.n_offsets > len(self.offsets) else ""
        shown = ", ".join(map(str, self.offsets))
        return (
            f"{self.verdict}: {self.topic} partition {self.partition}, {self.n_offsets:,} "
            f"{'offset' if self.n_offsets == 1 else 'offsets'} ({shown}{more}): {self.why}"
        )


@dataclass(frozen=True)
class Ledger:
    """The accounts of all partitions, and the differences among them."""

    accounts: tuple[Account, ...]
    differences: tuple[Difference, ...]
    broker_was_asked: bool

    @property
    def is_closed(self) -> bool:
        return not self.differences

    @property
    def n_under_way(self) -> int:
        """Messages that are not landed or not decided yet, as far as is known."""
        return sum(each.n_pending + (each.n_not_landed or 0) for each in self.accounts)

    @property
    def verdict(self) -> str:
        if self.is_closed:
            return "ledger: closed"
        count = len(self.differences)
        return f"ledger: {count} difference{'' if count == 1 else 's'}"

    def show(self, console: Console) -> None:
        """A table by topic, every difference with the offsets that prove it, and the verdict as the last line."""
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
        for difference in self.differences:
            console.print(str(difference), soft_wrap=True, highlight=False)
        console.print(self.verdict, style="green" if self.is_closed else "red", highlight=False)


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
