"""A timetable of trading sessions: a run for each session, some minutes after its close.

Half days, holidays and daylight saving are the calendar's. It is loaded when Airflow asks for the next run, never
when a DAG is parsed.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

import pendulum
from airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction, Timetable

# The calendar that accounts and the book go by.
BOOK_CALENDAR = "XNYS"
EVERY = ("session", "week")


class SessionTimetable(Timetable):
    """A run a session, or one a week for its last session.

    The run of session D has the logical date D 00:00 UTC, a data interval from there to the close, and is due
    `minutes_after_close` minutes after the close. With `catchup` off, of the sessions that are overdue only the last
    gets a run. A DAG without a start date gets no runs.
    """

    def __init__(
        self, minutes_after_close: int = 10, every: str = "session", calendar: str = BOOK_CALENDAR
    ) -> None:
        if minutes_after_close < 0:
            raise ValueError(f"minutes_after_close is {minutes_after_close}: a run is due after the close")
        if every not in EVERY:
            raise ValueError(f"every is {every!r} and can be {' or '.join(EVERY)}")
        self.minutes_after_close = minutes_after_close
        self.every = every
        self.calendar = calendar
        self.description = f"{self.summary}, {minutes_after_close} minutes after its close"

    @property
    def summary(self) -> str:
        return (
            f"each {self.calendar} session"
            if self.every == "session"
            else f"last {self.calendar} session of a week"
        )

    def serialize(self) -> dict[str, Any]:
        return {
            "minutes_after_close": self.minutes_after_close,
            "every": self.every,
            "calendar": self.calendar,
        }

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> SessionTimetable:
        return cls(**data)

    def infer_manual_data_interval(self, *, run_after: datetime) -> DataInterval:
        """The last session that was due by then."""
        return self._interval(self._last_due(run_after))

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        if restriction.earliest is None:
            return None
        candidates = [_first_whole_day(restriction.earliest)]
        if last_automated_data_interval is not None:
            candidates.append(last_automated_data_interval.start.date() + timedelta(days=1))
        if not restriction.catchup:
            candidates.append(self._last_due(now()))
        session = self._from(max(candidates))
        interval = self._interval(session)
        if restriction.latest is not None and interval.start > restriction.latest:
            return None
        return DagRunInfo(run_after=self._due(session), data_interval=interval)

    def _from(self, day: date) -> date:
        """The first session on or after a day."""
        session = calendar_around(self.calendar, day.year).date_to_session(day.isoformat(), "next").date()
        return session if self._is_wanted(session) else self._from(session + timedelta(days=1))

    def _last_due(self, instant: datetime) -> date:
        day = instant.astimezone(UTC).date()
        while True:
            sessions = calendar_around(self.calendar, day.year)
            session = sessions.date_to_session(day.isoformat(), "previous").date()
            if self._due(session) <= instant and self._is_wanted(session):
                return session
            day = session - timedelta(days=1)

    def _is_wanted(self, session: date) -> bool:
        if self.every == "session":
            return True
        following = calendar_around(self.calendar, session.year).next_session(session.isoformat())
        return following.isocalendar()[:2] != session.isocalendar()[:2]

    def _due(self, session: date) -> pendulum.DateTime:
        return self._close(session) + timedelta(minutes=self.minutes_after_close)

    def _interval(self, session: date) -> DataInterval:
        return DataInterval(_midnight(session), self._close(session))

    def _close(self, session: date) -> pendulum.DateTime:
        closes = calendar_around(self.calendar, session.year).session_close(session.isoformat())
        return pendulum.instance(closes.to_pydatetime(), tz="UTC")


@lru_cache(maxsize=8)
def calendar_around(name: str, year: int) -> Any:
    """A year's sessions and its neighbours': quick to build, and no scheduler runs out of them."""
    from exchange_calendars import get_calendar

    return get_calendar(name, start=f"{year - 1}-01-01", end=f"{year + 1}-12-31")


def now() -> pendulum.DateTime:
    return pendulum.now("UTC")


def _first_whole_day(instant: datetime) -> date:
    day = instant.astimezone(UTC).date()
    return day if _midnight(day) >= instant else day + timedelta(days=1)


def _midnight(day: date) -> pendulum.DateTime:
    return pendulum.instance(datetime.combine(day, time(), UTC), tz="UTC")
