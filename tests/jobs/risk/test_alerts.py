from pyspark.sql import SparkSession

from jobs.risk.alerts import alerts
from schemas.risk import ALERT_NOTICES
from tests.rows import frame, only

NAMES = ["session_date", "alert_id", "rule_id", "rule_version", "severity", "entity_id", "window_started_at",
         "window_ended_at", "triggered_at", "observed_value", "threshold_value", "evidence", "explanation"]  # fmt: skip


def test_alerts_are_shown_as_they_were_published(spark: SparkSession) -> None:
    notices = frame(
        spark,
        ALERT_NOTICES,
        {"alert_id": "a", "entity_id": "account-1", "evidence": ["e1", "e2"], "observed_value": 20},
        {"alert_id": "b", "entity_id": "client-1", "is_late": True},
    )
    shown = alerts(notices)
    assert shown.columns == NAMES
    assert only(shown, "alert_id", "entity_id", "observed_value", "evidence") == [
        {"alert_id": "a", "entity_id": "account-1", "observed_value": 20.0, "evidence": ["e1", "e2"]},
        {"alert_id": "b", "entity_id": "client-1", "observed_value": 1.0, "evidence": ["evidence-1"]},
    ]
