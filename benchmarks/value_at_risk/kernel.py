"""The limit: the arithmetic alone, in numpy and scipy on arrays that are there, tile by tile within a cache."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

CONFIDENCES = (0.95, 0.975, 0.99)
_TILE_BYTES = 512 * 1024


@dataclass(frozen=True)
class Arrays:
    """Positions by account (offsets, instruments ascending, values in currency units), and moves, instruments x scenarios."""

    offsets: np.ndarray
    instruments: np.ndarray
    values: np.ndarray
    moves: np.ndarray

    def part(self, first: int, last: int) -> Arrays:
        """Of the accounts from `first` to before `last`."""
        held = slice(self.offsets[first], self.offsets[last])
        offsets = self.offsets[first : last + 1] - self.offsets[first]
        return Arrays(offsets, self.instruments[held], self.values[held], self.moves)


@dataclass(frozen=True)
class Found:
    """measures: accounts x confidences x (value at risk, expected shortfall, k-th worst loss), currency units.

    book: profits of all accounts under each scenario, whole cents.
    """

    measures: np.ndarray
    book: np.ndarray


def kernel(of: Arrays) -> Found:
    n_accounts, n_scenarios = len(of.offsets) - 1, of.moves.shape[1]
    step = max(1, _TILE_BYTES // (8 * n_scenarios))
    measures = np.empty((n_accounts, len(CONFIDENCES), 3))
    book = np.zeros(n_scenarios)
    for first in range(0, n_accounts, step):
        tile = of.part(first, min(first + step, n_accounts))
        shape = (len(tile.offsets) - 1, len(of.moves))
        held = sparse.csr_array((tile.values * -100.0, tile.instruments, tile.offsets), shape=shape)
        losses = held @ of.moves
        np.rint(losses, out=losses)
        book -= losses.sum(axis=0)
        measures[first : first + len(losses)] = _measured(losses)
    return Found(measures / 100, book.astype(np.int64))


def _measured(losses: np.ndarray) -> np.ndarray:
    n = losses.shape[1]
    # In thousandths, where ranks are whole numbers.
    ranks = [divmod((n - 1) * round(confidence * 1000), 1000) for confidence in CONFIDENCES]
    first = ranks[0][0]
    tail = np.partition(losses, first, axis=1)[:, first:]
    tail.sort(axis=1)
    found = np.empty((len(losses), len(CONFIDENCES), 3))
    for place, (confidence, (rank, rest)) in enumerate(zip(CONFIDENCES, ranks, strict=True)):
        low, high = tail[:, rank - first], tail[:, rank - first + 1]
        quantile = low + (high - low) * (rest / 1000)
        beyond = tail[:, rank - first :]
        is_beyond = beyond >= quantile[:, None]
        shortfall = (beyond * is_beyond).sum(axis=1) / is_beyond.sum(axis=1)
        worst = -(-n * round(confidence * 1000) // 1000) - 1
        found[:, place] = np.column_stack([quantile, shortfall, tail[:, worst - first]])
    return found
