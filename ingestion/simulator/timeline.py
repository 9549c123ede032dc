"""The sessions of a simulation, with their instants."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from ingestion.simulator.size import Size
from ingestion.simulator.texts import HOUR, MINUTE, microseconds
from lake.sessions import Session, book_calendar


@dataclass(frozen=True)
class Day:
    """One played session: its number from 0 on, and its instants in microseconds since 1970 UTC."""

    number: int
    date: date
    previous_close: int
    opens: int
    closes: int
    is_last: bool

    @property
    def text(self) -> str:
        return self.date.isoformat()

    @property
    def compact(self) -> str:
        """The date inside identifiers."""
        return self.date.strftime("%Y%m%d")

    def at(self, fraction: float) -> int:
        """An instant in trading hours: 0 is the open, 1 the close."""
        return self.opens + int(fraction * (self.closes - self.opens))

    def before_open(self, fraction: float) -> int:
        """An instant in the ninety minutes before the open."""
        return self.opens - int((1.0 - fraction) * 90 * MINUTE) - MINUTE

    def off_hours(self, fraction: float) -> int:
        """An instant from an hour after the previous close (weekends too) to an hour before the open."""
        start = self.previous_close + HOUR
        return start + int(fraction * (self.opens - HOUR - start))


@dataclass(frozen=True)
class Timeline:
    """Every session with a price, and those that are played: the last ones of them."""

    dates: tuple[date, ...]
    days: tuple[Day, ...]
    close_us: tuple[int, ...]

    @property
    def first_played(self) -> int:
        """Where the first played session stands among all with prices."""
        return len(self.dates) - len(self.days)

    def later(self, number: int, by: int) -> int:
        """A played session's number, moved, at most the last."""
        return min(number + by, len(self.days) - 1)


def timeline(size: Size) -> Timeline:
    """The sessions of a size, by the book calendar."""
    calendar = book_calendar()
    dates = tuple(calendar.last(size.last_session, size.n_price_sessions + size.n_sessions))
    sessions = [calendar.session(day) for day in dates]
    played = sessions[size.n_price_sessions :]
    return Timeline(dates, tuple(_days(played)), tuple(microseconds(each.closes_at) for each in sessions))


def _days(sessions: list[Session]) -> Iterator[Day]:
    for number, session in enumerate(sessions):
        yield Day(
            number=number,
            date=session.day,
            previous_close=microseconds(session.previous_closes_at),
            opens=microseconds(session.opens_at),
            closes=microseconds(session.closes_at),
            is_last=number == len(sessions) - 1,
        )
