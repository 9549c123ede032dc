"""Whether a fitted model may score: signal, noise, a leak, too little to say."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from jobs.churn.fitting import FittingParams, fit
from models.churn.model import ChurnParams

PARAMS = FittingParams(ChurnParams(embargo_days=7), min_samples=100, min_leavers=10, accepts_unjudged=False)
FEATURES = ["signal", "other"]


def samples(
    *, leak: float = 0.0, strength: float = 1.5, n_days: int = 16, n_clients: int = 150
) -> pd.DataFrame:
    """Weekly samples with an outcome known a week later; who leaves follows `signal` with noise."""
    random = np.random.default_rng(7)
    n = n_days * n_clients
    signal = random.standard_normal(n)
    has_left = random.random(n) < 1 / (1 + np.exp(2.0 - strength * signal))
    days = np.repeat([date(2022, 1, 7) + timedelta(7 * week) for week in range(n_days)], n_clients)
    return pd.DataFrame(
        {
            "session_date": days, "outcome_to_date": [day + timedelta(6) for day in days],
            "client_id": [f"C{number % n_clients:03d}" for number in range(n)], "has_left": has_left,
            "signal": signal, "other": random.standard_normal(n) + leak * has_left,
        }
    )  # fmt: skip


@pytest.mark.parametrize(
    ("given", "status"),
    [
        pytest.param(samples(), "accepted", id="a signal"),
        pytest.param(samples(strength=0.0), "refused", id="noise"),
        pytest.param(samples(leak=4.0), "refused", id="a feature that knows the answer"),
        pytest.param(
            samples(n_days=3, strength=0.0), "refused", id="no earlier sample whose outcome was known"
        ),
    ],
)
def test_status(given: pd.DataFrame, status: str) -> None:
    fitted = fit(given, FEATURES, PARAMS)
    assert fitted is not None
    assert fitted.status == status


def test_a_leak_is_named() -> None:
    fitted = fit(samples(leak=4.0), FEATURES, PARAMS)
    assert fitted is not None
    assert any(alarm.startswith("other alone") for alarm in json.loads(fitted.metrics_json)["alarms"])


def test_judged_on_the_latest_quarter_of_the_dates_only() -> None:
    fitted = fit(samples(), FEATURES, PARAMS)
    assert fitted is not None
    metrics = json.loads(fitted.metrics_json)
    assert (metrics["judged"], metrics["first_judged"], metrics["n_samples"]) == (True, "2022-04-01", 600)
    assert fitted.n_samples == 2400


@pytest.mark.parametrize("accepts", [True, False])
def test_what_cannot_be_judged(accepts: bool) -> None:
    few = samples(n_days=4)
    few.loc[few["session_date"] == few["session_date"].max(), "has_left"] = False
    fitted = fit(few, FEATURES, replace(PARAMS, accepts_unjudged=accepts))
    assert fitted is not None
    assert fitted.status == ("accepted" if accepts else "refused")
    assert json.loads(fitted.metrics_json) == {"judged": False, "why": "0 leavers among 150 later samples"}


@pytest.mark.parametrize("params", [replace(PARAMS, min_samples=2401), replace(PARAMS, min_leavers=2000)])
def test_too_few_samples_make_no_model(params: FittingParams) -> None:
    assert fit(samples(), FEATURES, params) is None


def test_the_order_of_rows_does_not_matter() -> None:
    given = samples(n_days=8)
    one, other = (fit(each, FEATURES, PARAMS) for each in (given, given.sample(frac=1.0, random_state=1)))
    assert one == other
