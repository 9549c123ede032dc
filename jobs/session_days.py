"""The sessions of a run, as plain dates."""

from __future__ import annotations

from datetime import date

from pyspark.sql import DataFrame


def days_of(sessions: DataFrame) -> list[date]:
    """The run's sessions in order; as many as the run is long, so few enough to collect."""
    return sorted(row["session_date"] for row in sessions.select("session_date").collect())
