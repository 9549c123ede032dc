"""What the page holds, as plain values: sections of paragraphs, tables and charts, before anything is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

Tone = Literal["plain", "muted", "good", "watch", "bad"]


@dataclass(frozen=True)
class State:
    """A word with a colour; the word alone says it all."""

    text: str
    tone: Tone = "plain"


Cell = str | State | tuple[State, ...]


def counted(number: int, tone: Tone) -> Cell:
    """A number, coloured where there is something to count."""
    return State(f"{number:,}", tone) if number and tone != "plain" else f"{number:,}"


@dataclass(frozen=True)
class Grid:
    """A table. heads: a head that begins with `#` is over numbers, which stand right. Rows begin with what they are about."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.heads):
                raise ValueError(f"{self.caption}: {len(row)} cells under {len(self.heads)} heads")

    @property
    def is_slim(self) -> bool:
        """Two columns are not drawn apart over the whole page."""
        return len(self.heads) == 2

    @property
    def columns(self) -> list[tuple[str, bool]]:
        """Each head, and whether it is over numbers."""
        return [(head.removeprefix("#"), head.startswith("#")) for head in self.heads]


@dataclass(frozen=True)
class Facts:
    """Names and what they stand at, such as a convention."""

    caption: str
    rows: tuple[tuple[str, Cell], ...]


@dataclass(frozen=True)
class Said:
    """One paragraph. tone: of a sentence that asks somebody to do something."""

    text: str
    tone: Tone = "plain"


@dataclass(frozen=True)
class Points:
    """Sentences, one under the other."""

    rows: tuple[State, ...]


@dataclass(frozen=True)
class Card:
    """One figure that is read from afar."""

    name: str
    value: str
    note: str
    tone: Tone = "plain"


@dataclass(frozen=True)
class Cards:
    rows: tuple[Card, ...]


@dataclass(frozen=True)
class Chart:
    """What charts have in common. name: unique on the page. description: what it shows, for those who do not see it.

    axis: what the numbers are, with their unit.
    """

    name: str
    title: str
    description: str
    axis: str


@dataclass(frozen=True)
class Bar:
    label: str
    value: float
    tone: Tone = "plain"


@dataclass(frozen=True)
class Bars(Chart):
    """Bars to the right for positive values. marks: lines across all bars, each with its label."""

    bars: tuple[Bar, ...] = ()
    marks: tuple[tuple[float, str], ...] = ()
    is_share: bool = False


@dataclass(frozen=True)
class ThroughTime(Chart):
    """Losses as bars, forecasts as steps, hits marked; all of one length, a loss positive."""

    days: tuple[str, ...] = ()
    losses: tuple[float, ...] = ()
    hits: tuple[bool, ...] = ()
    steps: tuple[tuple[str, tuple[float, ...]], ...] = ()


@dataclass(frozen=True)
class Spread(Chart):
    """How often losses lie where; marks: lines across, each with its label."""

    losses: tuple[float, ...] = ()
    marks: tuple[tuple[float, str], ...] = ()


Part = Said | Points | Cards | Facts | Grid | Bars | ThroughTime | Spread


@dataclass(frozen=True)
class Section:
    """name: the anchor. why_empty: in words, why there is nothing to show; the section is there all the same."""

    name: str
    title: str
    parts: Sequence[Part] = field(default_factory=tuple)
    why_empty: str | None = None


@dataclass(frozen=True)
class Page:
    """notes: under the title, one line each."""

    title: str
    session: str
    notes: tuple[str, ...]
    sections: tuple[Section, ...]
