"""The session of an instant, for whole frames."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lake.sessions import SessionCalendar

_DAYS = "day date, closes_at timestamp, session_until date, session_after date"


def with_session_date(
    rows: DataFrame, instant: str, calendar: SessionCalendar, first: date, last: date
) -> DataFrame:
    """Adds `session_date`: the session that closes at or after the instant.

    Null for instants whose UTC day is not from `first` to `last`.
    """
    days = rows.sparkSession.createDataFrame(_days(calendar, first, last), _DAYS)
    session = F.when(F.col(instant) <= F.col("closes_at"), F.col("session_until")).otherwise(
        F.col("session_after")
    )
    return (
        rows.join(F.broadcast(days), F.to_date(instant) == F.col("day"), how="left")
        .withColumn("session_date", session)
        .drop("day", "closes_at", "session_until", "session_after")
    )


def _days(calendar: SessionCalendar, first: date, last: date) -> list[tuple[date, datetime, date, date]]:
    """For each UTC day: until when an instant belongs to one session, and the session after that."""
    rows = []
    day = first
    while day <= last:
        session = calendar.session_of(datetime(day.year, day.month, day.day, tzinfo=UTC))
        if session == day:
            rows.append((day, calendar.session(day).closes_at, day, calendar.shift(day, 1)))
        else:
            rows.append((day, datetime(day.year, day.month, day.day, tzinfo=UTC), session, session))
        day += timedelta(days=1)
    return rows
