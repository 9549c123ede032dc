"""How good churn scores are, with intervals, and alarms for scores that are too good.

Intervals resample clients, not samples: the samples of one client at several dates say much the same.
Ties in the score share their samples: no measure depends on the order of rows.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from models.intervals import Measured, Resampling

Floats = NDArray[np.float64]

TOP_SHARE = 0.1
"""Fraction of samples that lift looks at: the top decile, DOMAIN §4.5."""
LEAK_AUC = 0.95
"""ROC AUC of the model above which a leak is looked for; DOMAIN §4.4."""
LEAK_AUC_ALONE = 0.9
"""The same for one feature alone; DOMAIN §4.4."""


@dataclass(frozen=True)
class ChurnQuality:
    """base_rate: share of leavers: what average precision is for random scores, and the unit of lift.

    brier: mean squared error of the probability; `brier_of_base_rate` is that of always saying base_rate.
    """

    n_samples: int
    n_clients: int
    n_leavers: int
    base_rate: float
    brier_of_base_rate: float
    roc_auc: Measured
    average_precision: Measured
    top_lift: Measured
    brier: Measured


@dataclass(frozen=True)
class _Ranked:
    """Samples grouped by equal score, groups from the highest score down."""

    group: NDArray[np.int64]
    labels: Floats
    squared_errors: Floats


def judge(
    labels: ArrayLike, scores: ArrayLike, client_ids: ArrayLike, resampling: Resampling
) -> ChurnQuality | None:
    """All measures; None where the labels hold one class only, since then none of them means anything.

    labels: 1 left, 0 stayed. scores: probabilities. Raises ValueError on missing scores.
    """
    outcome, probabilities = np.asarray(labels, dtype=np.float64), np.asarray(scores, dtype=np.float64)
    if not np.isfinite(probabilities).all():
        raise ValueError(f"scores: {np.count_nonzero(~np.isfinite(probabilities))} are missing or not finite")
    if len(np.unique(outcome)) < 2:
        return None
    _, clients = np.unique(np.asarray(client_ids), return_inverse=True)
    ranked = _rank(outcome, probabilities)
    values = _measures(ranked, np.ones(len(outcome)))
    draws = _draws(ranked, clients, resampling)
    measured = [resampling.measured(float(value), draws[:, i]) for i, value in enumerate(values)]
    base_rate = float(outcome.mean())
    return ChurnQuality(
        len(outcome),
        int(clients.max()) + 1,
        int(outcome.sum()),
        base_rate,
        base_rate * (1 - base_rate),
        *measured,
    )


def roc_auc(labels: ArrayLike, scores: ArrayLike) -> float:
    """Probability that a leaver scores above a stayer, ties counting half. NaN where there is one class."""
    outcome, values = np.asarray(labels, dtype=np.float64), np.asarray(scores, dtype=np.float64)
    if len(np.unique(outcome)) < 2:
        return float("nan")
    return float(_measures(_rank(outcome, values), np.ones(len(outcome)))[0])


def leak_alarms(features: pd.DataFrame, labels: ArrayLike, scores: ArrayLike) -> tuple[str, ...]:
    """Sentences for what looks like a leak: the model, or one feature alone in either direction, too good.

    A missing feature ranks lowest. Empty when nothing is suspect or the labels hold one class only.
    """
    found = []
    auc = roc_auc(labels, scores)
    if auc > LEAK_AUC:
        found.append(f"the model's AUC is {auc:.3f}, above {LEAK_AUC}: look for a leak")
    for name in features.columns:
        column = features[name].to_numpy(dtype=np.float64, na_value=np.nan)
        alone = roc_auc(labels, np.where(np.isnan(column), -np.inf, column))
        if max(alone, 1 - alone) > LEAK_AUC_ALONE:
            found.append(f"{name} alone has an AUC of {max(alone, 1 - alone):.3f}, above {LEAK_AUC_ALONE}")
    return tuple(found)


def _rank(labels: Floats, scores: Floats) -> _Ranked:
    _, ascending = np.unique(scores, return_inverse=True)
    return _Ranked(ascending.max() - ascending, labels, (scores - labels) ** 2)


def _measures(ranked: _Ranked, weights: Floats) -> Floats:
    """ROC AUC, average precision, lift in the top share, Brier, of weighted samples."""
    leavers = np.bincount(ranked.group, weights * ranked.labels)
    samples = np.bincount(ranked.group, weights)
    stayers = samples - leavers
    n_leavers, n_stayers = leavers.sum(), stayers.sum()
    found, looked_at = np.cumsum(leavers), np.cumsum(samples)
    below = n_stayers - np.cumsum(stayers)
    auc = (leavers * (below + stayers / 2)).sum() / (n_leavers * n_stayers)
    # A draw may leave the highest groups empty: no precision there, and no leavers to weigh it with.
    precision = np.divide(found, looked_at, out=np.zeros_like(found), where=looked_at > 0)
    top = TOP_SHARE * looked_at[-1]
    in_top = np.interp(top, np.concatenate([[0.0], looked_at]), np.concatenate([[0.0], found]))
    lift = (in_top / top) / (n_leavers / looked_at[-1])
    # Infinite scores rank features; they have no Brier, and nobody asks for it.
    brier = (weights * ranked.squared_errors).sum() / weights.sum()
    return np.array([auc, (leavers * precision).sum() / n_leavers, lift, brier])


def _draws(ranked: _Ranked, clients: NDArray[np.int64], resampling: Resampling) -> Floats:
    """Measures of each draw of clients with replacement; draws with one class only are left out."""
    found = []
    for counts in resampling.draws(int(clients.max()) + 1):
        weights = counts[clients].astype(np.float64)
        if 0 < (weights * ranked.labels).sum() < weights.sum():
            found.append(_measures(ranked, weights))
    return np.array(found).reshape(len(found), 4)
