"""Do churn scores tell who leaves? On sessions whose outcome window has ended, by our labels and by what clients meant.

One session a week is judged, its last: the scores of neighbouring sessions say much the same. Scores are those that were
published first. What is judged was scored by a model that knew nothing of the outcome, if `as_of` did its work: an area
under the curve beyond `LEAK_AUC` says that it did not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from evaluation.section import Cell, Fact, Grid, Section, interval_figures, with_interval
from evaluation.weekly import last_of_each_week
from ingestion.simulator.truth import Leaver, Truth
from lake.reader import query
from lake.settings import Settings
from models.churn.measures import LEAK_AUC, ChurnQuality
from models.churn.measures import judge as quality
from models.intervals import Resampling

SCORES = "SELECT session_date, client_id, revision, churn_probability_ratio FROM gold.churn_scores_daily"
LABELS = """
    SELECT session_date, client_id, has_left, outcome_from_date, outcome_to_date FROM gold.churn_labels_daily
"""
MIN_LEAVERS = 20
"""Clients who left, below which a figure is chance: no alarm is raised on fewer."""


@dataclass(frozen=True)
class ChurnResult:
    """Quality by our labels and by the truth, None where nobody or everybody left.

    n_scored_sessions: sessions with scores; sessions: the weekly ones among them whose outcome is known.
    n_leavers: clients who left, each once, by our labels and by the truth; n_agreed: samples on which both say so.
    """

    n_scored_sessions: int
    sessions: tuple[date, ...]
    n_samples: int
    by_label: ChurnQuality | None
    by_truth: ChurnQuality | None
    n_leavers_by_label: int
    n_leavers_by_truth: int
    n_left_samples_by_label: int
    n_left_samples_by_truth: int
    n_agreed: int

    @property
    def enough(self) -> bool:
        return min(self.n_leavers_by_label, self.n_leavers_by_truth) >= MIN_LEAVERS

    @property
    def highest_auc(self) -> float | None:
        """The highest area under the curve of those that can be told; None where none can."""
        told = [
            found.roc_auc.value
            for found, n_leavers in (
                (self.by_label, self.n_leavers_by_label),
                (self.by_truth, self.n_leavers_by_truth),
            )
            if found is not None and n_leavers >= MIN_LEAVERS
        ]
        return max(told, default=None)


def judge(
    scores: pd.DataFrame, labels: pd.DataFrame, leavers: Iterable[Leaver], resampling: Resampling
) -> ChurnResult:
    """scores: session_date, client_id, revision, churn_probability_ratio. labels: session_date, client_id, has_left and the
    outcome window's outcome_from_date and outcome_to_date, both in it. Days are dates.
    """
    judged = last_of_each_week(set(scores["session_date"]) & set(labels["session_date"]))
    first = scores.sort_values("revision").drop_duplicates(["session_date", "client_id"])
    samples = first[first["session_date"].isin(judged)].merge(
        labels, on=["session_date", "client_id"], how="inner", validate="one_to_one"
    )
    samples = samples.sort_values(["session_date", "client_id"])
    by_label = samples["has_left"].to_numpy(dtype=bool)
    by_truth = _left_in_window(samples, leavers)
    clients = samples["client_id"].to_numpy()
    chances = samples["churn_probability_ratio"].to_numpy(dtype=float)
    return ChurnResult(
        scores["session_date"].nunique(),
        judged,
        len(samples),
        quality(by_label, chances, clients, resampling) if len(samples) else None,
        quality(by_truth, chances, clients, resampling) if len(samples) else None,
        len(set(clients[by_label])),
        len(set(clients[by_truth])),
        int(by_label.sum()),
        int(by_truth.sum()),
        int((by_label & by_truth).sum()),
    )


def _left_in_window(samples: pd.DataFrame, leavers: Iterable[Leaver]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    left: dict[str, list[date]] = {}
    for leaver in leavers:
        if leaver.left_date is not None:
            left.setdefault(leaver.client_id, []).append(date.fromisoformat(leaver.left_date))
    windows = zip(samples["client_id"], samples["outcome_from_date"], samples["outcome_to_date"], strict=True)
    return np.array(
        [any(first <= day <= last for day in left.get(client, ())) for client, first, last in windows],
        dtype=bool,
    )


def section(settings: Settings, truth: Truth) -> Section:
    """Reads gold.churn_scores_daily and gold.churn_labels_daily."""
    scores = query(settings, SCORES).to_pandas(date_as_object=True)
    labels = query(settings, LABELS).to_pandas(date_as_object=True)
    return told(judge(scores, labels, truth.leavers, Resampling()))


def told(result: ChurnResult) -> Section:
    """The answer as a section."""
    found = (("our labels", result.by_label), ("the truth", result.by_truth))
    return Section(
        name="churn",
        title="Churn: scores against who left later (with 95 % intervals over clients)",
        facts=_facts(result),
        grids=(_grid([(name, each) for name, each in found if each is not None]),),
        notes=_notes(result),
        figures={
            "n_scored_sessions": result.n_scored_sessions,
            "sessions": [day.isoformat() for day in result.sessions],
            "n_samples": result.n_samples,
            "n_leavers_by_label": result.n_leavers_by_label,
            "n_leavers_by_truth": result.n_leavers_by_truth,
            "n_agreed": result.n_agreed,
            "by_label": _figures(result.by_label),
            "by_truth": _figures(result.by_truth),
        },
    )


def _facts(result: ChurnResult) -> tuple[Fact, ...]:
    auc = result.highest_auc
    return (
        ()
        if auc is None
        else (Fact(f"the AUC is {auc:.3f}; above {LEAK_AUC} it would mean a leak", auc <= LEAK_AUC),)
    )


def _notes(result: ChurnResult) -> tuple[str, ...]:
    if not result.n_scored_sessions:
        return ("no session has scores: no model has been accepted, for too few clients have left so far",)
    if not result.sessions:
        unknown = "none of them has an outcome window that has ended"
        return (f"nothing to judge yet: {result.n_scored_sessions} sessions have scores, and {unknown}",)
    days = f"{result.n_samples} samples of {len(result.sessions)} weekly sessions, {result.sessions[0]} to {result.sessions[-1]}"
    agreed = (
        f"{days}; our labels say left in {result.n_left_samples_by_label}, the truth in "
        f"{result.n_left_samples_by_truth}, both in {result.n_agreed}"
    )
    few = (
        f"too few leavers to tell: {result.n_leavers_by_label} clients by our labels, {result.n_leavers_by_truth} by the "
        f"truth, and {MIN_LEAVERS} are needed"
    )
    return (agreed,) if result.enough else (agreed, few)


def _grid(found: list[tuple[str, ChurnQuality]]) -> Grid:
    """One column an answer: intervals are wide."""
    if not found:
        return Grid((), ())
    qualities = [each for _, each in found]
    rows: tuple[tuple[Cell, ...], ...] = (
        ("samples that left", *(each.n_leavers for each in qualities)),
        ("base rate", *(f"{each.base_rate:.3f}" for each in qualities)),
        ("average precision", *(with_interval(each.average_precision) for each in qualities)),
        ("top-decile lift", *(with_interval(each.top_lift) for each in qualities)),
        ("Brier", *(with_interval(each.brier) for each in qualities)),
        ("Brier of the base rate", *(f"{each.brier_of_base_rate:.3f}" for each in qualities)),
        ("AUC", *(with_interval(each.roc_auc) for each in qualities)),
    )
    return Grid(("against", *(name for name, _ in found)), rows)


def _figures(found: ChurnQuality | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "n_samples": found.n_samples,
        "n_clients": found.n_clients,
        "n_left_samples": found.n_leavers,
        "base_rate": found.base_rate,
        "brier_of_base_rate": found.brier_of_base_rate,
        "roc_auc": interval_figures(found.roc_auc),
        "average_precision": interval_figures(found.average_precision),
        "top_decile_lift": interval_figures(found.top_lift),
        "brier": interval_figures(found.brier),
    }
