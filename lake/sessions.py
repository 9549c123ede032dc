"""Trading sessions: the book calendar, and which session an instant belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache

import exchange_calendars
import numpy as np
import pandas as pd

from lake.errors import SessionError

BOOK_CALENDAR = "XNYS"


@dataclass(frozen=True)
class Session:
    """One trading day. What happens after the previous close and up to this close belongs to it."""

    day: date
    previous_closes_at: datetime
    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True, eq=False)
class Closes:
    """When each session closes, as plain arrays in order: what functions on workers take along instead of a calendar.

    days: datetime64[D]. closes_us: microseconds since 1970 UTC.
    """

    days: np.ndarray
    closes_us: np.ndarray

    def session_of(self, instant_us: int) -> date:
        """The first session that closes at or after an instant. Raises SessionError after the last one."""
        position = int(self.closes_us.searchsorted(instant_us, side="left"))
        if position >= len(self.days):
            raise SessionError(
                f"{instant_us} us since 1970 lies after the last known session, {self.days[-1]}"
            )
        found: date = self.days[position].item()
        return found


def days_between(first: date, last: date) -> list[date]:
    """Every day from `first` to `last`, sessions or not."""
    return [day.date() for day in pd.date_range(first, last)]


class SessionCalendar:
    """The sessions of one exchange, in order."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._calendar = exchange_calendars.get_calendar(name, start="1990-01-01")
        self._days: list[date] = [stamp.date() for stamp in self._calendar.sessions]
        self._index = {day: position for position, day in enumerate(self._days)}

    def is_session(self, day: date) -> bool:
        return day in self._index

    def session(self, day: date) -> Session:
        """The session of a day. Raises SessionError when the exchange was closed on it."""
        position = self._position(day)
        stamp = pd.Timestamp(day)
        previous = self._calendar.closes.iloc[position - 1]
        return Session(
            day=day,
            previous_closes_at=previous.to_pydatetime().astimezone(UTC),
            opens_at=self._calendar.session_open(stamp).to_pydatetime().astimezone(UTC),
            closes_at=self._calendar.session_close(stamp).to_pydatetime().astimezone(UTC),
        )

    def between(self, first: date, last: date) -> list[date]:
        """The sessions from `first` to `last`, both sessions themselves. Raises SessionError otherwise."""
        if first > last:
            raise SessionError(f"the range from {first} to {last} is empty: give the earlier day first")
        return self._days[self._position(first) : self._position(last) + 1]

    def shift(self, day: date, by: int) -> date:
        """The session `by` sessions later; earlier when negative. Raises SessionError at the calendar's ends."""
        position = self._position(day) + by
        if not 0 <= position < len(self._days):
            raise SessionError(f"{by} sessions from {day} lies outside the {self.name} calendar")
        return self._days[position]

    def last(self, day: date, count: int) -> list[date]:
        """The `count` sessions that end with `day`."""
        position = self._position(day)
        return self._days[max(0, position - count + 1) : position + 1]

    def session_of(self, instant: datetime) -> date:
        """The first session that closes at or after an instant."""
        if instant.tzinfo is None:
            raise SessionError(f"{instant} has no time zone: give an aware instant")
        position = self._calendar.closes.searchsorted(pd.Timestamp(instant).tz_convert("UTC"), side="left")
        if position >= len(self._days):
            raise SessionError(f"{instant} lies after the last session of the {self.name} calendar")
        return self._days[int(position)]

    def closes(self) -> Closes:
        """Every session's close."""
        instants = self._calendar.closes.dt.tz_convert(None).to_numpy()
        return Closes(
            np.array(self._days, dtype="datetime64[D]"), instants.astype("datetime64[us]").astype(np.int64)
        )

    def runs(self, days: list[date]) -> list[list[date]]:
        """Days grouped into runs of consecutive sessions, in order."""
        groups: list[list[date]] = []
        for day in sorted(set(days)):
            if groups and self._position(day) == self._position(groups[-1][-1]) + 1:
                groups[-1].append(day)
            else:
                groups.append([day])
        return groups

    def _position(self, day: date) -> int:
        if day not in self._index:
            raise SessionError(f"{day} is not a session of the {self.name} calendar{self._near(day)}")
        return self._index[day]

    def _near(self, day: date) -> str:
        stamp = pd.Timestamp(day)
        if not self._calendar.first_session < stamp < self._calendar.last_session:
            return f": it runs from {self._days[0]} to {self._days[-1]}"
        before = self._calendar.date_to_session(stamp, "previous").date()
        after = self._calendar.date_to_session(stamp, "next").date()
        return f": the sessions around it are {before} and {after}"


@lru_cache(maxsize=1)
def book_calendar() -> SessionCalendar:
    """The calendar that accounts and the book go by."""
    return SessionCalendar(BOOK_CALENDAR)
