import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.churn.calibration import Calibration, calibrate, probability
from models.churn.measures import roc_auc
from models.churn.model import STANDARD, ChurnModel, ChurnParams, contributions, fit, score
from models.churn.model_json import digest, from_json, to_json
from models.churn.reasons import Reason, top_reasons

N_SAMPLES = 4_000


def samples(seed: int, n_samples: int = N_SAMPLES) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Leaving has log-odds idle_days / 10 - 1.5 (standard deviations: idle 1), nothing else matters."""
    random = np.random.default_rng(seed)
    idle = random.normal(30.0, 10.0, n_samples)
    features = pd.DataFrame(
        {
            "idle_days": idle,
            "age_years": random.normal(45, 12, n_samples),
            "fee_amount": np.where(random.random(n_samples) < 0.2, np.nan, random.lognormal(3, 2, n_samples)),
            "constant": np.full(n_samples, 0.1),
        }
    )
    leaves = random.random(n_samples) < 1 / (1 + np.exp(-((idle - 30) / 10 - 1.5)))
    days = np.datetime64("2022-01-01") + 7 * (np.arange(n_samples) % 40)
    return features, leaves.astype(int), days


FEATURES, LABELS, DATES = samples(1)
LATER, LATER_LABELS, _ = samples(2)


@pytest.fixture(scope="module")
def model() -> ChurnModel:
    return fit(FEATURES, LABELS, DATES, STANDARD)


def test_finds_what_matters_and_little_else(model: ChurnModel) -> None:
    assert model.coefficients[0] == pytest.approx(1.0, abs=0.15)
    assert np.abs(model.coefficients[1:]).max() < 0.15
    # The best possible AUC for this noise, from the true log-odds.
    best = roc_auc(LATER_LABELS, LATER["idle_days"])
    assert roc_auc(LATER_LABELS, score(model, LATER)) == pytest.approx(best, abs=0.01)


@pytest.mark.parametrize(("method", "tolerance"), [("platt", 0.05), ("isotonic", 0.08), ("none", 0.05)])
def test_probabilities_mean_what_they_say(method: str, tolerance: float) -> None:
    model = fit(FEATURES, LABELS, DATES, ChurnParams(calibration=method))  # type: ignore[arg-type]
    assert model.calibration.method == method
    probabilities = score(model, LATER)
    for low, high in [(0.0, 0.1), (0.1, 0.3), (0.3, 1.0)]:
        chosen = (probabilities >= low) & (probabilities < high)
        assert LATER_LABELS[chosen].mean() == pytest.approx(probabilities[chosen].mean(), abs=tolerance)


def test_calibration_repairs_a_model_that_was_held_back() -> None:
    timid = {
        method: score(
            fit(FEATURES, LABELS, DATES, ChurnParams(inverse_regularisation=1e-4, calibration=method)), LATER
        )
        for method in ("none", "platt")
    }
    surest = np.argsort(timid["none"])[-400:]
    observed = LATER_LABELS[surest].mean()
    assert timid["none"][surest].mean() < observed - 0.15
    assert timid["platt"][surest].mean() == pytest.approx(observed, abs=0.05)


def test_shuffled_labels_give_about_a_half() -> None:
    shuffled = np.random.default_rng(3).permutation(LABELS)
    model = fit(FEATURES, shuffled, DATES, STANDARD)
    random_labels = np.random.default_rng(4).permutation(LATER_LABELS)
    assert 0.45 < roc_auc(random_labels, score(model, LATER)) < 0.55
    assert score(model, LATER).std() < 0.05


def test_the_same_samples_give_the_same_model_to_the_bit(model: ChurnModel) -> None:
    again = fit(FEATURES.copy(), LABELS.tolist(), DATES, STANDARD)
    assert digest(again) == digest(model)
    assert digest(fit(FEATURES, LABELS, DATES, ChurnParams(inverse_regularisation=0.2))) != digest(model)


@settings(max_examples=20)
@given(st.integers(1, N_SAMPLES - 1))
def test_a_score_does_not_depend_on_its_neighbours(cut: int) -> None:
    fitted = fit(FEATURES[:400], LABELS[:400], DATES[:400], ChurnParams(calibration="none"))
    parts = [score(fitted, LATER[:cut]), score(fitted, LATER[cut:])]
    assert np.concatenate(parts).tobytes() == score(fitted, LATER).tobytes()


def test_json_round_trip_keeps_every_bit(model: ChurnModel) -> None:
    read = from_json(to_json(model))
    assert read == model
    assert digest(read) == digest(model)
    assert score(read, LATER).tobytes() == score(model, LATER).tobytes()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "format is None"),
        ('{"format":"other"}', "format is 'other'"),
        ('{"format":"brokerlake.churn_model.v1"}', "not a churn model: 'preparation'"),
    ],
)
def test_other_json_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        from_json(text)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (["idle_days", "age_years", "constant"], "lacking fee_amount"),
        (["idle_days", "age_years", "fee_amount", "constant", "x"], "unknown x"),
        (
            ["age_years", "idle_days", "fee_amount", "constant"],
            "column 0 is age_years, the model's is idle_days",
        ),
        (["idle_days", "age_years", "fee_amount", "constant", "constant"], "a column stands twice"),
    ],
)
def test_other_columns_are_refused_by_name(model: ChurnModel, columns: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        score(model, LATER.assign(x=0.0)[columns])


def test_contributions_add_up_to_the_log_odds(model: ChurnModel) -> None:
    log_odds = model.intercept + contributions(model, LATER).sum(axis=1)
    calibrated = 1 / (1 + np.exp(-(model.calibration.slope * log_odds + model.calibration.intercept)))
    assert score(model, LATER) == pytest.approx(calibrated, abs=1e-12)


def test_reasons_name_direction_value_and_the_usual_value(model: ChurnModel) -> None:
    idle = LATER.iloc[[0, 1]].assign(idle_days=[60.0, 1.0])
    first, second = top_reasons(model, idle, limit=2)
    assert (first[0].column, first[0].value, len(first)) == ("idle_days", 60.0, 2)
    assert first[0].usual == pytest.approx(30.0, abs=1.0)
    assert first[0].contribution > 0 > second[0].contribution
    reason = Reason("idle_days", 0.5, 60.0, 30.0)
    assert reason.sentence() == "idle days is 60 (usually 30), which raises the risk"
    missing = Reason("idle_days", -0.5, None, 30.0)
    assert missing.sentence({"idle_days": "Days since the last trade"}) == (
        "Days since the last trade is missing (usually 30), which lowers the risk"
    )


def test_missing_is_a_signal_where_training_saw_it() -> None:
    features = pd.DataFrame({"answered": [1.0, np.nan] * 200})
    labels = [0, 1] * 200
    model = fit(features, labels, np.full(400, "2022-01-03"), STANDARD)
    present, missing = score(model, pd.DataFrame({"answered": [1.0, np.nan]}))
    assert missing > 0.8 > 0.2 > present


def test_few_leavers_leave_the_model_uncalibrated() -> None:
    model = fit(FEATURES[:100], LABELS[:100], DATES[:100], STANDARD)
    assert model.calibration == Calibration()
    assert model.n_samples == 100


def test_calibration_days_and_embargo_are_not_fitted_on(model: ChurnModel) -> None:
    # 40 weekly dates of 100 samples: the last 10 calibrate, and the 5 weeks before them are left out.
    assert model.n_samples == 100 * (40 - 10 - 5)
    at_once = fit(FEATURES, LABELS, DATES, ChurnParams(embargo_days=0))
    assert at_once.n_samples == 100 * 30


def test_a_model_that_orders_a_slice_backwards_is_not_turned_round() -> None:
    log_odds = np.linspace(-2, 2, 100)
    assert calibrate(log_odds, (log_odds < 0).astype(np.int64), "platt") == Calibration()


def test_isotonic_stays_between_its_ends() -> None:
    steps = Calibration("isotonic", knots=(-1.0, 1.0), probabilities=(0.2, 0.6))
    assert probability(steps, np.array([-9.0, 0.0, 9.0])).tolist() == pytest.approx([0.2, 0.4, 0.6])


@pytest.mark.parametrize(
    ("features", "labels", "message"),
    [
        (pd.DataFrame({"a": [1.0, 2.0]}), [1, 1], "one class only"),
        (pd.DataFrame({"a": [1.0, 2.0]}), [0, 2], "each must be 1"),
        (pd.DataFrame({"a": [1.0]}), [0, 1], "must be equal"),
        (pd.DataFrame({"a": [1.0, np.inf]}), [0, 1], "infinite values in a"),
    ],
)
def test_samples_that_cannot_be_fitted_are_refused(
    features: pd.DataFrame, labels: list[int], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        fit(features, labels, np.full(len(labels), "2022-01-03"), STANDARD)
