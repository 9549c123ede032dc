"""A fault, declared as a value, and what a trial of it came to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.faults.trial import Trial

NOTHING = Decimal(0)


class NotPossibleHere(Exception):
    """Raised by a fault that this machine does not let happen; says what it would need. Not a trial, and never ok."""


@dataclass(frozen=True)
class Outcome:
    """What a trial came to: rows by an independent count, money as silver less what was sent.

    recovered_seconds: from the start of what goes on after the fault until all is decided. refused: the sentence with
    which the platform would not go on, where it did not. fell_short: what else was promised and not kept.
    """

    lost: int = 0
    doubled: int = 0
    money_difference: Decimal = NOTHING
    recovered_seconds: float | None = None
    refused: str | None = None
    fell_short: tuple[str, ...] = ()

    @property
    def is_ok(self) -> bool:
        """Nothing lost, doubled or changed; and either it went on, or it refused and said why."""
        is_exact = (self.lost, self.doubled, self.money_difference) == (0, 0, NOTHING)
        has_ended = self.recovered_seconds is not None or bool(self.refused)
        return is_exact and has_ended and not self.fell_short


@dataclass(frozen=True)
class Fault:
    """`numbers` are those of THE_LIST. The first tier tries `seeds`; the deep one so many seeds, from 1 on."""

    numbers: tuple[int, ...]
    name: str
    group: str
    sentence: str
    act: Callable[[Trial], Outcome]
    seeds: tuple[int, ...] = (1,)
    n_deep: int = 5

    def __post_init__(self) -> None:
        unknown = [number for number in self.numbers if number not in THE_LIST]
        if unknown or not self.numbers:
            raise ValueError(f"fault {self.name}: {unknown or 'no number'} is not on the list of faults")
        if len(self.seeds) > self.n_deep or not self.sentence.endswith("."):
            raise ValueError(f"fault {self.name} wants a sentence, and as many deep trials as seeds")


THE_LIST = {
    1: "a driver is killed",
    2: "an executor or a Python worker is killed",
    3: "the broker is killed",
    4: "the broker sleeps for 30 s",
    5: "the broker's disk is full",
    6: "the network is cut, also in one direction",
    7: "the network is slow",
    8: "a message is corrupt, cut or empty",
    9: "a message is huge",
    10: "a schema is wrong, a version unknown, a field added",
    11: "null, NaN, infinite, negative, zero, overflowing values",
    12: "duplicates, also days later",
    13: "out of order, late",
    14: "a clock in the future or skewed",
    15: "a checkpoint is deleted, emptied, cut, rolled back",
    16: "a Delta commit is damaged or missing",
    17: "concurrent writers",
    18: "retries and backfills twice, newest first and oldest first",
    19: "scheduler, worker or metadata database is killed",
    20: "two schedulers",
    21: "the NameNode is down or in safe mode",
    22: "a DataNode is down",
    23: "a gate fails, errs, sees no rows, is killed",
    24: "who receives alerts is away for 15 minutes",
    25: "a model's file is corrupt, swapped, older, or has other features",
    26: "partitions are added while running",
    27: "ten times the load for five minutes",
    28: "retention overtakes the reader",
    29: "Flume is killed, its position file lost, a file rotated or truncated, its disk full",
    30: "a commit by a process whose lease has expired",
    31: "a message is misrouted",
    32: "VACUUM or OPTIMIZE while reading",
    33: "edges of the calendar: half day, holiday, daylight saving, leap day, empty day",
    34: "everything is killed at once",
}
