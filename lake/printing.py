"""Answers as people and programs like to read them. Decimals keep every place; missing is never an empty text."""

from __future__ import annotations

import csv as comma_separated
import json as notation
import sys
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

_WIDEST = 10_000


def table(answer: pa.Table) -> None:
    """A table for the screen, numbers to the right; as wide as it must be where nobody looks at it."""
    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for field in answer.schema:
        grid.add_column(field.name, justify="right" if _is_number(field.type) else "left", overflow="fold")
    for row in _rows(answer):
        grid.add_row(*[Text("null", style="dim") if value is None else Text(_shown(value)) for value in row])
    _console(grid).print(grid)


def footer(n_rows: int, is_cut: bool) -> None:
    """How many rows were shown, and whether there are more."""
    rows = "1 row" if n_rows == 1 else f"{n_rows:,} rows"
    print(f"the first {rows}; --limit N shows more, --limit 0 all" if is_cut else rows)


def csv(answer: pa.Table) -> None:
    """Comma separated, with a heading; null is an empty field."""
    writer = comma_separated.writer(sys.stdout, lineterminator="\n")
    writer.writerow(answer.column_names)
    writer.writerows(["" if value is None else _shown(value) for value in row] for row in _rows(answer))


def json(answer: pa.Table) -> None:
    """One object a line; decimals are texts, as they travel in events, and so are days, instants and bytes."""
    for row in _rows(answer):
        named = dict(zip(answer.column_names, row, strict=True))
        print(notation.dumps(named, default=_shown, ensure_ascii=False))


def _rows(answer: pa.Table) -> list[tuple[Any, ...]]:
    columns = [_values(column) for column in answer.columns]
    return list(zip(*columns, strict=True))


def _values(column: pa.ChunkedArray) -> list[Any]:
    # Arrow would load pandas, half of a second, to make Python's instants.
    is_instant = pa.types.is_timestamp(column.type)
    return (column.cast(pa.string()) if is_instant else column).to_pylist()


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _shown(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case Decimal():
            return format(value, "f")
        case date():
            return value.isoformat()
        case bytes():
            return value.hex()
        case list() | dict():
            return notation.dumps(value, default=_shown, ensure_ascii=False)
    return str(value)


def _console(grid: Table) -> Console:
    console = Console()
    if console.is_terminal:
        return console
    # A console measures within its own width.
    return Console(width=max(80, Console(width=_WIDEST).measure(grid).maximum))
