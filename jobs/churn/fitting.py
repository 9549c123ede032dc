"""Fits a model to the samples known at a session, judges it on later ones, and decides whether scoring may use it.

The judged model is fitted on the earlier samples only; what is published is fitted on all of them, since the latest
samples are the nearest to what it will score.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from models.churn import measures, model, model_json
from models.churn.measures import ChurnQuality
from models.churn.model import ChurnModel, ChurnParams
from models.intervals import Resampling

Status = Literal["accepted", "refused"]


@dataclass(frozen=True)
class FittingParams:
    """By judgement. min_samples, min_leavers: below which nothing is fitted.

    held_out_ratio: latest share of the sample dates that judges. min_judged_leavers: leavers among them below which
    nothing can be said. accepts_unjudged: whether such a model may score; only where a few days of data are played.
    """

    model: ChurnParams
    min_samples: int
    min_leavers: int
    accepts_unjudged: bool
    held_out_ratio: float = 0.25
    min_judged_leavers: int = 20
    resampling: Resampling = Resampling(n_draws=200)  # noqa: RUF009


@dataclass(frozen=True)
class Fitted:
    """A model to publish, with what was found about it."""

    model: ChurnModel
    status: Status
    metrics: Mapping[str, Any]
    n_samples: int
    n_leavers: int

    @property
    def metrics_json(self) -> str:
        return json.dumps(self.metrics, sort_keys=True, separators=(",", ":"), allow_nan=False)


def fit(samples: pd.DataFrame, features: list[str], params: FittingParams) -> Fitted | None:
    """A model of samples with session_date, outcome_to_date, client_id, has_left; None where they are too few.

    The rows' order does not matter.
    """
    ordered = samples.sort_values(["session_date", "client_id"], ignore_index=True)
    n_leavers = int(ordered["has_left"].sum())
    n_stayers = len(ordered) - n_leavers
    if len(ordered) < params.min_samples or min(n_leavers, n_stayers) < params.min_leavers:
        return None
    fitted = _fit_model(ordered, features, params)
    status, metrics = _judged(ordered, features, params)
    return Fitted(fitted, status, metrics, len(ordered), n_leavers)


def _fit_model(samples: pd.DataFrame, features: list[str], params: FittingParams) -> ChurnModel:
    dates = samples["session_date"].to_numpy(dtype="datetime64[D]")
    return model.fit(samples[features], samples["has_left"].astype(int), dates, params.model)


def _judged(
    samples: pd.DataFrame, features: list[str], params: FittingParams
) -> tuple[Status, dict[str, Any]]:
    """Fits on samples whose outcome was known before the first held-out one, and measures on those held out."""
    days = np.unique(samples["session_date"])
    first = days[-max(1, round(len(days) * params.held_out_ratio))]
    late, early = samples[samples["session_date"] >= first], samples[samples["outcome_to_date"] < first]
    n_leavers = int(late["has_left"].sum())
    unjudged: Status = "accepted" if params.accepts_unjudged else "refused"
    if min(n_leavers, len(late) - n_leavers) < params.min_judged_leavers:
        return unjudged, {"judged": False, "why": f"{n_leavers} leavers among {len(late)} later samples"}
    if early["has_left"].nunique() < 2:
        return unjudged, {"judged": False, "why": f"{len(early)} earlier samples hold one class only"}
    scores = model.score(_fit_model(early, features, params), late[features])
    labels = late["has_left"].astype(int)
    quality = measures.judge(labels, scores, late["client_id"], params.resampling)
    assert quality is not None, "both classes were counted above"
    alarms = measures.leak_alarms(late[features], labels, scores)
    status: Status = "accepted" if _is_of_use(quality) and not alarms else "refused"
    return status, {
        "judged": True,
        "first_judged": str(first),
        "alarms": alarms,
        **_finite(asdict(quality)),
    }


def _is_of_use(quality: ChurnQuality) -> bool:
    """Whether the whole interval of the ranking is better than chance: average precision of chance is the base rate."""
    return quality.average_precision.lower > quality.base_rate and quality.roc_auc.lower > 0.5


def _finite(measured: Any) -> Any:
    """The same with null for what is not a number, which JSON does not know: intervals that no draw gave."""
    if isinstance(measured, dict):
        return {name: _finite(value) for name, value in measured.items()}
    return None if isinstance(measured, float) and not np.isfinite(measured) else measured


def identity(fitted: Fitted) -> str:
    """The model's identifier: equal models have equal ones."""
    return model_json.digest(fitted.model)
