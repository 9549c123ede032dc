"""The ways in which a portfolio's risk is measured beside the published one, each under its own name.

All but Monte Carlo take the portfolio's vector of profits under the moves of past sessions, oldest first, so that they
differ in what they make of it and in nothing else. Profits are positive on the way in, measures are positive losses.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.risk import parametric
from models.risk.monte_carlo import Factors, draw, factors, standard_error
from models.risk.value_at_risk import Floats, historical_expected_shortfall, historical_value_at_risk
from models.risk.weighted import age_weights, filtered, weighted_expected_shortfall, weighted_value_at_risk

AGE_DECAY = 0.98
"""Boudoukh, Richardson and Whitelaw 1998 look at 0.97 and 0.99."""
COPULA_DEGREES_OF_FREEDOM = 4.0
"""Of daily moves of shares; Demarta and McNeil 2005 find 3 to 6."""


@dataclass(frozen=True)
class Measured:
    """is_in_domain: whether the method may be used for this vector. standard_error: of a drawn value at risk."""

    value_at_risk: float
    expected_shortfall: float
    is_in_domain: bool = True
    standard_error: float | None = None


@dataclass(frozen=True)
class Method:
    """quantile, weighting: what a row says of how it was made; measure: of a vector of profits at a confidence."""

    name: str
    quantile: str
    weighting: str
    measure: Callable[[Floats, float], Measured]


def _age_weighted(profits: Floats, confidence: float) -> Measured:
    weights = age_weights(len(profits), AGE_DECAY)
    return Measured(
        weighted_value_at_risk(profits, weights, confidence),
        weighted_expected_shortfall(profits, weights, confidence),
    )


def _filtered(profits: Floats, confidence: float) -> Measured:
    as_today = filtered(profits, parametric.RISKMETRICS_DAILY_DECAY)
    return Measured(
        historical_value_at_risk(as_today, confidence), historical_expected_shortfall(as_today, confidence)
    )


def _normal(profits: Floats, confidence: float) -> Measured:
    of = parametric.moments(profits)
    return Measured(
        parametric.normal_value_at_risk(of, confidence), parametric.normal_expected_shortfall(of, confidence)
    )


def _ewma(profits: Floats, confidence: float) -> Measured:
    """The mean square of all sessions is what the first forecast is."""
    decay = parametric.RISKMETRICS_DAILY_DECAY
    variance = parametric.ewma_variances(profits, decay, np.mean(profits**2))[-1]
    of = parametric.Moments(0.0, float(np.sqrt(variance)))
    return Measured(
        parametric.normal_value_at_risk(of, confidence), parametric.normal_expected_shortfall(of, confidence)
    )


def _cornish_fisher(profits: Floats, confidence: float) -> Measured:
    of = parametric.moments(profits)
    return Measured(
        parametric.cornish_fisher_value_at_risk(of, confidence),
        parametric.cornish_fisher_expected_shortfall(of, confidence),
        is_in_domain=parametric.is_cornish_fisher_valid(of),
    )


VECTOR_METHODS = (
    Method(
        "age_weighted_historical_simulation", "inverse_distribution", f"age_decay_{AGE_DECAY}", _age_weighted
    ),
    Method("filtered_historical_simulation", "type_7", "equal", _filtered),
    Method("normal", "normal", "equal", _normal),
    Method("ewma_normal", "normal", f"age_decay_{parametric.RISKMETRICS_DAILY_DECAY}", _ewma),
    Method("cornish_fisher", "cornish_fisher", "equal", _cornish_fisher),
)


COPULAS: dict[str, float | None] = {
    "monte_carlo_normal": None,
    "monte_carlo_t_copula": COPULA_DEGREES_OF_FREEDOM,
}
"""Degrees of freedom by the name of the method that draws from it; None is the normal copula."""


def factors_of(history_moves: Floats) -> Factors:
    """What moves as past moves did: with their covariances, and mean zero. history_moves: scenarios x n."""
    return factors(np.atleast_2d(np.cov(history_moves, rowvar=False, bias=True)))


def drawn_profits(
    exposures: Floats, of: Factors, seed: int, n_blocks: int, degrees_of_freedom: float | None
) -> Floats:
    """Profits of a portfolio under drawn moves.

    exposures: currency units that move with each factor (n). degrees_of_freedom: of a t copula; None is the normal one.
    The same arguments give the same bits.
    """
    return np.concatenate(
        [draw(of, seed, block, degrees_of_freedom) @ exposures for block in range(n_blocks)]
    )


def monte_carlo(profits: Floats, confidence: float) -> Measured:
    """Of profits from `drawn_profits`: type 7 quantile, and its standard error."""
    return Measured(
        historical_value_at_risk(profits, confidence),
        historical_expected_shortfall(profits, confidence),
        standard_error=standard_error(-profits, confidence),
    )
