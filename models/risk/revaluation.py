"""From price histories to what every instrument gains under every scenario.

Scenario s is the move from price s to price s + 1: price_{s+1} / price_s - 1, a simple return over one
session. A position gains its market value times its instrument's move. An instrument's move is a sum of
weight times the move of what it looks through to: itself at weight 1 (shares, bonds with a history of
their own), its basket (funds), nothing (deposits, cash).
"""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from models.risk.value_at_risk import Floats, refuse_missing

WEIGHT_TOLERANCE = 1e-6
"""How far a basket's weights may add up beyond 1 before they are refused; a fraction of one."""


def simple_returns(prices: Floats) -> Floats:
    """Moves (scenarios x histories) of prices (scenarios + 1 x histories), oldest first.

    Raises ValueError when a price is missing, not finite, zero or negative.
    """
    refuse_missing(prices, "prices")
    if (prices <= 0).any():
        raise ValueError(f"prices: {np.count_nonzero(prices <= 0)} of {prices.size} are not above zero")
    return prices[1:] / prices[:-1] - 1.0


def carry_forward(prices: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """Missing prices take the last known one, so their move is zero; with how many each history had filled.

    The policy `carry_forward` of a convention. Prices missing before the first known one stay missing.
    """
    filled = pd.DataFrame(prices).ffill().to_numpy(dtype=np.float64)
    n_filled = np.count_nonzero(np.isnan(prices) & ~np.isnan(filled), axis=0)
    return filled, n_filled.astype(np.int64)


def look_through(
    instrument_indices: ArrayLike,
    history_indices: ArrayLike,
    weights: ArrayLike,
    n_instruments: int,
    n_histories: int,
) -> sparse.csr_array:
    """Weights (instruments x histories) from triples: instrument i moves by weight w of history h.

    An instrument with its own history has one triple of weight 1, a fund one for each part of its basket,
    a deposit none. A basket that holds cash adds up to less than 1. Raises ValueError when a weight is
    missing, a pair stands twice, or weights add up to more than 1.
    """
    values = np.asarray(weights, dtype=np.float64)
    refuse_missing(values, "basket weights")
    rows, columns = (
        np.asarray(instrument_indices, dtype=np.int64),
        np.asarray(history_indices, dtype=np.int64),
    )
    matrix = sparse.coo_array((values, (rows, columns)), shape=(n_instruments, n_histories)).tocsr()
    if matrix.nnz != len(values):
        raise ValueError(f"baskets: {len(values) - matrix.nnz} pairs of instrument and history stand twice")
    matrix.sort_indices()
    heaviest = np.asarray(matrix.sum(axis=1)).ravel()
    if heaviest.size and heaviest.max() > 1 + WEIGHT_TOLERANCE:
        worst = int(heaviest.argmax())
        raise ValueError(
            f"baskets: weights of instrument {worst} add up to {heaviest[worst]:.6f}, more than 1"
        )
    return matrix


def instrument_moves(history_moves: Floats, looked_through: sparse.csr_array) -> Floats:
    """Moves (instruments x scenarios, C order) from moves of histories (scenarios x histories).

    Transposed because the revaluation of an account reads whole rows of scenarios, one a position.
    """
    refuse_missing(history_moves, "history moves")
    return np.ascontiguousarray(looked_through @ np.ascontiguousarray(history_moves.T))
