"""Logistic regression on standardised features: which clients leave.

Linear because it is robust on few leavers, and because its terms explain each score. Fitting draws no
random numbers: the same samples in the same order give the same model to the bit.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from models.churn.calibration import Calibration, Method, calibrate, probability
from models.churn.preparation import Floats, Preparation, learn, prepare


@dataclass(frozen=True)
class ChurnParams:
    """How a model is fitted. Set by judgement for a few thousand samples with some hundred leavers.

    inverse_regularisation: scikit-learn's C, larger is freer; ridge penalty on standardised features.
    clip_deviations: standard deviations beyond which a value is cut, so that one fortune rules nothing.
    calibration: method, fitted on the latest sample dates, which the linear part then does not see.
    calibration_share: those dates as a fraction of all sample dates.
    embargo_days: calendar days before them that nobody uses, because outcomes there would overlap theirs:
        a gap of 5 and an outcome of 20 sessions are 35 calendar days (DOMAIN §4.2).
    min_leavers: leavers (and stayers) that the calibration slice must hold, else nothing is calibrated.
    """

    inverse_regularisation: float = 0.1
    clip_deviations: float = 5.0
    calibration: Method = "platt"
    calibration_share: float = 0.25
    embargo_days: int = 35
    min_leavers: int = 20


STANDARD = ChurnParams()
SMALL = ChurnParams(embargo_days=0, min_leavers=5)


@dataclass(frozen=True)
class ChurnModel:
    """A fitted model, whole: plain numbers, no library's object.

    coefficients, missing_coefficients: log-odds a standard deviation, and log-odds for being missing.
    intercept: log-odds. n_samples, n_leavers: what the linear part was fitted on.
    """

    preparation: Preparation
    coefficients: tuple[float, ...]
    missing_coefficients: tuple[float, ...]
    intercept: float
    calibration: Calibration
    n_samples: int
    n_leavers: int

    @property
    def columns(self) -> tuple[str, ...]:
        return self.preparation.columns


def fit(
    features: pd.DataFrame, labels: ArrayLike, sample_dates: ArrayLike, params: ChurnParams
) -> ChurnModel:
    """A model of which samples leave.

    features: samples x features, numbers; missing allowed, infinite refused. labels: 1 leaves, 0 stays.
    sample_dates: the day each sample is taken at, datetime64. Raises ValueError when labels are other
    than 0 and 1, lengths differ, or the samples to fit on hold one class only.
    """
    outcome, dates = _outcome(labels), np.asarray(sample_dates, dtype="datetime64[D]")
    if not len(features) == len(outcome) == len(dates):
        raise ValueError(f"{len(features)} samples, {len(outcome)} labels, {len(dates)} dates: must be equal")
    fitted_on, calibrated_on = _split(outcome, dates, params)
    if len(np.unique(outcome[fitted_on])) < 2:
        raise ValueError(f"{np.count_nonzero(fitted_on)} samples to fit on hold one class only")
    # One thread: with more, the order of sums in the solver, and so the last bits, may change.
    with threadpool_limits(limits=1):
        model = _fit_linear(features[fitted_on], outcome[fitted_on], params)
        if not calibrated_on.any():
            return model
        log_odds = _log_odds(model, prepare(model.preparation, features[calibrated_on]))
        calibration = calibrate(log_odds, outcome[calibrated_on], params.calibration)
        return replace(model, calibration=calibration)


def score(model: ChurnModel, features: pd.DataFrame) -> Floats:
    """Probability of leaving of each sample; a sample's score depends on that sample alone, to the bit.

    Raises ValueError, naming the difference, unless the columns are the model's, in its order.
    """
    return probability(model.calibration, _log_odds(model, prepare(model.preparation, features)))


def contributions(model: ChurnModel, features: pd.DataFrame) -> Floats:
    """What each feature adds to each sample's log-odds, before calibration: samples x features.

    Zero for a client at the mean. Errors as for `score`.
    """
    terms = _terms(model, prepare(model.preparation, features))
    n_columns = len(model.columns)
    return terms[:, :n_columns] + terms[:, n_columns:]


def _fit_linear(features: pd.DataFrame, outcome: NDArray[np.int64], params: ChurnParams) -> ChurnModel:
    preparation = learn(features, params.clip_deviations)
    linear = LogisticRegression(C=params.inverse_regularisation, max_iter=5_000, tol=1e-8)
    linear.fit(prepare(preparation, features), outcome)
    weights, n_columns = linear.coef_[0].tolist(), features.shape[1]
    return ChurnModel(
        preparation=preparation,
        coefficients=tuple(weights[:n_columns]),
        missing_coefficients=tuple(weights[n_columns:]),
        intercept=float(linear.intercept_[0]),
        calibration=Calibration(),
        n_samples=len(outcome),
        n_leavers=int(outcome.sum()),
    )


def _split(
    outcome: NDArray[np.int64], dates: NDArray[np.datetime64], params: ChurnParams
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which samples the linear part is fitted on, and which later ones calibrate it (none if too few)."""
    everything, nothing = np.ones(len(dates), dtype=bool), np.zeros(len(dates), dtype=bool)
    days = np.unique(dates)
    n_late = int(len(days) * params.calibration_share)
    if params.calibration == "none" or n_late == 0:
        return everything, nothing
    late = dates >= days[-n_late]
    early = dates < days[-n_late] - np.timedelta64(params.embargo_days, "D")
    n_leavers, n_late_samples = int(outcome[late].sum()), int(np.count_nonzero(late))
    fewest = min(n_leavers, n_late_samples - n_leavers)
    if fewest < params.min_leavers or len(np.unique(outcome[early])) < 2:
        return everything, nothing
    return early, late


def _outcome(labels: ArrayLike) -> NDArray[np.int64]:
    values = np.asarray(labels)
    if not np.isin(values, (0, 1)).all():
        raise ValueError("labels: each must be 1 (leaves) or 0 (stays)")
    return values.astype(np.int64)


def _terms(model: ChurnModel, prepared: Floats) -> Floats:
    return prepared * np.array(model.coefficients + model.missing_coefficients, dtype=np.float64)


def _log_odds(model: ChurnModel, prepared: Floats) -> Floats:
    # Left to right, because a matrix product may order its sums by the number of rows.
    sums = np.add.accumulate(_terms(model, prepared), axis=1)
    return np.asarray(model.intercept + sums[:, -1], dtype=np.float64)
