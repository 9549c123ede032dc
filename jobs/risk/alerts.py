"""Every alert once: what the alert stream published, as it was published."""

from __future__ import annotations

from pyspark.sql import DataFrame

from lake.job import Job
from schemas.risk import ALERT, ALERT_NOTICES, ALERTS


def alerts(silver_alerts: DataFrame) -> DataFrame:
    """silver.alerts bears each id once, and an alert never changes: episodes that group them would begin here."""
    return silver_alerts.select(*[column.name for column in ALERT.columns])


JOB = Job(writes=ALERTS, reads=(ALERT_NOTICES,), transform=alerts)
