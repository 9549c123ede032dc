"""One model a week, fitted at the week's last session to the samples whose outcome is known by then.

One Python task fits all weeks of a run: the samples of one fit are few (clients times weeks) and meet as a whole. It ends
at some two million samples in one worker's memory; from there on, samples of clients do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.churn.fitting import FittingParams, fit, identity
from jobs.session_days import days_of
from lake.arrow import arrow_fields
from lake.job import Job, lookback
from lake.sessions import book_calendar
from lake.structs import struct_type
from models.churn import model, model_json
from schemas.churn import CHURN_LABELS_DAILY, CHURN_MODELS, CLIENT_FEATURES_DAILY, FEATURES

_NAMES = [column.name for column in FEATURES]


@dataclass(frozen=True)
class Params:
    """history_sessions: sessions before the fit whose samples count. samples_weekly: only each week's last session
    gives samples, since neighbouring ones say much the same; otherwise each does.
    """

    fitting: FittingParams
    history_sessions: int = 250
    samples_weekly: bool = True


def churn_models(
    client_features_daily: DataFrame, churn_labels_daily: DataFrame, sessions: DataFrame, params: Params
) -> DataFrame:
    fits = {day: book_calendar().session(day).closes_at for day in days_of(sessions) if is_last_of_week(day)}
    samples = _samples(client_features_daily, churn_labels_daily, fits, params)
    declared = struct_type(CHURN_MODELS.columns)
    return samples.coalesce(1).mapInArrow(_fitting(fits, params), declared)


def is_last_of_week(day: date) -> bool:
    """Whether the next session lies in another ISO week."""
    return book_calendar().shift(day, 1).isocalendar()[:2] != day.isocalendar()[:2]


def _samples(features: DataFrame, labels: DataFrame, fits: Iterable[date], params: Params) -> DataFrame:
    """Labelled rows of the sessions that any of the fits may want; none where nothing is to be fitted."""
    wanted = sorted({day for fitted_on in fits for day in _sample_days(fitted_on, params)})
    of_those = F.col("session_date").isin(wanted)
    known = labels.where(of_those).select("session_date", "client_id", "outcome_to_date", "has_left")
    return features.where(of_those).join(known, ["session_date", "client_id"], how="inner")


def _sample_days(fitted_on: date, params: Params) -> list[date]:
    days = book_calendar().last(fitted_on, params.history_sessions + 1)
    return [day for day in days if is_last_of_week(day)] if params.samples_weekly else days


def _fitting(
    fits: dict[date, datetime], params: Params
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    sample_days = {fitted_on: _sample_days(fitted_on, params) for fitted_on in fits}

    def fit_each(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        held = list(batches)
        if not held:
            return
        samples = pa.Table.from_batches(held).to_pandas(date_as_object=True)
        for fitted_on, closes_at in fits.items():
            known = samples["session_date"].isin(sample_days[fitted_on]) & (
                samples["outcome_to_date"] <= fitted_on
            )
            rows = _row(samples[known], fitted_on, closes_at, params)
            yield pa.RecordBatch.from_pylist(rows, schema=arrow_fields(CHURN_MODELS.columns))

    return fit_each


def _row(samples: pd.DataFrame, fitted_on: date, closes_at: datetime, params: Params) -> list[dict[str, Any]]:
    """The table's row of one fit; none where the samples are too few."""
    fitted = fit(samples, _NAMES, params.fitting)
    if fitted is None:
        return []
    return [
        {
            "session_date": fitted_on,
            "model_id": identity(fitted),
            "model_status": fitted.status,
            "model_json": model_json.to_json(fitted.model),
            "feature_names": _NAMES,
            "trained_from_date": samples["session_date"].min(),
            "trained_to_date": samples["session_date"].max(),
            "n_samples": fitted.n_samples,
            "n_positives": fitted.n_leavers,
            "metrics_json": fitted.metrics_json,
            "recorded_at": closes_at,
        }
    ]


JOB = Job(
    writes=CHURN_MODELS,
    reads=(
        lookback(CLIENT_FEATURES_DAILY, "history_sessions"),
        lookback(CHURN_LABELS_DAILY, "history_sessions"),
    ),
    transform=churn_models,
    params={
        "standard": Params(
            FittingParams(model.STANDARD, min_samples=1_000, min_leavers=30, accepts_unjudged=False)
        ),
        "small": Params(
            FittingParams(model.SMALL, min_samples=50, min_leavers=1, accepts_unjudged=True),
            history_sessions=20,
            samples_weekly=False,
        ),
    },
)
