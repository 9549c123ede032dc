"""Rules that count distinct events of an entity in a tumbling window of event time.

A window is [k * width, (k + 1) * width) since 1970 UTC, so the window of an event depends on its own
instant alone. An alert is raised when the number of distinct events in a window reaches the threshold,
once. Whether a window raises depends only on the set of its events: neither the order of arrival nor
repeated deliveries change which alerts exist. Which event completes the threshold does depend on it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from models.risk.rules.rule import MICROSECONDS, Rule


@dataclass(frozen=True)
class Windowed:
    """A rule that raises when `threshold` distinct events meet `counts_sql` in one window of one entity.

    counts_sql: standard SQL over `columns`, true for an event that counts; null counts as false.
    window_seconds: width of the window, seconds. threshold: events.
    """

    rule: Rule
    window_seconds: int
    threshold: int
    counts_sql: str
    columns: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.window_seconds < 1 or self.threshold < 1:
            raise ValueError(
                f"rule {self.rule.id}: window of {self.window_seconds} s and threshold of {self.threshold} "
                "must both be at least 1"
            )

    def window_start(self, instant_us: int) -> int:
        """Start of the window of an instant; both in microseconds since 1970 UTC."""
        return instant_us - instant_us % (self.window_seconds * MICROSECONDS)

    def window_start_sql(self, instant_us_sql: str) -> str:
        """`window_start` as Spark SQL over an expression that is a bigint of microseconds."""
        return f"({instant_us_sql} - pmod({instant_us_sql}, {self.window_seconds * MICROSECONDS}L))"


@dataclass(frozen=True)
class WindowState:
    """What a window remembers: the keys of its distinct events until it raises, then only that it did.

    So the state of a burst never grows beyond the threshold.
    """

    event_keys: frozenset[str] = field(default_factory=frozenset)
    has_raised: bool = False


EMPTY = WindowState()


def observe(windowed: Windowed, state: WindowState, event_keys: Iterable[str]) -> tuple[WindowState, bool]:
    """The state of a window after more of its events, in any number, and whether they made it raise.

    event_keys: natural keys of events that count, all of the same entity and window; repetition is harmless.
    """
    if state.has_raised:
        return state, False
    seen = state.event_keys.union(event_keys)
    if len(seen) >= windowed.threshold:
        return WindowState(has_raised=True), True
    return WindowState(seen), False
