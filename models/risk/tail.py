"""Ranks of a loss distribution in exact arithmetic.

A confidence is read as the decimal that a person wrote: 0.99 is 99/100, not the nearest double.
In doubles ceil((1 - 0.99) * 1000) is 11; in arithmetic it is 10.
"""

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class QuantileRank:
    """Where a type 7 quantile lies among ascending values: between `below` and the next, at `weight` of the way."""

    below: int
    weight: float


def exact(confidence: float) -> Fraction:
    """The confidence as the decimal fraction it is written as. Raises ValueError outside (0, 1)."""
    fraction = Fraction(str(confidence))
    if not 0 < fraction < 1:
        raise ValueError(f"confidence is {confidence}: it must lie strictly between 0 and 1")
    return fraction


# Exact ranks take longer than a small tile of losses, and there are few of them.
@cache
def worst_rank(n_scenarios: int, confidence: float) -> int:
    """k = N - ceil(N * confidence) + 1: the k-th worst of N losses is inf{l : F(l) >= confidence}."""
    return n_scenarios - math.ceil(n_scenarios * exact(confidence)) + 1


@cache
def quantile_rank(n_scenarios: int, confidence: float) -> QuantileRank:
    """Position (N - 1) * confidence, counted from zero, of the type 7 quantile (Hyndman and Fan 1996)."""
    position = (n_scenarios - 1) * exact(confidence)
    below = math.floor(position)
    return QuantileRank(below, float(position - below))


def interpolate(lower: NDArray[np.float64], upper: NDArray[np.float64], weight: float) -> NDArray[np.float64]:
    """Between `lower` and `upper`; never outside them, which plain interpolation can be by a rounding."""
    return np.clip(lower + (upper - lower) * weight, lower, upper)


def sequential_sum(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sums along the last axis, strictly left to right.

    numpy's own sum changes its order with the shape of the array, and so its last bit.
    """
    return np.add.accumulate(values, axis=-1)[..., -1]
