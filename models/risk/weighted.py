"""Historical simulation in which some scenarios count for more, or are made to fit today.

Profits are positive on the way in, oldest scenario first; measures are losses positive. The age-weighted measures
follow the convention inf{l : F(l) >= confidence}: of scenarios that weigh the same they give the k-th worst loss,
not the type 7 quantile.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from models.risk.parametric import ewma_variances
from models.risk.tail import exact
from models.risk.value_at_risk import Floats, refuse_missing

_ROUNDING = 1e-12
"""How much probability a sum of weights may be off by before one more scenario is counted."""


def age_weights(n_scenarios: int, decay: float) -> Floats:
    """Probabilities of scenarios, oldest first: each is `decay` times that of the next, and they add up to 1.

    Boudoukh, Richardson and Whitelaw 1998, "The best of both worlds" (0.97 to 0.99 there). Raises ValueError on a decay
    outside (0, 1], where 1 weighs all the same, or without a scenario.
    """
    if not 0 < decay <= 1 or n_scenarios < 1:
        raise ValueError(
            f"{n_scenarios} scenarios with decay {decay}: at least 1, with a decay above 0 and at most 1"
        )
    weights = decay ** np.arange(n_scenarios - 1, -1, -1, dtype=np.float64)
    return weights / weights.sum()


def weighted_value_at_risk(profits: ArrayLike, weights: ArrayLike, confidence: float) -> float:
    """The smallest loss that is exceeded with a probability of at most 1 - confidence.

    profits, weights: 1-d, of one length; weights as `age_weights` gives them. Raises ValueError on a missing value, or
    on weights that are negative or do not add up to 1.
    """
    losses, exceeding, _ = _worst_first(profits, weights)
    return float(losses[_rank(exceeding, confidence)])


def weighted_expected_shortfall(profits: ArrayLike, weights: ArrayLike, confidence: float) -> float:
    """Mean of the worst 1 - confidence of probability, the value at risk counted in part. Errors as above.

    Acerbi and Tasche 2002, definition 2.6.
    """
    losses, exceeding, weighed = _worst_first(profits, weights)
    at = _rank(exceeding, confidence)
    mass = float(1 - exact(confidence))
    beyond = np.sum(weighed[:at] * (losses[:at] - losses[at]))
    return float(losses[at] + beyond / mass)


def filtered(moves: ArrayLike, decay: float) -> Floats:
    """Moves as they would have been with the volatility of the session to come: each times forecast / its own forecast.

    Hull and White 1998, "Incorporating volatility updating into the historical simulation method", with EWMA
    forecasts; the first is the mean square of all moves. moves: scenarios, or scenarios x series, oldest first; the
    answer has that shape. A series that does not move stays as it is. Errors as for `ewma_variances`.
    """
    values = np.asarray(moves, dtype=np.float64)
    variances = ewma_variances(values, decay, np.mean(values**2, axis=0))
    ratios = np.divide(variances[-1], variances[:-1], out=np.ones_like(values), where=variances[:-1] > 0)
    return values * np.sqrt(ratios)


def _worst_first(profits: ArrayLike, weights: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Losses from the worst on, the probability of those before each, and their own."""
    losses = 0.0 - np.asarray(profits, dtype=np.float64)
    weighed = np.asarray(weights, dtype=np.float64)
    if losses.ndim != 1 or losses.shape != weighed.shape or not len(losses):
        raise ValueError(
            f"profits have shape {losses.shape} and weights {weighed.shape}: expected two vectors of one length"
        )
    refuse_missing(losses, "profits")
    refuse_missing(weighed, "weights")
    if (weighed < 0).any() or abs(weighed.sum() - 1) > 1e-9:
        raise ValueError(
            f"weights add up to {weighed.sum()}, the smallest is {weighed.min()}: "
            "they are probabilities, at least 0 each and 1 in all"
        )
    order = np.argsort(-losses, kind="stable")
    sorted_weights = weighed[order]
    return losses[order], np.cumsum(sorted_weights) - sorted_weights, sorted_weights


def _rank(exceeding: Floats, confidence: float) -> int:
    """The last loss that is exceeded with a probability of at most 1 - confidence."""
    return int(np.flatnonzero(exceeding <= float(1 - exact(confidence)) + _ROUNDING)[-1])
