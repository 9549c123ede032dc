"""One session a week: neighbouring sessions say much the same."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date


def last_of_each_week(sessions: Iterable[date]) -> tuple[date, ...]:
    """The last of the given sessions in each ISO week, in order."""
    last = {day.isocalendar()[:2]: day for day in sorted(sessions)}
    return tuple(last.values())
