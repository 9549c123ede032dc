"""Why a client scores as they do, in words."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.churn.model import ChurnModel, contributions
from models.churn.preparation import values_of


@dataclass(frozen=True)
class Reason:
    """One feature's part in a score.

    contribution: log-odds, above zero where it raises the risk. value: the client's, None when missing.
    usual: the median client's. Both in the feature's unit.
    """

    column: str
    contribution: float
    value: float | None
    usual: float

    def sentence(self, labels: Mapping[str, str] | None = None) -> str:
        """`days since last trade is 42 (usually 6), which raises the risk`; labels: words for a column."""
        label = (labels or {}).get(self.column, self.column.replace("_", " "))
        effect = "raises" if self.contribution > 0 else "lowers"
        value = "missing" if self.value is None else f"{self.value:.4g}"
        return f"{label} is {value} (usually {self.usual:.4g}), which {effect} the risk"


def top_reasons(model: ChurnModel, features: pd.DataFrame, limit: int) -> list[tuple[Reason, ...]]:
    """For each sample, at most `limit` features that move its score most, the largest first.

    Ties stand in the order of the columns. Features that move nothing are left out. Errors as for `score`.
    """
    terms, values = contributions(model, features), values_of(features)
    order = np.argsort(-np.abs(terms), axis=1, kind="stable")[:, :limit]
    return [
        tuple(
            _reason(model, int(column), terms[row], values[row]) for column in columns if terms[row, column]
        )
        for row, columns in enumerate(order)
    ]


def _reason(model: ChurnModel, column: int, terms: np.ndarray, values: np.ndarray) -> Reason:
    value = None if np.isnan(values[column]) else float(values[column])
    return Reason(model.columns[column], float(terms[column]), value, model.preparation.medians[column])
