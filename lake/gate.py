"""The gate: every promise of a table, by session, in one aggregation before anything is published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lake.structs import row_promises
from schemas.declaration import Table


@dataclass(frozen=True)
class Broken:
    """A promise that a session's rows break: how many rows, and the promise in words."""

    code: str
    subject: str
    n_rows: int
    words: str

    def __str__(self) -> str:
        return f"{self.n_rows} rows break {self.subject} ({self.code}): {self.words}"


def examine(frame: DataFrame, table: Table, sessions: Sequence[date]) -> dict[date, list[Broken]]:
    """What each session's rows break; an empty list is a session that may be published.

    A session without rows breaks the promise of the table's least number of rows, if it has one.
    """
    promises = row_promises(table)
    # A table of revisions is judged before it gets its revision.
    promises = tuple(promise for promise in promises if promise.subject != "revision")
    key = [column.name for column in table.key if column.name != "revision"]
    counted = frame.groupBy("session_date").agg(
        F.count("*").alias("n_rows"),
        F.count_distinct(F.struct(*key)).alias("n_keys"),
        *[F.expr(f"count_if(NOT {p.sql})").alias(f"broken_{i}") for i, p in enumerate(promises)],
    )
    found = {row["session_date"]: row.asDict() for row in counted.collect()}
    verdicts: dict[date, list[Broken]] = {}
    for day in sessions:
        row = found.get(day, {})
        n_rows = row.get("n_rows", 0)
        broken = [
            Broken(p.code, p.subject, row[f"broken_{i}"], p.words)
            for i, p in enumerate(promises)
            if row.get(f"broken_{i}", 0) > 0
        ]
        if n_rows < table.min_rows:
            broken.append(Broken("row_count", "n_rows", n_rows, f"at least {table.min_rows} rows a session"))
        if row.get("n_keys", 0) != n_rows:
            doubled = n_rows - row["n_keys"]
            broken.append(Broken("doubled_key", ", ".join(key), doubled, "the key is unique"))
        verdicts[day] = broken
    strays = sorted(str(day) for day in found if day not in sessions)
    if strays:
        for day in sessions:
            verdicts[day].append(
                Broken(
                    "stray_session",
                    "session_date",
                    len(strays),
                    f"rows of no session of the run: {strays[:3]}",
                )
            )
    return verdicts
