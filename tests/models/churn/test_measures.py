import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from models.churn.measures import ChurnQuality, judge, leak_alarms, roc_auc
from models.intervals import Resampling

FEW = Resampling(n_draws=20)
sampled = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 8)), min_size=4, max_size=80).filter(
    lambda rows: len({label for label, _ in rows}) == 2
)


def judged(labels: list[int], scores: list[float], params: Resampling = FEW) -> ChurnQuality:
    quality = judge(labels, scores, np.arange(len(labels)), params)
    assert quality is not None
    return quality


@settings(max_examples=50)
@given(sampled)
def test_agrees_with_scikit_learn_ties_included(rows: list[tuple[int, int]]) -> None:
    labels, scores = [label for label, _ in rows], [number / 8 for _, number in rows]
    quality = judged(labels, scores, Resampling(n_draws=2))
    assert quality.roc_auc.value == pytest.approx(metrics.roc_auc_score(labels, scores))
    assert quality.average_precision.value == pytest.approx(metrics.average_precision_score(labels, scores))
    assert quality.brier.value == pytest.approx(metrics.brier_score_loss(labels, scores))


def test_lift_by_hand() -> None:
    # 4 of 20 leave; the two highest scores hold 2 of them: 1.0 / 0.2.
    labels, scores = [1, 1, 0, 1, 0, 0, 1] + [0] * 13, [(20 - rank) / 20 for rank in range(20)]
    quality = judged(labels, scores)
    assert quality.top_lift.value == pytest.approx(5.0)
    assert quality.base_rate == 0.2
    assert quality.brier_of_base_rate == pytest.approx(0.16)


def test_lift_of_equal_scores_is_one() -> None:
    assert judged([1, 0, 0, 0, 0] * 4, [0.5] * 20).top_lift.value == pytest.approx(1.0)


def test_intervals_hold_the_value_and_narrow_with_clients() -> None:
    random = np.random.default_rng(5)
    scores = random.random(2_000)
    labels = (random.random(2_000) < scores).astype(int).tolist()
    many = judged(labels, scores.tolist(), Resampling(n_draws=200))
    few = judged(labels[:200], scores[:200].tolist(), Resampling(n_draws=200))
    assert many.roc_auc.lower < many.roc_auc.value < many.roc_auc.upper
    assert many.roc_auc.upper - many.roc_auc.lower < few.roc_auc.upper - few.roc_auc.lower


def test_intervals_resample_clients_not_samples() -> None:
    random = np.random.default_rng(6)
    scores = random.random(300)
    labels = (random.random(300) < scores).astype(int)
    alone = judge(labels, scores, np.arange(300), Resampling(n_draws=200))
    repeated = judge(
        np.tile(labels, 9), np.tile(scores, 9), np.tile(np.arange(300), 9), Resampling(n_draws=200)
    )
    assert alone is not None
    assert repeated is not None
    assert repeated.n_clients == 300
    assert repeated.roc_auc.lower == pytest.approx(alone.roc_auc.lower)


def test_the_seed_decides_the_interval() -> None:
    labels, scores = [1, 0, 1, 0, 0, 1] * 5, [0.1 * (i % 7) for i in range(30)]
    assert judged(labels, scores) == judged(labels, scores)
    assert judged(labels, scores) != judged(labels, scores, Resampling(n_draws=20, seed=1))


def test_one_class_only_has_no_quality() -> None:
    assert judge([0, 0, 0], [0.1, 0.2, 0.3], ["a", "b", "c"], FEW) is None
    assert np.isnan(roc_auc([1, 1], [0.1, 0.2]))


def test_missing_scores_are_refused() -> None:
    with pytest.raises(ValueError, match="scores: 1 are missing"):
        judge([0, 1], [0.5, float("nan")], ["a", "b"], FEW)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_feature_that_is_the_label_is_alarming(sign: float) -> None:
    labels = np.array([0, 1] * 50)
    features = pd.DataFrame({"closing_page": sign * labels, "age": np.tile(np.arange(50), 2)})
    alarms = leak_alarms(features, labels, labels.astype(float))
    assert alarms == (
        "the model's AUC is 1.000, above 0.95: look for a leak",
        "closing_page alone has an AUC of 1.000, above 0.9",
    )


def test_honest_features_raise_no_alarm() -> None:
    labels = np.array([0, 1] * 50)
    features = pd.DataFrame({"age": [np.nan, *range(99)]})
    assert leak_alarms(features, labels, np.full(100, 0.5)) == ()
