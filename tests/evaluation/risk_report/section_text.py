"""What a section says, as text with plain spaces."""

from __future__ import annotations

from collections.abc import Iterable

from evaluation.risk_report.page import Cell, Grid, Said, Section, State


def grid(section: Section, caption: str) -> Grid:
    [found] = [part for part in section.parts if isinstance(part, Grid) and part.caption.startswith(caption)]
    return found


def plain(cell: Cell) -> str:
    if isinstance(cell, State):
        return cell.text
    return " ".join(state.text for state in cell) if isinstance(cell, tuple) else cell


def cells(section: Section, caption: str) -> list[list[str]]:
    """The rows as text, with plain spaces."""
    return [[plain(cell).replace("\u00a0", " ") for cell in row] for row in grid(section, caption).rows]


def sentences(states: Iterable[State]) -> list[str]:
    return [state.text.replace("\u00a0", " ") for state in states]


def said(section: Section) -> list[str]:
    return [part.text.replace("\u00a0", " ") for part in section.parts if isinstance(part, Said)]
