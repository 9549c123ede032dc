"""When the run of a session is due. Hours of the New York Stock Exchange as it published them."""

import csv
import os
import subprocess
from datetime import datetime
from pathlib import Path

import pendulum
import pytest
from airflow.timetables.base import DataInterval, TimeRestriction

from dags import sessions
from dags.asked_session import session_of
from dags.sessions import BOOK_CALENDAR, SessionTimetable
from tests.dags.conftest import REPOSITORY

LAKE_SESSIONS = """
from datetime import date
from lake.sessions import BOOK_CALENDAR, book_calendar
print(BOOK_CALENDAR)
for day in book_calendar().between(date(2021, 1, 4), date(2023, 12, 29)):
    print(day, book_calendar().session(day).closes_at.isoformat())
"""


def utc(text: str) -> pendulum.DateTime:
    return pendulum.instance(datetime.fromisoformat(text), tz="UTC")


def midnight(day: str) -> pendulum.DateTime:
    return utc(f"{day}T00:00")


def following(timetable=None, after=None, start="2022-01-01T00:00", end=None, catchup=True):
    """(session, due) of the next run, or None."""
    last = after and DataInterval(midnight(after), midnight(after))
    restriction = TimeRestriction(start and utc(start), end and utc(end), catchup)
    found = (timetable or SessionTimetable()).next_dagrun_info(
        last_automated_data_interval=last, restriction=restriction
    )
    return found and (found.logical_date.isoformat()[:10], found.run_after.isoformat()[:16])


@pytest.mark.parametrize(
    ("after", "session", "due"),
    [
        pytest.param("2022-12-21", "2022-12-22", "2022-12-22T21:10", id="the next day"),
        pytest.param("2022-11-18", "2022-11-21", "2022-11-21T21:10", id="a weekend"),
        pytest.param("2022-11-23", "2022-11-25", "2022-11-25T18:10", id="Thanksgiving, then a half day"),
        pytest.param("2022-12-23", "2022-12-27", "2022-12-27T21:10", id="Christmas on a Sunday"),
        pytest.param("2022-12-30", "2023-01-03", "2023-01-03T21:10", id="a new year"),
        pytest.param("2022-03-10", "2022-03-11", "2022-03-11T21:10", id="before summer time"),
        pytest.param("2022-03-11", "2022-03-14", "2022-03-14T20:10", id="summer time"),
        pytest.param("2022-11-03", "2022-11-04", "2022-11-04T20:10", id="before winter time"),
        pytest.param("2022-11-04", "2022-11-07", "2022-11-07T21:10", id="winter time"),
    ],
)
def test_each_session_after_its_close(after, session, due):
    assert following(after=after) == (session, due)


def test_the_interval_is_the_day_up_to_its_close():
    found = SessionTimetable().next_dagrun_info(
        last_automated_data_interval=None, restriction=TimeRestriction(midnight("2022-11-24"), None, True)
    )
    assert found.data_interval == DataInterval(midnight("2022-11-25"), utc("2022-11-25T18:00"))


@pytest.mark.parametrize(
    ("start", "session"),
    [
        pytest.param("2022-12-22T00:00", "2022-12-22", id="at midnight"),
        pytest.param("2022-12-22T00:01", "2022-12-23", id="a minute too late"),
        pytest.param("2022-12-24T00:00", "2022-12-27", id="on a day that is no session"),
    ],
)
def test_the_first_run_is_not_before_the_start_date(start, session):
    assert following(start=start)[0] == session


@pytest.mark.parametrize(
    ("end", "session"), [("2022-12-23T00:00", "2022-12-23"), ("2022-12-22T23:59", None)], ids=["on it", "past it"]
)  # fmt: skip
def test_the_last_run_is_not_after_the_end_date(end, session):
    found = following(after="2022-12-22", end=end)
    assert (found and found[0]) == session


def test_without_a_start_date_there_is_no_run():
    assert following(start=None) is None


@pytest.mark.parametrize(
    ("now", "after", "catchup", "session"),
    [
        pytest.param("2022-12-24T12:00", "2022-12-01", True, "2022-12-02", id="caught up"),
        pytest.param("2022-12-24T12:00", "2022-12-01", False, "2022-12-23", id="only the last"),
        pytest.param("2022-12-24T12:00", None, False, "2022-12-23", id="only the last, at first"),
        pytest.param("2022-12-23T21:09", "2022-12-01", False, "2022-12-22", id="a minute before it is due"),
        pytest.param("2022-12-23T21:10", "2022-12-01", False, "2022-12-23", id="when it is due"),
        pytest.param("2022-12-24T12:00", "2022-12-23", False, "2022-12-27", id="nothing is overdue"),
        pytest.param("2021-06-01T12:00", None, False, "2022-01-03", id="before the start date"),
    ],
)
def test_sessions_that_are_overdue(monkeypatch, now, after, catchup, session):
    monkeypatch.setattr(sessions, "now", lambda: utc(now))
    assert following(after=after, catchup=catchup)[0] == session


@pytest.mark.parametrize(
    ("after", "session", "due"),
    [
        pytest.param("2022-11-18", "2022-11-25", "2022-11-26T06:00", id="a half day, due on Saturday"),
        pytest.param("2022-04-08", "2022-04-14", "2022-04-15T08:00", id="Good Friday"),
        pytest.param("2022-12-30", "2023-01-06", "2023-01-07T09:00", id="over the year"),
    ],
)
def test_the_last_session_of_a_week(after, session, due):
    weekly = SessionTimetable(minutes_after_close=720, every="week")
    assert following(weekly, after=after) == (session, due)


def test_a_run_by_hand_is_for_the_last_session_that_was_due():
    found = SessionTimetable().infer_manual_data_interval(run_after=utc("2022-12-26T12:00"))
    assert found == DataInterval(midnight("2022-12-23"), utc("2022-12-23T21:00"))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"minutes_after_close": -1}, "minutes_after_close is -1: a run is due after the close"),
        ({"every": "month"}, "every is 'month' and can be session or week"),
    ],
)
def test_what_a_timetable_cannot_be(options, sentence):
    with pytest.raises(ValueError, match=sentence):
        SessionTimetable(**options)


@pytest.mark.parametrize(
    ("asked", "given", "expected"),
    [
        ("2022-12-22", None, "2022-12-22"),
        (None, midnight("2022-12-23"), "2022-12-23"),
        ("2022-12-22", midnight("2022-12-23"), "2022-12-22"),
    ],
    ids=["by hand", "by the timetable", "by hand goes first"],
)
def test_whose_session_a_run_is(asked, given, expected):
    run = type("Run", (), {"data_interval_start": given})
    assert session_of({"session": asked}, run) == expected


def runs(first: str, last: str) -> list[tuple[str, str]]:
    """All sessions of a range with their closes, as the timetable goes from one to the next."""
    timetable = SessionTimetable(minutes_after_close=0)
    found = [following(timetable, start=f"{first}T00:00")]
    while found[-1][0] < last:
        found.append(following(timetable, after=found[-1][0], start=f"{first}T00:00"))
    return found


def test_the_lake_has_the_same_sessions():
    python = REPOSITORY / ".venv" / "bin" / "python"
    if not python.exists():
        pytest.skip(f"the lake's environment is not there: {python}")
    done = subprocess.run(
        [python, "-c", LAKE_SESSIONS], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    book_calendar, *lines = done.stdout.splitlines()
    assert book_calendar == BOOK_CALENDAR
    assert runs("2021-01-04", "2023-12-29") == [(line[:10], line[11:27]) for line in lines]


@pytest.mark.real_data
def test_the_exchanges_own_sessions():
    folder = Path(os.environ.get("BROKERLAKE_REAL_DATA") or REPOSITORY / ".." / "shared" / "data").resolve()
    path = folder / "calendars" / "xnys.csv"
    if not path.exists():
        pytest.skip(f"no real data at {path}; BROKERLAKE_REAL_DATA may say where else it lies")
    with path.open() as lines:
        listed = [(row[""][:10], row["close"][:16]) for row in csv.DictReader(lines)]
    expected = [row for row in listed if "2018-01-01" <= row[0] <= "2022-12-31"]
    assert len(expected) == 1259
    assert runs(expected[0][0], expected[-1][0]) == expected
