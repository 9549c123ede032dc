"""How likely each active client is to leave, why, and what to do about it.

A session is scored by the newest model that was accepted and recorded by its close; while there is none, a session has
no scores. A client's score depends on the client alone, its rank on everybody's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from lake.errors import JobError
from lake.job import Job, whole
from models.churn import model_json
from models.churn.actions import RetentionParams, propose
from models.churn.model import ChurnModel, contributions, score
from models.churn.reasons import top_reasons
from schemas.churn import CHURN_MODELS, CHURN_SCORES_DAILY, CLIENT_FEATURES_DAILY, FEATURES

_NAMES = [column.name for column in FEATURES]
# A feature's sentence up to its first comma or colon names it.
_WORDS = {each.name: each.doc[0].lower() + re.split("[,:.]", each.doc[1:])[0] for each in FEATURES}
_SCORED = (
    "session_date date, client_id string, churn_probability_ratio double, action_name string, "
    "top_reasons array<string>, model_id string"
)


@dataclass(frozen=True)
class Params:
    """By judgement. value_ratio: what a kept client brings, as a fraction of its assets: 1.5 % a year for three years.

    n_reasons: sentences a client.
    """

    retention: RetentionParams = RetentionParams()  # noqa: RUF009
    value_ratio: float = 0.045
    n_reasons: int = 3


def churn_scores_daily(
    client_features_daily: DataFrame, churn_models: DataFrame, sessions: DataFrame, params: Params
) -> DataFrame:
    chosen = _chosen(churn_models, sessions)
    # A model a week: those of a run are few, and each is needed by every task.
    used = chosen.select("model_id", "model_json").distinct().collect()
    models = {row["model_id"]: _as_fitted(row["model_id"], row["model_json"]) for row in used}
    rows = client_features_daily.join(
        F.broadcast(chosen.select("session_date", "model_id")), "session_date", how="inner"
    )
    scored = rows.select("session_date", "client_id", "model_id", *_NAMES).mapInArrow(
        _scoring(models, params), _SCORED
    )
    best_first = Window.partitionBy("session_date").orderBy(
        F.col("churn_probability_ratio").desc(), "client_id"
    )
    return scored.withColumn("rank", F.row_number().over(best_first))


def _as_fitted(model_id: str, text: str) -> str:
    """The text of a model. Raises JobError where it is not the one that was fitted under this identifier."""
    found = model_json.digest(model_json.from_json(text))
    if found != model_id:
        raise JobError(
            f"gold.churn_models has under model_id {model_id} a model whose digest is {found}, so it was changed after it was "
            "fitted: restore the table, or fit that session's again with `python -m jobs run churn_models`"
        )
    return text


def _chosen(churn_models: DataFrame, sessions: DataFrame) -> DataFrame:
    """session_date, model_id, model_json: for each session the newest accepted model recorded by its close."""
    accepted = churn_models.where("model_status = 'accepted'").select(
        F.col("session_date").alias("fitted_date"), "model_id", "model_json", "recorded_at"
    )
    newest = Window.partitionBy("session_date").orderBy(
        F.col("recorded_at").desc(), F.col("fitted_date").desc(), "model_id"
    )
    return (
        accepted.join(F.broadcast(sessions), F.col("recorded_at") <= F.col("closes_at"), how="inner")
        .withColumn("place", F.row_number().over(newest))
        .where("place = 1")
        .select("session_date", "model_id", "model_json")
    )


def _scoring(
    models: Mapping[str, str], params: Params
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def score_batches(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        read = {model_id: model_json.from_json(text) for model_id, text in models.items()}
        for batch in batches:
            rows = batch.to_pandas(date_as_object=True)
            for model_id, of_model in rows.groupby("model_id", sort=False):
                yield _scored(read[str(model_id)], of_model, params)

    return score_batches


def _scored(fitted: ChurnModel, rows: pd.DataFrame, params: Params) -> pa.RecordBatch:
    features = rows[_NAMES].astype(float)
    probabilities = score(fitted, features)
    reasons = top_reasons(fitted, features, params.n_reasons)
    terms = contributions(fitted, features)
    worst = [_NAMES[column] if terms[row, column] > 0 else None for row, column in enumerate(terms.argmax(1))]
    # Unknown assets bring nothing that is known of.
    values = params.value_ratio * np.nan_to_num(np.expm1(features["log_assets"].to_numpy()), nan=0.0)
    return pa.RecordBatch.from_pydict(
        {
            "session_date": pa.array(rows["session_date"], pa.date32()),
            "client_id": pa.array(rows["client_id"], pa.string()),
            "churn_probability_ratio": probabilities,
            "action_name": [
                propose(client_id, probability, value, top, params.retention)
                for client_id, probability, value, top in zip(
                    rows["client_id"], probabilities.tolist(), values.tolist(), worst, strict=True
                )
            ],
            "top_reasons": pa.array(
                [[reason.sentence(_WORDS) for reason in each] for each in reasons], pa.list_(pa.string())
            ),
            "model_id": pa.array(rows["model_id"], pa.string()),
        }
    )


JOB = Job(
    writes=CHURN_SCORES_DAILY,
    reads=(
        CLIENT_FEATURES_DAILY,
        # Read whole, a row a week: as of a session it would give the newest model, which may be a refused one.
        whole(CHURN_MODELS),
    ),
    transform=churn_scores_daily,
    params={"standard": Params(), "small": Params()},
)
