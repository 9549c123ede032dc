"""When a model is fitted, and to which samples: only those whose outcome is known."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

from pyspark.sql import SparkSession

from jobs.churn.churn_models import JOB, Params, churn_models
from lake.sessions import book_calendar
from models.churn import model_json
from schemas.churn import CHURN_LABELS_DAILY, CHURN_MODELS, CLIENT_FEATURES_DAILY, FEATURES
from tests.rows import Row, frame, only

CALENDAR = book_calendar()
SMALL = JOB.params["small"]
FIRST, FRIDAY, NEXT_FRIDAY = date(2022, 12, 5), date(2022, 12, 9), date(2022, 12, 16)
CLIENTS = [f"C{number:02d}" for number in range(40)]


def models(spark: SparkSession, *run: date, leavers: int = 10) -> list[Row]:
    """Samples of every session; the outcome of each is known two sessions later."""
    assert isinstance(SMALL, Params)
    keys = [
        {"session_date": str(day), "client_id": name}
        for day in CALENDAR.between(FIRST, NEXT_FRIDAY)
        for name in CLIENTS
    ]
    features = [{**key, "n_log_ins_20": int(key["client_id"][1:])} for key in keys]
    labels = [
        {
            **key, "has_left": int(key["client_id"][1:]) < leavers,
            "outcome_to_date": str(CALENDAR.shift(date.fromisoformat(key["session_date"]), 2)),
        }
        for key in keys
    ]  # fmt: skip
    sessions = spark.createDataFrame([(day,) for day in run], "session_date date")
    return only(
        churn_models(
            frame(spark, CLIENT_FEATURES_DAILY, *features), frame(spark, CHURN_LABELS_DAILY, *labels), sessions, SMALL
        ),
        *[column.name for column in CHURN_MODELS.columns],
    )  # fmt: skip


def test_a_model_is_fitted_at_the_end_of_the_week_to_the_samples_that_are_known(spark: SparkSession) -> None:
    (row,) = models(spark, *CALENDAR.between(FIRST, FRIDAY))
    assert (row["session_date"], row["recorded_at"]) == (FRIDAY, datetime(2022, 12, 9, 21, tzinfo=UTC))
    assert (row["trained_from_date"], row["trained_to_date"]) == (FIRST, date(2022, 12, 7))
    assert (row["n_samples"], row["n_positives"], row["model_status"]) == (3 * 40, 3 * 10, "accepted")
    assert row["feature_names"] == [column.name for column in FEATURES]
    assert model_json.digest(model_json.from_json(row["model_json"])) == row["model_id"]
    assert json.loads(row["metrics_json"])["judged"] is False


def test_no_model_where_nobody_left(spark: SparkSession) -> None:
    assert models(spark, FRIDAY, leavers=0) == []


def test_any_cut_of_a_run_gives_the_same_models(spark: SparkSession) -> None:
    whole = models(spark, *CALENDAR.between(FIRST, NEXT_FRIDAY))
    cut = models(spark, *CALENDAR.between(FIRST, FRIDAY)) + models(
        spark, *CALENDAR.between(date(2022, 12, 12), NEXT_FRIDAY)
    )
    assert [row["session_date"] for row in whole] == [FRIDAY, NEXT_FRIDAY]
    assert whole == cut
