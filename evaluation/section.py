"""The answer to one question, for people and for machines: facts that must hold, figures, notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from models.intervals import Measured

Cell = str | int | float | None


@dataclass(frozen=True)
class Fact:
    """Something that must hold: one sentence that is right either way, with the numbers that it rests on."""

    sentence: str
    holds: bool


@dataclass(frozen=True)
class Grid:
    """A small table: whole numbers and fractions are aligned right, None is left empty."""

    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Section:
    """figures: the same answer as plain JSON values. notes: what a reader must know, a sentence each."""

    name: str
    title: str
    facts: tuple[Fact, ...] = ()
    grids: tuple[Grid, ...] = ()
    notes: tuple[str, ...] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)

    def show(self, console: Console) -> None:
        """Prints the section."""
        console.print(self.title, style="bold", soft_wrap=True)
        for grid in self.grids:
            if grid.rows:
                console.print(_table(grid))
        for note in self.notes:
            console.print(f"  {note}", markup=False, soft_wrap=True)
        for fact in self.facts:
            mark, style = ("holds", "green") if fact.holds else ("BROKEN", "red")
            console.print(f"  {mark}: {fact.sentence}", style=style, markup=False, soft_wrap=True)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        facts = [{"sentence": fact.sentence, "holds": fact.holds} for fact in self.facts]
        return {"name": self.name, "facts": facts, "notes": list(self.notes), "figures": dict(self.figures)}


def with_interval(measured: Measured) -> str:
    """A figure and its ends: `0.412 [0.380, 0.451]`."""
    return f"{measured.value:.3f} [{measured.lower:.3f}, {measured.upper:.3f}]"


def interval_figures(measured: Measured) -> dict[str, float]:
    """A figure and its ends, for machines."""
    return {"value": measured.value, "lower": measured.lower, "upper": measured.upper}


def listed(what: str, items: Sequence[str], most: int = 8) -> tuple[str, ...]:
    """A note that names the first few items; none where there are none."""
    if not items:
        return ()
    more = f", and {len(items) - most} more" if len(items) > most else ""
    return (f"{what}: {', '.join(items[:most])}{more}",)


def _table(grid: Grid) -> Table:
    table = Table(*grid.heads, box=None, padding=(0, 2), header_style="dim")
    for place, column in enumerate(table.columns):
        column.no_wrap = True
        if isinstance(grid.rows[0][place], int | float):
            column.justify = "right"
    for row in grid.rows:
        table.add_row(*[Text(_text(cell)) for cell in row])
    return table


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{cell:,.3f}"
    return f"{cell:,}" if isinstance(cell, int) else cell
