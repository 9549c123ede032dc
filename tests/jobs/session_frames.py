"""Sessions as transforms get them, and what a cut of them into runs compares."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from lake.sessions import book_calendar

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

# Monday to Friday, and the two sessions after a holiday.
MON, TUE, WED, THU, FRI = (date(2022, 12, day) for day in (19, 20, 21, 22, 23))
NEXT, LAST = date(2022, 12, 27), date(2022, 12, 28)


def sessions_of(spark: SparkSession, *days: date) -> DataFrame:
    """The frame of a run's sessions."""
    found = [book_calendar().session(day) for day in days]
    rows = [(each.day, each.opens_at, each.closes_at) for each in found]
    return spark.createDataFrame(rows, "session_date date, opens_at timestamp, closes_at timestamp")


def of_sessions(frame: DataFrame, *days: date) -> DataFrame:
    """The rows of some sessions."""
    return frame.where(frame["session_date"].isin(*days))
