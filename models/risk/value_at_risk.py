"""Value at risk and expected shortfall of profit and loss vectors, by historical simulation.

A profit is positive on the way in, a loss is positive on the way out. Scenarios weigh the same.
Missing values are refused: a NaN among the profits and losses raises ValueError, because leaving a
scenario out would change the window that the convention states.

Two conventions live here under different names and are never mixed (DOMAIN §3.2):
`historical_value_at_risk` is the type 7 quantile and is what is published; `kth_worst_loss` is the
smallest loss whose probability of not being exceeded reaches the confidence.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.risk.tail import exact, interpolate, quantile_rank, sequential_sum, worst_rank

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class TailMeasures:
    """One row a vector, one column a confidence, losses positive.

    value_at_risk and expected_shortfall are of type 7; kth_worst_loss stands beside them, under its own
    convention.
    """

    value_at_risk: Floats
    expected_shortfall: Floats
    kth_worst_loss: Floats


def historical_value_at_risk(profits_and_losses: ArrayLike, confidence: float) -> float:
    """Type 7 quantile of the losses, in the unit of `profits_and_losses`, a 1-d array of N >= 2 scenarios.

    Negative when even that quantile is a profit. Raises ValueError on NaN, infinity, N < 2 or a
    confidence outside (0, 1).
    """
    return float(_one(profits_and_losses, confidence).value_at_risk[0, 0])


def historical_expected_shortfall(profits_and_losses: ArrayLike, confidence: float) -> float:
    """Mean of the losses at or beyond `historical_value_at_risk`, so never below it. Errors as there."""
    return float(_one(profits_and_losses, confidence).expected_shortfall[0, 0])


def kth_worst_loss(profits_and_losses: ArrayLike, confidence: float) -> float:
    """The k-th worst loss, k = N - ceil(N * confidence) + 1: inf{l : F(l) >= confidence}. Errors as above."""
    return float(_k_worst(profits_and_losses, confidence)[0])


def kth_worst_expected_shortfall(profits_and_losses: ArrayLike, confidence: float) -> float:
    """Mean of the k worst losses: E[L | L >= the k-th worst], ties beyond rank k left out."""
    worst = _k_worst(profits_and_losses, confidence)
    return float(worst[0] + sequential_sum(worst - worst[0]) / len(worst))


def tail_mass_expected_shortfall(profits_and_losses: ArrayLike, confidence: float) -> float:
    """Mean of the worst 1 - confidence of probability mass, the k-th worst loss counted in part.

    Acerbi and Tasche 2002, "On the coherence of expected shortfall", definition 2.6. Coherent, and what
    portfolio libraries call CVaR. Errors as above.
    """
    worst = _k_worst(profits_and_losses, confidence)
    n_scenarios = np.size(np.asarray(profits_and_losses))
    mass = float(n_scenarios * (1 - exact(confidence)))
    return float(worst[0] + sequential_sum(worst - worst[0]) / mass)


def measure(losses: Floats, confidences: tuple[float, ...]) -> TailMeasures:
    """The measures of each row of `losses` (vectors x scenarios, loss positive).

    A row's answer depends on that row alone, to the bit, whatever rows stand beside it. Does not look
    for missing values: `refuse_missing` does. Raises ValueError on fewer than 2 scenarios.
    """
    n_scenarios = losses.shape[1]
    if n_scenarios < 2:
        raise ValueError(f"{n_scenarios} scenario(s): a quantile needs at least 2")
    first = min(quantile_rank(n_scenarios, confidence).below for confidence in confidences)
    tail = np.partition(losses, first, axis=1)[:, first:]
    tail.sort(axis=1)
    by_confidence = [_measure_tail(losses, tail, first, confidence) for confidence in confidences]
    return TailMeasures(
        np.column_stack([quantile for quantile, _ in by_confidence]),
        np.column_stack([shortfall for _, shortfall in by_confidence]),
        tail[:, [n_scenarios - worst_rank(n_scenarios, c) - first for c in confidences]],
    )


def refuse_missing(values: Floats, what: str) -> None:
    """Raises ValueError, naming `what` and the count, when a value is NaN or infinite."""
    n_missing = int(values.size - np.count_nonzero(np.isfinite(values)))
    if n_missing:
        raise ValueError(f"{what}: {n_missing} of {values.size} values are missing or not finite")


def _measure_tail(losses: Floats, tail: Floats, first: int, confidence: float) -> tuple[Floats, Floats]:
    rank = quantile_rank(losses.shape[1], confidence)
    below = rank.below - first
    quantile = interpolate(tail[:, below], tail[:, below + 1], rank.weight)
    beyond = tail[:, below:]
    # Mean as quantile plus mean excess: a loss equal to the quantile adds nothing to the sum, only to
    # the count, and no rounding can bring the mean below the quantile.
    excess = sequential_sum(np.maximum(beyond - quantile[:, None], 0.0))
    count = np.count_nonzero(beyond >= quantile[:, None], axis=1)
    _count_ties_before_tail(losses, quantile, tail[:, below], count)
    return quantile, quantile + excess / count


def _count_ties_before_tail(
    losses: Floats, quantile: Floats, lowest: Floats, count: NDArray[np.int_]
) -> None:
    """Where the quantile equals the tail's lowest loss, equal losses may stand before the tail: count all."""
    tied = np.flatnonzero(quantile == lowest)
    count[tied] = np.count_nonzero(losses[tied] >= quantile[tied, None], axis=1)


def _one(profits_and_losses: ArrayLike, confidence: float) -> TailMeasures:
    return measure(_losses(profits_and_losses)[None, :], (confidence,))


def _k_worst(profits_and_losses: ArrayLike, confidence: float) -> Floats:
    losses = np.sort(_losses(profits_and_losses))
    return losses[len(losses) - worst_rank(len(losses), confidence) :]


def _losses(profits_and_losses: ArrayLike) -> Floats:
    values = np.asarray(profits_and_losses, dtype=np.float64)
    if values.ndim != 1 or len(values) < 2:
        raise ValueError(f"profits_and_losses have shape {values.shape}: expected one vector of at least 2")
    refuse_missing(values, "profits_and_losses")
    # 0.0 - x and not -x: a profit of zero becomes 0.0, never -0.0.
    return 0.0 - values
