"""Sessions of the book calendar, by literal days and closes."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from lake.errors import SessionError
from lake.sessions import SessionCalendar, book_calendar


@pytest.fixture(scope="module")
def calendar() -> SessionCalendar:
    return book_calendar()


def test_a_half_day_closes_at_one_in_new_york(calendar: SessionCalendar) -> None:
    session = calendar.session(date(2022, 11, 25))
    assert session.closes_at == datetime(2022, 11, 25, 18, tzinfo=UTC)
    assert session.previous_closes_at == datetime(2022, 11, 23, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("instant", "session"),
    [
        (datetime(2022, 12, 18, 12, tzinfo=UTC), date(2022, 12, 19)),  # a Sunday belongs to Monday
        (datetime(2022, 12, 19, 21, tzinfo=UTC), date(2022, 12, 19)),  # the close itself still belongs to it
        (datetime(2022, 12, 19, 21, 0, 0, 1, tzinfo=UTC), date(2022, 12, 20)),
        (datetime(2022, 12, 23, 22, tzinfo=UTC), date(2022, 12, 27)),  # over Christmas
        (datetime(2022, 3, 14, 20, tzinfo=UTC), date(2022, 3, 14)),  # daylight saving began the day before
        (datetime(2022, 3, 11, 20, 30, tzinfo=UTC), date(2022, 3, 11)),
        (datetime(2022, 11, 7, 21, tzinfo=UTC), date(2022, 11, 7)),  # and ended the day before
        (datetime(2016, 2, 26, 21, 0, 0, 1, tzinfo=UTC), date(2016, 2, 29)),  # a leap day is a session
        (datetime(2016, 2, 29, 21, tzinfo=UTC), date(2016, 2, 29)),
        (datetime(2016, 2, 29, 21, 0, 0, 1, tzinfo=UTC), date(2016, 3, 1)),
    ],
)
def test_an_instant_belongs_to_the_session_that_closes_at_or_after_it(
    calendar: SessionCalendar, instant: datetime, session: date
) -> None:
    assert calendar.session_of(instant) == session


def test_a_day_without_trading_is_refused_with_its_neighbours(calendar: SessionCalendar) -> None:
    with pytest.raises(SessionError, match=r"2022-12-26 is not a session.*2022-12-23 and 2022-12-27"):
        calendar.session(date(2022, 12, 26))


def test_an_empty_range_is_refused(calendar: SessionCalendar) -> None:
    with pytest.raises(SessionError, match="is empty"):
        calendar.between(date(2022, 12, 23), date(2022, 12, 22))


def test_an_instant_without_a_zone_is_refused(calendar: SessionCalendar) -> None:
    with pytest.raises(SessionError, match="no time zone"):
        calendar.session_of(datetime(2022, 12, 23, 12))


def test_shifts_count_sessions_and_not_days(calendar: SessionCalendar) -> None:
    assert calendar.shift(date(2022, 12, 23), 1) == date(2022, 12, 27)
    assert calendar.shift(date(2022, 12, 27), -3) == date(2022, 12, 21)


def test_runs_break_where_a_session_is_missing(calendar: SessionCalendar) -> None:
    days = [date(2022, 12, 27), date(2022, 12, 22), date(2022, 12, 23), date(2022, 12, 29)]
    assert calendar.runs(days) == [
        [date(2022, 12, 22), date(2022, 12, 23), date(2022, 12, 27)],
        [date(2022, 12, 29)],
    ]


@pytest.mark.real_data
def test_sessions_and_closes_agree_with_an_independent_export(
    calendar: SessionCalendar, real_data: Path
) -> None:
    with (real_data / "calendars" / "xnys.csv").open() as file:
        closes = {row[""][:10]: row["close"] for row in csv.DictReader(file)}
    days = [day for day in closes if "2013-01-01" < day <= "2023-01-13"]
    ours = calendar.between(date.fromisoformat(days[0]), date.fromisoformat(days[-1]))
    assert len(days) == 2527
    assert [str(day) for day in ours] == days
    assert [f"{calendar.session(day).closes_at:%Y-%m-%dT%H:%M:%SZ}" for day in ours] == [
        closes[d] for d in days
    ]
