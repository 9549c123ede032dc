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


def last(n_sessions: int, by: str) -> WindowSpec:
    """The last `n_sessions` sessions of each entity, this one among them; rows need a session_number.

    Spark goes through such a window anew at each row: sums and counts are quicker by `of_last`.
    """
    return Window.partitionBy(by).orderBy("session_number").rangeBetween(1 - n_sessions, 0)


def so_far(by: str) -> WindowSpec:
    """Every session of each entity up to this one."""
    return Window.partitionBy(by).orderBy("session_number").rangeBetween(Window.unboundedPreceding, 0)


def with_sums_so_far(rows: DataFrame, names: Sequence[str], by: str) -> DataFrame:
    """Adds what `of_last` takes differences of. Counts and decimals only, whose sums are exact."""
    return rows.withColumns({f"{name}_so_far": F.sum(name).over(so_far(by)) for name in names})


def of_last(n_sessions: int, name: str, by: str) -> Column:
    """The sum of a column over the last `n_sessions` sessions: all so far less all before them."""
    before = Window.partitionBy(by).orderBy("session_number")
    before = before.rangeBetween(Window.unboundedPreceding, -n_sessions)
    summed = F.col(f"{name}_so_far")
    return summed - F.coalesce(F.last(summed).over(before), F.lit(0))


def sessions_since(happened: Column, n_sessions: int, by: str) -> Column:
    """Sessions since the last row where something happened; null where it did not in the last `n_sessions`."""
    newest = F.last(F.when(happened, F.col("session_number")), ignorenulls=True).over(so_far(by))
    passed = F.col("session_number") - newest
    return F.when(passed < n_sessions, passed)
