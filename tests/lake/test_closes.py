"""Closes as arrays tell the session that the calendar tells."""

from datetime import UTC, datetime

import pytest

from lake.errors import SessionError
from lake.sessions import book_calendar


@pytest.mark.parametrize(
    ("instant", "session"),
    [
        pytest.param("2022-12-23T21:00:00", "2022-12-23", id="at the close"),
        pytest.param("2022-12-23T21:00:00.000001", "2022-12-27", id="after it, before a holiday"),
        pytest.param("2022-11-25T18:00:00.000001", "2022-11-28", id="after an early close"),
        pytest.param("2022-12-18T12:00:00", "2022-12-19", id="a Sunday"),
    ],
)
def test_the_session_of_an_instant(instant: str, session: str) -> None:
    at = datetime.fromisoformat(instant).replace(tzinfo=UTC)
    instant_us = int(at.timestamp()) * 1_000_000 + at.microsecond
    assert str(book_calendar().closes().session_of(instant_us)) == session
    assert str(book_calendar().session_of(at)) == session


def test_after_the_last_session() -> None:
    with pytest.raises(SessionError, match="lies after the last known session"):
        book_calendar().closes().session_of(9_000_000_000_000_000)
