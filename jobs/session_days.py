"""The sessions of a run, as plain dates."""

from __future__ import annotations

from datetime import date

from pyspark.sql import DataFrame

from lake.sessions import book_calendar


def days_of(sessions: DataFrame) -> list[date]:
    """The run's sessions in order; as many as the run is long, so few enough to collect."""
    return sorted(row["session_date"] for row in sessions.select("session_date").collect())


def nights(sessions: DataFrame) -> DataFrame:
    """before_date and session_date: each of the run's sessions with the one before it by the book calendar."""
    calendar = book_calendar()
    pairs = [(calendar.shift(day, -1), day) for day in days_of(sessions)]
    return sessions.sparkSession.createDataFrame(pairs, "before_date date, session_date date")
