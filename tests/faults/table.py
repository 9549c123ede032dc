"""The fault table as a person reads it: a row a fault, and the verdict as the last line."""

from __future__ import annotations

from collections.abc import Mapping

from rich import box
from rich.console import Console
from rich.table import Table

from tests.faults.summary import Summary

_TITLES = ("trials", "lost", "doubled", "money", "recovered in s (half / most)")


def show(found: Mapping[str, Summary], console: Console) -> None:
    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    grid.add_column("fault", no_wrap=True)
    for title in _TITLES:
        grid.add_column(title, justify="right")
    grid.add_column("verdict")
    for name, each in found.items():
        said = f"fell short: seed {', '.join(map(str, each.failures))}" if each.failures else "ok"
        numbers = [each.n_trials, each.lost, each.doubled, each.money_difference, each.recovered]
        grid.add_row(name, *map(str, numbers), said)
    console.print(grid)
    console.print(verdict(found), highlight=False)


def verdict(found: Mapping[str, Summary]) -> str:
    short = [name for name, each in found.items() if each.failures]
    return f"faults: {len(short)} fell short: {', '.join(short)}" if short else "faults: ok"
