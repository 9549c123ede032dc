"""Which model scores a session, and what it says, from a model whose numbers are written down here."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from typing import Any

import pytest
from pyspark.sql import SparkSession

from jobs.churn.churn_scores_daily import JOB, Params, churn_scores_daily
from lake.errors import JobError
from models.churn import model_json
from models.churn.calibration import Calibration
from models.churn.model import ChurnModel
from models.churn.preparation import Preparation
from schemas.churn import CHURN_MODELS, CLIENT_FEATURES_DAILY, FEATURES
from tests.rows import Row, frame, only

NAMES = [column.name for column in FEATURES]
PARAMS = JOB.params["standard"]
WEDNESDAY, THURSDAY, FRIDAY = date(2022, 12, 21), date(2022, 12, 22), date(2022, 12, 23)


def model(**coefficients: float) -> str:
    """Log-odds are the sum of coefficient times value; what is missing counts as zero."""
    n = len(NAMES)
    zeros = (0.0,) * n
    preparation = Preparation(tuple(NAMES), zeros, zeros, (1.0,) * n, (False,) * n, clip=100.0)
    weights = tuple(coefficients.get(name, 0.0) for name in NAMES)
    return model_json.to_json(ChurnModel(preparation, weights, zeros, 0.0, Calibration(), 10, 5))


def stored(text: str, recorded_at: str, status: str = "accepted") -> dict[str, Any]:
    return {
        "session_date": recorded_at[:10], "model_id": hashlib.sha256(text.encode()).hexdigest(), "model_json": text, "recorded_at": recorded_at,
        "model_status": status,
    }  # fmt: skip


OLD = stored(model(n_log_ins_20=1.0, n_fills_20=-0.25), "2022-12-22T21:00:00Z")
REFUSED = stored(model(n_fills_20=1.0), "2022-12-23T20:59:59Z", "refused")
LATER = stored(model(), "2022-12-23T21:00:01Z")
# C2: the same log-odds as C1. C3: as rich as C4 and less likely to go.
CLIENTS = [
    {"client_id": "C2", "n_log_ins_20": 2}, {"client_id": "C1", "n_log_ins_20": 2},
    {"client_id": "C3", "n_fills_20": 8, "log_assets": 16.0}, {"client_id": "C4", "n_log_ins_20": 3, "log_assets": 16.0},
]  # fmt: skip


@pytest.fixture(scope="module")
def found(spark: SparkSession) -> list[Row]:
    return scored(spark, OLD, REFUSED, LATER)


def scored(spark: SparkSession, *models: dict[str, Any]) -> list[Row]:
    assert isinstance(PARAMS, Params)
    days = (WEDNESDAY, THURSDAY, FRIDAY)
    features = [{**client, "session_date": str(day)} for day in days for client in CLIENTS]
    sessions = spark.createDataFrame(
        [(day, datetime(day.year, day.month, day.day, 21, tzinfo=UTC)) for day in days],
        "session_date date, closes_at timestamp",
    )
    return only(
        churn_scores_daily(
            frame(spark, CLIENT_FEATURES_DAILY, *features), frame(spark, CHURN_MODELS, *models), sessions, PARAMS
        )
    )  # fmt: skip


def of(found: list[Row], day: date) -> dict[str, Row]:
    return {row["client_id"]: row for row in found if row["session_date"] == day}


def test_no_scores_before_the_first_accepted_model(found: list[Row]) -> None:
    assert {row["session_date"] for row in found} == {THURSDAY, FRIDAY}


def test_the_newest_accepted_model_known_at_the_close_scores(found: list[Row]) -> None:
    assert {row["model_id"] for row in found} == {OLD["model_id"]}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(LATER["model_json"], id="another model"),
        pytest.param(OLD["model_json"].replace("-0.25", "-0.26"), id="a number that was changed"),
    ],
)
def test_a_model_that_is_not_the_one_that_was_fitted_scores_nobody(spark: SparkSession, text: str) -> None:
    with pytest.raises(JobError, match=f"has under model_id {OLD['model_id']} a model whose digest is"):
        scored(spark, {**OLD, "model_json": text})


def test_probabilities_and_ranks(found: list[Row]) -> None:
    rows = of(found, FRIDAY)
    # expit(3), expit(2), expit(-2)
    expected = {"C4": 0.9525741268, "C1": 0.8807970780, "C2": 0.8807970780, "C3": 0.1192029220}
    assert {name: row["churn_probability_ratio"] for name, row in rows.items()} == pytest.approx(expected)
    assert {name: row["rank"] for name, row in rows.items()} == {"C4": 1, "C1": 2, "C2": 3, "C3": 4}


def test_reasons_in_words(found: list[Row]) -> None:
    rows = of(found, FRIDAY)
    assert rows["C1"]["top_reasons"] == [
        "log-ins of the last 20 sessions is 2 (usually 0), which raises the risk"
    ]
    assert rows["C3"]["top_reasons"] == [
        "fills of the last 20 sessions is 8 (usually 0), which lowers the risk"
    ]


def test_an_action_where_it_pays(found: list[Row]) -> None:
    """C1 has no assets that are known of; 400,000 of value at 12 % are worth a call."""
    assert {name: row["action_name"] for name, row in of(found, FRIDAY).items()} == {
        "C1": "none", "C2": "none", "C3": "adviser_call", "C4": "adviser_call",
    }  # fmt: skip
