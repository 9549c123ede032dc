"""Value at risk by drawn scenarios: moves whose dependence is a normal or a t copula and whose margins are normal.

Draws come in blocks, each from a generator that is keyed by (seed, block): which process draws which block changes
nothing, and more blocks leave the first ones as they were. In each block every draw has its opposite (antithetic).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri, stdtr

from models.risk.tail import exact
from models.risk.value_at_risk import Floats, refuse_missing

PAIRS_PER_BLOCK = 2_048


@dataclass(frozen=True)
class Factors:
    """What moves: deviations (n), and a root of their correlations (n x n), root @ root.T = correlations.

    adjusted: how far the largest correlation was moved to make the matrix positive semi-definite; 0 where it was.
    """

    deviations: Floats
    root: Floats
    adjusted: float


def factors(covariances: ArrayLike) -> Factors:
    """From covariances (n x n). Where they are none, the nearest correlations by clipped eigenvalues are taken.

    Rebonato and Jaeckel 1999, "The most general methodology to create a valid correlation matrix". Raises ValueError
    on a missing value, a negative variance, or a matrix that is not symmetric.
    """
    given = np.asarray(covariances, dtype=np.float64)
    refuse_missing(given, "covariances")
    if given.ndim != 2 or not np.allclose(given, given.T, rtol=1e-9, atol=0) or (np.diag(given) < 0).any():
        raise ValueError(
            f"covariances of shape {given.shape} are no symmetric matrix with variances of at least 0"
        )
    deviations = np.sqrt(np.diag(given))
    scale = np.where(deviations > 0, deviations, 1.0)
    correlations = given / np.outer(scale, scale)
    values, vectors = np.linalg.eigh(correlations)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    lengths = np.linalg.norm(root, axis=1, keepdims=True)
    # Clipping makes variances larger than 1; the rows are brought back to it.
    root = np.divide(root, lengths, out=np.zeros_like(root), where=lengths > 0)
    moved = np.abs(root @ root.T - correlations) * (deviations > 0)
    adjusted = float(moved.max(initial=0.0))
    return Factors(deviations, root, adjusted if adjusted > 1e-8 else 0.0)


def draw(of: Factors, seed: int, block: int, degrees_of_freedom: float | None = None) -> Floats:
    """Moves of one block: 2 * PAIRS_PER_BLOCK draws x n factors, mean zero.

    degrees_of_freedom: of a t copula, whose factors go wild together; None is the normal copula. Margins are normal
    either way. Raises ValueError at 0 degrees or fewer.
    """
    if degrees_of_freedom is not None and degrees_of_freedom <= 0:
        raise ValueError(f"degrees_of_freedom are {degrees_of_freedom}: a t copula has more than 0")
    generator = np.random.Generator(np.random.Philox(key=[seed, block]))
    half = generator.standard_normal((PAIRS_PER_BLOCK, len(of.deviations))) @ of.root.T
    if degrees_of_freedom is not None:
        mixing = generator.chisquare(degrees_of_freedom, (PAIRS_PER_BLOCK, 1)) / degrees_of_freedom
        # Through the smaller tail, where probabilities keep their digits.
        tails = lower_tail(np.abs(half) / np.sqrt(mixing), degrees_of_freedom)
        half = np.sign(half) * -ndtri(tails)
    return np.concatenate([half, -half]) * of.deviations


def lower_tail(distances: Floats, degrees_of_freedom: float) -> Floats:
    """Probability that a Student t variable lies so far below zero or farther; distances at least 0.

    With 4 degrees there is a closed form, here without a difference that loses digits: a tenth of the time. With
    u = x / sqrt(x^2 + 4) it is (1 - u)^2 (2 + u) / 4.
    """
    if degrees_of_freedom != 4:
        return np.asarray(stdtr(degrees_of_freedom, -distances), dtype=np.float64)
    hypotenuse = np.sqrt(distances**2 + 4.0)
    beyond = 4.0 / (hypotenuse * (hypotenuse + distances))
    return beyond**2 * (2.0 + distances / hypotenuse) / 4.0


def standard_error(losses: ArrayLike, confidence: float) -> float:
    """Of the quantile of drawn losses: half the distance of the two losses one deviation of ranks below and above it.

    The number of losses beyond the quantile is binomial, whatever the distribution (David and Nagaraja 2003, section
    7.1). Antithetic pairs are taken as independent draws. Raises ValueError where those ranks are not among the losses.
    """
    ascending = np.sort(np.asarray(losses, dtype=np.float64))
    level, n = float(exact(confidence)), len(ascending)
    middle, step = n * level, np.sqrt(n * level * (1 - level))
    low, high = int(np.floor(middle - step)), int(np.ceil(middle + step))
    if low < 0 or high >= n:
        raise ValueError(f"{n} losses are too few for the error of a quantile at {confidence}")
    return float(ascending[high] - ascending[low]) / 2
