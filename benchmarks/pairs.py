"""Pairs of measurements, interleaved: A B, B A, A B, …; the first is dropped, and those during which the machine drifted."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks import yardsticks

ENOUGH_PAIRS = 5


@dataclass(frozen=True)
class Cost:
    """What one run took: seconds on the wall, and of processor time in its whole tree of processes."""

    wall: float
    cpu: float


@dataclass(frozen=True)
class Pair:
    """What both sides took, and how far the machine drifted meanwhile."""

    ours: Cost
    theirs: Cost
    drift: float

    @property
    def is_steady(self) -> bool:
        return self.drift <= yardsticks.MOST_DRIFT


@dataclass(frozen=True)
class Ratio:
    """Theirs divided by ours, over the pairs that count: 2.0 is twice as fast."""

    median: float
    least: float
    most: float
    worse_quartile: float

    @staticmethod
    def of(values: list[float]) -> Ratio:
        lower = statistics.quantiles(values, n=4)[0] if len(values) > 1 else values[0]
        return Ratio(statistics.median(values), min(values), max(values), lower)

    def __str__(self) -> str:
        return f"{self.median:.2f} × ({self.least:.2f} to {self.most:.2f}, worse quartile {self.worse_quartile:.2f})"


@dataclass(frozen=True)
class Compared:
    """All pairs of a comparison."""

    pairs: list[Pair]

    @property
    def accepted(self) -> list[Pair]:
        return [pair for pair in self.pairs[1:] if pair.is_steady]

    @property
    def n_dropped(self) -> int:
        return len(self.pairs) - len(self.accepted)

    @property
    def wall(self) -> Ratio:
        return Ratio.of([pair.theirs.wall / pair.ours.wall for pair in self.accepted])

    @property
    def cpu(self) -> Ratio:
        return Ratio.of([pair.theirs.cpu / pair.ours.cpu for pair in self.accepted])

    def meets(self, aim: float) -> bool:
        """Whether enough pairs remain and the worse quartile of their ratios reaches the aim."""
        return len(self.accepted) >= ENOUGH_PAIRS and self.wall.worse_quartile >= aim


def compare(
    ours: Callable[[], Cost], theirs: Callable[[], Cost], n_pairs: int, tell: Callable[[str], None]
) -> Compared:
    """Runs both sides so many times, in turn first and second."""
    pairs: list[Pair] = []
    for number in range(n_pairs):
        before = yardsticks.read()
        if number % 2:
            second, first = theirs(), ours()
        else:
            first, second = ours(), theirs()
        drift = before.drift(yardsticks.read())
        pairs.append(Pair(first, second, drift))
        tell(
            f"pair {number + 1} of {n_pairs}: ours {first.wall:.1f} s ({first.cpu:.1f} cpu), "
            f"theirs {second.wall:.1f} s ({second.cpu:.1f} cpu), {second.wall / first.wall:.2f} ×, drift {drift:.2f}"
        )
    return Compared(pairs)
