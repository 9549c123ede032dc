"""The sessions of a run, as plain dates, and what was known last at each."""

from __future__ import annotations

from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lake.sessions import book_calendar


def days_of(sessions: DataFrame) -> list[date]:
    """The run's sessions in order; as many as the run is long, so few enough to collect."""
    return sorted(row["session_date"] for row in sessions.select("session_date").collect())


def nights(sessions: DataFrame) -> DataFrame:
    """before_date and session_date: each of the run's sessions with the one before it by the book calendar."""
    calendar = book_calendar()
    pairs = [(calendar.shift(day, -1), day) for day in days_of(sessions)]
    return sessions.sparkSession.createDataFrame(pairs, "before_date date, session_date date")


def last_known(
    dated: DataFrame, dated_by: str, days: DataFrame, age_days: int, *keys: str, value: str
) -> DataFrame:
    """Of each of the days (session_date) and each key, the value of the last date up to it that is not older, and that date.

    Keys x days rows.
    """
    age = F.date_diff("session_date", dated_by)
    return (
        dated.join(F.broadcast(days.select("session_date")), age.between(0, age_days), how="inner")
        .groupBy("session_date", *keys)
        .agg(F.max(dated_by).alias(dated_by), F.max_by(value, dated_by).alias(value))
    )
