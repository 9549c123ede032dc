"""From a model's log-odds to a probability that means what it says."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

Floats = NDArray[np.float64]
Method = Literal["platt", "isotonic", "none"]


@dataclass(frozen=True)
class Calibration:
    """platt: probability = expit(slope * log-odds + intercept). none: the same at slope 1, intercept 0.

    isotonic: probability interpolated between `knots` (log-odds, ascending) with `probabilities`.
    """

    method: Method = "none"
    slope: float = 1.0
    intercept: float = 0.0
    knots: tuple[float, ...] = ()
    probabilities: tuple[float, ...] = ()


def calibrate(log_odds: Floats, labels: NDArray[np.int64], method: Method) -> Calibration:
    """Fitted on samples that the model did not see.

    Platt 1999; Zadrozny and Elkan 2002 for isotonic. A Platt slope that is not above zero says that the
    model orders this slice no better than chance: then nothing is calibrated, rather than turned round.
    """
    if method == "isotonic":
        isotonic = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(log_odds, labels)
        return Calibration(
            "isotonic",
            knots=tuple(isotonic.X_thresholds_.tolist()),
            probabilities=tuple(isotonic.y_thresholds_.tolist()),
        )
    if method == "platt":
        platt = LogisticRegression(C=1e6, max_iter=1_000).fit(log_odds[:, None], labels)
        slope, intercept = float(platt.coef_[0, 0]), float(platt.intercept_[0])
        return Calibration("platt", slope, intercept) if slope > 0 else Calibration()
    return Calibration()


def probability(calibration: Calibration, log_odds: Floats) -> Floats:
    """Calibrated probabilities; never falling as the log-odds rise."""
    if calibration.method == "isotonic":
        return np.interp(log_odds, calibration.knots, calibration.probabilities)
    return np.asarray(expit(calibration.slope * log_odds + calibration.intercept), dtype=np.float64)
