"""Windows that count sessions: rows are numbered by the book calendar, so a holiday is no inactivity."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame, Window, WindowSpec
from pyspark.sql import functions as F

from jobs.session_days import days_of
from lake.sessions import book_calendar

SHORT, LONG = 20, 60
"""Sessions in the windows that the features' names state."""


def numbered(sessions: DataFrame, before: int) -> DataFrame:
    """session_date, session_number: the run's sessions and those `before` it, in steps of one."""
    days = days_of(sessions)
    calendar = book_calendar()
    found = calendar.between(calendar.shift(days[0], -before), days[-1])
    rows = [(day, number) for number, day in enumerate(found)]
    return sessions.sparkSession.createDataFrame(rows, "session_date date, session_number bigint")


def last(n_sessions: int, by: Sequence[str]) -> WindowSpec:
    """The last `n_sessions` sessions of each entity, this one among them; rows need a session_number."""
    return Window.partitionBy(*by).orderBy("session_number").rangeBetween(1 - n_sessions, 0)


def sessions_since(happened: Column, window: WindowSpec) -> Column:
    """Sessions since the last row where something happened; null where it did not in the window."""
    return F.col("session_number") - F.max(F.when(happened, F.col("session_number"))).over(window)
