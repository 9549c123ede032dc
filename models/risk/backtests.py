"""Was the forecast right? Tests of value at risk and expected shortfall against what happened afterwards.

A hit is a session whose loss is larger than the value at risk that was forecast for it. A forecast at confidence c is
right when hits come with probability p = 1 - c, independently of each other. All statistics are computed with
x ln x taken as a whole (0 ln 0 = 0): powers of probabilities vanish in doubles from some thousand sessions on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize_scalar
from scipy.special import bdtr, chdtrc, xlog1py, xlogy

from models.risk.tail import exact
from models.risk.value_at_risk import Floats, refuse_missing

Zone = Literal["green", "yellow", "red"]
YELLOW_FROM, RED_FROM = 0.95, 0.9999
"""Probabilities of at most so many hits at which Basel's yellow and red zones begin (BCBS 1996, table 1)."""

MIN_DURATIONS = 2
"""Between hits, below which there is nothing to fit."""

_PLUS_FACTORS = (0.40, 0.50, 0.65, 0.75, 0.85)
_SHAPES = (0.01, 1.0)


@dataclass(frozen=True)
class LikelihoodRatio:
    """statistic: 0 or larger. p_value: probability of at least that much where the forecast is right.

    one_sided: the alternative lies on one side of what is right, so that a right forecast has a statistic of 0 half the time.
    """

    statistic: float
    degrees_of_freedom: int
    one_sided: bool = False

    @property
    def p_value(self) -> float:
        beyond = float(chdtrc(self.degrees_of_freedom, self.statistic))
        return beyond / 2 if self.one_sided and self.statistic > 0 else beyond


@dataclass(frozen=True)
class Transitions:
    """How many sessions followed which: n01 is a hit after a session without one. The first session follows none."""

    n00: int
    n01: int
    n10: int
    n11: int


@dataclass(frozen=True)
class TrafficLight:
    """probability: of at most so many hits where the forecast is right."""

    zone: Zone
    probability: float


def hits_of(profits: ArrayLike, values_at_risk: ArrayLike) -> NDArray[np.bool_]:
    """Which sessions lost more than was forecast; profit positive, value at risk a positive loss, 1-d, same length.

    A loss equal to the forecast is no hit. Raises ValueError on a missing value or on different lengths.
    """
    gains, forecasts = _series(profits, "profits"), _series(values_at_risk, "values at risk")
    _refuse_different_lengths(gains, forecasts)
    return -gains > forecasts


def unconditional_coverage(n_sessions: int, n_hits: int, confidence: float) -> LikelihoodRatio:
    """Are there as many hits as there should be? Kupiec 1995, proportion of failures; chi-squared with 1 degree.

    Raises ValueError without a session, or with more hits than sessions.
    """
    if not 0 <= n_hits <= n_sessions or n_sessions == 0:
        raise ValueError(
            f"{n_hits} hits in {n_sessions} sessions: hits are at least 0 and at most the sessions"
        )
    expected, observed = float(1 - exact(confidence)), n_hits / n_sessions
    return _ratio(
        _bernoulli(n_sessions - n_hits, n_hits, expected),
        _bernoulli(n_sessions - n_hits, n_hits, observed),
        1,
    )


def transitions(hits: ArrayLike) -> Transitions:
    """Counts of the pairs of neighbouring sessions; hits: 1-d, in the order of the sessions."""
    is_hit = np.asarray(hits, dtype=bool)
    before, after = is_hit[:-1], is_hit[1:]
    counted = np.bincount(2 * before + after, minlength=4)
    return Transitions(*(int(n) for n in counted))


def independence(pairs: Transitions) -> LikelihoodRatio:
    """Does a hit make a hit in the next session likelier? Christoffersen 1998; chi-squared with 1 degree.

    0 where no session followed a hit: there is nothing to compare.
    """
    after_none, after_hit = pairs.n00 + pairs.n01, pairs.n10 + pairs.n11
    if after_none == 0 or after_hit == 0:
        return LikelihoodRatio(0.0, 1)
    always = (pairs.n01 + pairs.n11) / (after_none + after_hit)
    alike = _bernoulli(pairs.n00 + pairs.n10, pairs.n01 + pairs.n11, always)
    apart = _bernoulli(pairs.n00, pairs.n01, pairs.n01 / after_none) + _bernoulli(
        pairs.n10, pairs.n11, pairs.n11 / after_hit
    )
    return _ratio(alike, apart, 1)


def conditional_coverage(coverage: LikelihoodRatio, independent: LikelihoodRatio) -> LikelihoodRatio:
    """Both at once: the sum of the two statistics; chi-squared with 2 degrees. Christoffersen 1998.

    The first session counts for coverage and, following none, not for independence.
    """
    return LikelihoodRatio(coverage.statistic + independent.statistic, 2)


def traffic_light(n_sessions: int, n_hits: int, confidence: float) -> TrafficLight:
    """Basel's zones, computed for the actual number of sessions: 250 at 0.99 give green 0-4, yellow 5-9, red 10 on.

    BCBS 1996, "Supervisory framework for the use of backtesting". No hit is green in however few sessions: there is nothing
    to explain, though no hit alone may have more than 0.95.
    """
    probability = float(bdtr(n_hits, n_sessions, float(1 - exact(confidence))))
    if not n_hits:
        return TrafficLight("green", probability)
    zone: Zone = "red" if probability >= RED_FROM else "yellow" if probability >= YELLOW_FROM else "green"
    return TrafficLight(zone, probability)


def plus_factor(n_hits: int) -> float:
    """What Basel's 1996 framework adds to the multiplier of 3, for hits in 250 sessions at 0.99."""
    if n_hits < 5:
        return 0.0
    return _PLUS_FACTORS[n_hits - 5] if n_hits < 10 else 1.0


def expected_shortfall_z2(
    profits: ArrayLike, hits: ArrayLike, expected_shortfalls: ArrayLike, confidence: float
) -> float:
    """Acerbi and Szekely 2014, second test: 0 where hits and their size are as forecast, negative where worse.

    About -0.7 is the 5 % point across many tails (there, table 4). Profit positive, expected shortfall a positive loss.
    Raises ValueError where a forecast is not above zero, since losses are measured in it.
    """
    gains, forecasts = _series(profits, "profits"), _series(expected_shortfalls, "expected shortfalls")
    is_hit = np.asarray(hits, dtype=bool)
    _refuse_different_lengths(gains, forecasts, is_hit)
    if not len(gains) or (forecasts <= 0).any():
        raise ValueError(
            f"expected shortfalls: {np.count_nonzero(forecasts <= 0)} of {len(forecasts)} are not above zero"
        )
    n_expected = len(gains) * float(1 - exact(confidence))
    return float(1.0 + np.sum(gains[is_hit] / forecasts[is_hit]) / n_expected)


def time_between_hits(hits: ArrayLike) -> LikelihoodRatio | None:
    """Do hits come in clusters? Chi-squared with 1 degree, one-sided.

    Christoffersen and Pelletier 2004: durations between hits are Weibull, exponential (shape 1) where a hit is as
    likely whatever time has passed since the last one, and of a shape below 1 where hits cluster. Only that side is
    looked at: days are whole, which alone makes a shape above 1 where hits are frequent. The time before the first hit
    and the time after the last one are censored. None with fewer than MIN_DURATIONS that are not.
    """
    days = np.flatnonzero(np.asarray(hits, dtype=bool))
    durations = np.diff(days).astype(np.float64)
    if len(durations) < MIN_DURATIONS:
        return None
    before, after = float(days[0]), float(np.size(hits) - 1 - days[-1])
    spells = np.array([*durations, *(each for each in (before, after) if each > 0)])
    n, log_sum = len(durations), float(np.log(durations).sum())
    fitted = minimize_scalar(
        lambda log_shape: -_weibull(spells, n, log_sum, exp(log_shape)),
        bounds=np.log(_SHAPES),
        method="bounded",
        # At its top a likelihood is flat: an error of the shape shows in it squared.
        options={"xatol": 1e-6},
    )
    return _ratio(_weibull(spells, n, log_sum, 1.0), float(-fitted.fun), 1, one_sided=True)


def _weibull(spells: Floats, n_durations: int, log_sum: float, shape: float) -> float:
    """Log-likelihood of a shape, at the scale that is likeliest for it.

    spells: durations, and what is censored. n_durations, log_sum: how many durations, and the sum of their logarithms.
    """
    # At the likeliest scale the exponents of all spells add up to the number of durations.
    rate_to_shape = n_durations / float((spells**shape).sum())
    return n_durations * (log(rate_to_shape) + log(shape) - 1) + (shape - 1) * log_sum


def _bernoulli(n_without: int, n_with: int, probability: float) -> float:
    return float(xlog1py(n_without, -probability) + xlogy(n_with, probability))


def _ratio(
    restricted: float, free: float, degrees_of_freedom: int, one_sided: bool = False
) -> LikelihoodRatio:
    # A maximum is at least what it is compared with; a rounding may say otherwise.
    return LikelihoodRatio(max(0.0, 2.0 * (free - restricted)), degrees_of_freedom, one_sided)


def _series(values: ArrayLike, what: str) -> Floats:
    series = np.asarray(values, dtype=np.float64)
    if series.ndim != 1:
        raise ValueError(f"{what} have shape {series.shape}: expected one value a session")
    refuse_missing(series, what)
    return series


def _refuse_different_lengths(*series: Sequence[object] | NDArray[np.generic]) -> None:
    lengths = {len(each) for each in series}
    if len(lengths) > 1:
        raise ValueError(
            f"series of {', '.join(map(str, sorted(lengths)))} sessions: they must be of one length"
        )
