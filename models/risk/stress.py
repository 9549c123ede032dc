"""What positions would gain under moves that somebody thought of, or that happened once.

A move is a simple return over the whole of a stress, -0.3 for 30 % down; NaN says that an instrument was not shocked,
and is never taken for "did not move": `not_shocked` counts what is held of those. Profits are positive.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from models.risk.value_at_risk import Floats, refuse_missing


def portfolio_profits(exposures: ArrayLike, moves: ArrayLike) -> Floats:
    """What portfolios gain: exposures (portfolios x names) under a move a name, or a move a portfolio and name.

    A name that was not shocked adds nothing; `not_shocked` says how much that is.
    """
    shocks = np.asarray(moves, dtype=np.float64)
    gains: Floats = np.where(np.isnan(shocks), 0.0, shocks) * np.asarray(exposures, dtype=np.float64)
    return gains.sum(axis=1)


def not_shocked(gross_exposures: ArrayLike, moves: ArrayLike) -> Floats:
    """What portfolios hold of names without a move, at least 0; shapes as in `portfolio_profits`."""
    held: Floats = np.isnan(np.asarray(moves, dtype=np.float64)) * np.asarray(
        gross_exposures, dtype=np.float64
    )
    return held.sum(axis=1)


def episode_moves(closes_before: ArrayLike, closes_after: ArrayLike) -> Floats:
    """What each instrument did over an episode; NaN where it had no price above zero at either end."""
    before, after = np.asarray(closes_before, dtype=np.float64), np.asarray(closes_after, dtype=np.float64)
    known = (before > 0) & (after > 0)
    return np.divide(after, before, out=np.full(before.shape, np.nan), where=known) - 1.0


def betas(moves: ArrayLike, index_moves: ArrayLike) -> Floats:
    """By how much each instrument moves with the index: covariance / variance of the index, divisor n.

    moves: scenarios x instruments; index_moves: scenarios. Raises ValueError on missing values, or on an index that does
    not move.
    """
    values, index = np.asarray(moves, dtype=np.float64), np.asarray(index_moves, dtype=np.float64)
    refuse_missing(values, "moves")
    refuse_missing(index, "index moves")
    apart = index - index.mean()
    variance = float(np.mean(apart**2))
    if variance == 0.0:
        raise ValueError(f"the index does not move in {len(index)} scenarios: nothing can move with it")
    return (values - values.mean(axis=0)).T @ apart / len(index) / variance


def correlated(covariances: ArrayLike, correlation: float, volatility_factor: float = 1.0) -> Floats:
    """Covariances with every correlation the same, and deviations times a factor; both stresses of a distribution.

    Raises ValueError on a correlation outside [0, 1], below which some sets of instruments have none.
    """
    if not 0 <= correlation <= 1:
        raise ValueError(f"correlation is {correlation}: the same for all pairs it lies between 0 and 1")
    given = np.asarray(covariances, dtype=np.float64)
    deviations = np.sqrt(np.diag(given)) * volatility_factor
    shared = np.full(given.shape, correlation)
    np.fill_diagonal(shared, 1.0)
    return shared * np.outer(deviations, deviations)


def stressed_deviations(exposures: ArrayLike, covariances: ArrayLike) -> Floats:
    """One standard deviation of each portfolio's profit, root of w' S w; exposures: portfolios x names."""
    held = np.asarray(exposures, dtype=np.float64)
    variances = np.einsum("pn,nm,pm->p", held, np.asarray(covariances, dtype=np.float64), held)
    return np.sqrt(np.maximum(variances, 0.0))


def largest_name_moves(exposures: ArrayLike, move: float) -> Floats:
    """portfolios x names: `move` at each portfolio's largest exposure above zero, the first of equal ones, else NaN."""
    held = np.asarray(exposures, dtype=np.float64)
    moves = np.full(held.shape, np.nan)
    if held.shape[1]:
        largest = held.argmax(axis=1)
        has_one = held[np.arange(len(held)), largest] > 0
        moves[np.flatnonzero(has_one), largest[has_one]] = move
    return moves


def bond_moves_at_most(years: ArrayLike, yield_move: float) -> Floats:
    """The most that bonds move when all continuously compounded yields do, both fractions of one: exp(-move * years) - 1.

    years: to maturity, 0 where that has passed; NaN stays NaN. A payment t years away is worth exp(-move * t) times as
    much afterwards, and none lies beyond maturity: what is paid earlier only moves the bond less.
    """
    ahead = np.asarray(years, dtype=np.float64)
    return np.expm1(-yield_move * np.maximum(ahead, 0.0))


def limit_down(moves_a_day: float, n_days: int) -> float:
    """The move of n days at the daily limit, one on top of the other, with no way out between: (1 - limit)^n - 1."""
    return float((1.0 - moves_a_day) ** n_days - 1.0)


def move_to_fall_below(
    cash: ArrayLike, market_values: ArrayLike, sensitivities: ArrayLike, debts: ArrayLike, line: float
) -> Floats:
    """The move of the index at which each account's maintenance ratio reaches `line`, the reverse of a stress.

    cash + value + sensitivity * move = line * debt. sensitivities: currency units by which what an account has gains on
    line * debt when the index moves by 1; of positions held long value * beta, of those sold short -line * value * beta,
    as they are debt. -inf where no fall of the index does it (no debt, nothing held, or a gain from a fall) and 0 where
    it is there already. One value an account; a move below -1 cannot happen and says that nothing does it either, so it
    is -inf too.
    """
    has, value = np.asarray(cash, dtype=np.float64), np.asarray(market_values, dtype=np.float64)
    sensitivity, debt = np.asarray(sensitivities, dtype=np.float64), np.asarray(debts, dtype=np.float64)
    short_of = line * debt - has - value
    falls = (debt > 0) & (sensitivity > 0)
    moves = np.divide(short_of, sensitivity, out=np.full(value.shape, -np.inf), where=falls)
    moves = np.where(moves < -1.0, -np.inf, moves)
    return np.where((debt > 0) & (short_of >= 0), 0.0, moves)


def least_move(moves: ArrayLike, share: float) -> float:
    """The smallest fall that brings at least `share` of the accounts to the line; -inf where none does.

    moves: as `move_to_fall_below` gives them. Raises ValueError without accounts, or on a share outside (0, 1].
    """
    values = np.sort(np.asarray(moves, dtype=np.float64))[::-1]
    if not len(values) or not 0 < share <= 1:
        raise ValueError(
            f"a share of {share} of {len(values)} accounts: above 0 and at most 1 of at least one"
        )
    return float(values[int(np.ceil(round(share * len(values), 9))) - 1])
