"""What a risk number is made of: the share of each part in the value at risk and expected shortfall of the whole.

Parts are positions, or anything else whose profits add up to the whole's. `profits` is parts x scenarios, profit
positive; contributions are losses positive, one a part, and add up to the whole's measure up to rounding in the last
bits. A part that earns when the whole loses has a negative contribution: it hedges.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm

from models.risk.tail import exact, quantile_rank
from models.risk.value_at_risk import Floats, measure, refuse_missing


def historical_component_values_at_risk(profits: ArrayLike, confidence: float) -> Floats:
    """Each part's loss in the two scenarios that the type 7 quantile of the whole lies between, weighted as there.

    Where several scenarios lose the same, the older one counts as the smaller loss, so that the answer is one.
    Raises ValueError on NaN, or fewer than 2 scenarios.
    """
    losses = _losses(profits)
    rank = quantile_rank(losses.shape[1], confidence)
    order = np.argsort(losses.sum(axis=0), kind="stable")
    below, above = losses[:, order[rank.below]], losses[:, order[rank.below + 1]]
    return below + (above - below) * rank.weight


def historical_component_expected_shortfalls(profits: ArrayLike, confidence: float) -> Floats:
    """Each part's mean loss in the scenarios that the expected shortfall of the whole is the mean of.

    Tasche 2002, "Expected shortfall and beyond": E[L_i | L >= VaR]. Errors as above.
    """
    losses = _losses(profits)
    whole = losses.sum(axis=0)
    value_at_risk = measure(whole[None, :], (confidence,)).value_at_risk[0, 0]
    return losses[:, whole >= value_at_risk].mean(axis=1)


def normal_component_values_at_risk(profits: ArrayLike, confidence: float) -> Floats:
    """z * covariance(part, whole) / deviation of the whole - mean of the part (Jorion 2007, chapter 7).

    Divisor n. A whole that does not move has no deviation to share: each part contributes minus its mean.
    """
    gains = -_losses(profits)
    means = gains.mean(axis=1)
    whole = gains.sum(axis=0)
    apart = whole - whole.mean()
    deviation = float(np.sqrt(np.mean(apart**2)))
    if deviation == 0.0:
        return -means
    z = float(norm.ppf(float(exact(confidence))))
    # Part by part: a matrix product would sum in an order that depends on how many parts there are.
    covariances = np.sum(gains * apart, axis=1) / len(whole)
    return z * covariances / deviation - means


def marginal(components: Floats, market_values: ArrayLike) -> Floats:
    """Change of the measure for one more currency unit in each part: its contribution a unit of market value.

    NaN where nothing is held, as there is no direction to add to.
    """
    values = np.asarray(market_values, dtype=np.float64)
    return np.divide(components, values, out=np.full(len(values), np.nan), where=values != 0)


def incremental_values_at_risk(profits: ArrayLike, confidence: float) -> Floats:
    """How much smaller the historical value at risk of the whole would be without each part: VaR(p) - VaR(p without i).

    Does not add up to the whole. Errors as above.
    """
    losses = _losses(profits)
    whole = losses.sum(axis=0)
    measured = measure(np.vstack([whole, whole - losses]), (confidence,)).value_at_risk[:, 0]
    return measured[0] - measured[1:]


def _losses(profits: ArrayLike) -> Floats:
    values = np.asarray(profits, dtype=np.float64)
    if values.ndim != 2 or values.shape[1] < 2:
        raise ValueError(f"profits have shape {values.shape}: expected parts x at least 2 scenarios")
    refuse_missing(values, "profits")
    return 0.0 - values
