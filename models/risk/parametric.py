"""Value at risk and expected shortfall of a distribution that is given by its moments.

Profits are positive on the way in (`mean` is a mean profit), losses positive on the way out. Deviations have the
divisor n, as published tables of risk measures do. A portfolio of fixed exposures has the moments of its vector of
profits under past moves: the deviation of that vector is the root of w' S w, so a covariance matrix is never needed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.signal import lfilter
from scipy.stats import norm, t

from models.risk.tail import exact
from models.risk.value_at_risk import Floats, refuse_missing

RISKMETRICS_DAILY_DECAY = 0.94
"""Of variances from one session to the next; J.P. Morgan/Reuters 1996, RiskMetrics technical document."""


@dataclass(frozen=True)
class Moments:
    """Of profits. skewness and excess_kurtosis are 0 for a normal distribution, and where the deviation is 0."""

    mean: float
    deviation: float
    skewness: float = 0.0
    excess_kurtosis: float = 0.0


def moments(profits: ArrayLike) -> Moments:
    """Of a 1-d array of at least 2 profits, divisor n. Raises ValueError on NaN, infinity or fewer."""
    values = np.asarray(profits, dtype=np.float64)
    if values.ndim != 1 or len(values) < 2:
        raise ValueError(f"profits have shape {values.shape}: expected one vector of at least 2")
    refuse_missing(values, "profits")
    mean = float(np.mean(values))
    apart = values - mean
    deviation = float(np.sqrt(np.mean(apart**2)))
    # What is left of equal values after the mean is taken away is rounding, and has no shape.
    if deviation <= 1e-12 * np.abs(values).max(initial=0.0):
        return Moments(mean, 0.0)
    scaled = apart / deviation
    return Moments(mean, deviation, float(np.mean(scaled**3)), float(np.mean(scaled**4) - 3.0))


def normal_value_at_risk(of: Moments, confidence: float) -> float:
    """z * deviation - mean; skewness and kurtosis play no part."""
    return float(norm.ppf(float(exact(confidence)))) * of.deviation - of.mean


def normal_expected_shortfall(of: Moments, confidence: float) -> float:
    """deviation * density(z) / (1 - confidence) - mean (McNeil, Frey and Embrechts 2015, example 2.14)."""
    level = exact(confidence)
    return float(norm.pdf(norm.ppf(float(level)))) / float(1 - level) * of.deviation - of.mean


def student_t_value_at_risk(of: Moments, degrees_of_freedom: float, confidence: float) -> float:
    """Of a t distribution that has this mean and this deviation. Raises ValueError at 2 degrees or fewer."""
    quantile = float(t.ppf(float(exact(confidence)), degrees_of_freedom))
    return _t_scale(of, degrees_of_freedom) * quantile - of.mean


def student_t_expected_shortfall(of: Moments, degrees_of_freedom: float, confidence: float) -> float:
    """As above (McNeil, Frey and Embrechts 2015, example 2.15)."""
    level = exact(confidence)
    quantile = float(t.ppf(float(level), degrees_of_freedom))
    density = float(t.pdf(quantile, degrees_of_freedom)) / float(1 - level)
    beyond = density * (degrees_of_freedom + quantile**2) / (degrees_of_freedom - 1)
    return _t_scale(of, degrees_of_freedom) * beyond - of.mean


def cornish_fisher_value_at_risk(of: Moments, confidence: float) -> float:
    """The normal quantile bent by skewness and kurtosis; see `is_cornish_fisher_valid`.

    Cornish and Fisher 1937; as a measure of risk, Favre and Galeano 2002 ("modified value at risk").
    """
    z = float(norm.ppf(float(1 - exact(confidence))))
    skewness, kurtosis = of.skewness, of.excess_kurtosis
    bent = (
        z + (z**2 - 1) * skewness / 6 + (z**3 - 3 * z) * kurtosis / 24 - (2 * z**3 - 5 * z) * skewness**2 / 36
    )
    return -of.mean - bent * of.deviation


def cornish_fisher_expected_shortfall(of: Moments, confidence: float) -> float:
    """The mean of the bent quantiles beyond the confidence, in closed form (Maillard 2018).

    Where the expansion is not valid, quantiles do not fall in order, and this mean may lie below the value at risk.
    """
    tail = float(1 - exact(confidence))
    z = float(norm.ppf(tail))
    skewness, kurtosis = of.skewness, of.excess_kurtosis
    bent = 1 + z * skewness / 6 + (z**2 - 1) * kurtosis / 24 - (2 * z**2 - 1) * skewness**2 / 36
    return -of.mean + float(norm.pdf(z)) / tail * bent * of.deviation


def is_cornish_fisher_valid(of: Moments) -> bool:
    """Whether the bent quantiles rise with the probability everywhere, so that they are a distribution's.

    Maillard 2012, "A user's guide to the Cornish Fisher expansion": the derivative, a parabola in z, has no root.
    """
    skewness, kurtosis = of.skewness, of.excess_kurtosis
    square = kurtosis / 8 - skewness**2 / 6
    constant = 1 - kurtosis / 8 + 5 * skewness**2 / 36
    return (skewness / 3) ** 2 - 4 * square * constant <= 0


def ewma_variances(profits: ArrayLike, decay: float, first: ArrayLike) -> Floats:
    """Forecasts, exponentially weighted, of mean zero: one for each session, and one for the session after the last.

    v[0] = first, v[t + 1] = decay * v[t] + (1 - decay) * profits[t] ** 2, along axis 0 of `profits` (sessions, or
    sessions x series; `first` accordingly). Each uses only what came before. Raises ValueError on NaN, or on a decay
    outside (0, 1).
    """
    if not 0 < decay < 1:
        raise ValueError(f"decay is {decay}: it must lie strictly between 0 and 1")
    values = np.asarray(profits, dtype=np.float64)
    refuse_missing(values, "profits")
    start = np.broadcast_to(np.asarray(first, dtype=np.float64), values.shape[1:])[None]
    later, _ = lfilter([1 - decay], [1.0, -decay], values**2, axis=0, zi=decay * start)
    return np.concatenate([start, later])


def _t_scale(of: Moments, degrees_of_freedom: float) -> float:
    if degrees_of_freedom <= 2:
        raise ValueError(f"degrees_of_freedom are {degrees_of_freedom}: a variance exists above 2 only")
    return float(of.deviation * np.sqrt((degrees_of_freedom - 2) / degrees_of_freedom))
