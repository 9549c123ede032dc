"""Value at risk of many accounts at once, and of the book that they make together.

The profit or loss of an account under a scenario is rounded to a whole cent. Whole cents add up exactly
in doubles (below 2**53), in any order, so the accounts of any group give the group's figure to the bit,
and no split into partitions or tiles shows in a result.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from models.risk.value_at_risk import Floats, TailMeasures, measure, refuse_missing

CENTS = 100.0
TILE_BYTES = 512 * 1024
"""Size of a tile of losses (accounts x scenarios), bytes: half of the smallest common L2 cache."""


@dataclass(frozen=True)
class Positions:
    """Positions of accounts, compressed by row: account a owns offsets[a]:offsets[a + 1].

    offsets: int, accounts + 1, from 0 to the number of positions.
    instrument_indices: int, ascending and without repetition within an account, so that a sum has one order.
    market_values: currency units of the book, long positive.
    """

    offsets: NDArray[np.int64]
    instrument_indices: NDArray[np.int64]
    market_values: Floats

    def __post_init__(self) -> None:
        refuse_missing(self.market_values, "market values")
        n_positions = len(self.market_values)
        ends_fit = len(self.offsets) > 0 and self.offsets[0] == 0 and self.offsets[-1] == n_positions
        if not ends_fit or (np.diff(self.offsets) < 0).any() or len(self.instrument_indices) != n_positions:
            raise ValueError(f"offsets do not cut {n_positions} positions into accounts")
        starts = np.zeros(n_positions, dtype=bool)
        starts[self.offsets[:-1][self.offsets[:-1] < n_positions]] = True
        unordered = np.flatnonzero((np.diff(self.instrument_indices) <= 0) & ~starts[1:])
        if unordered.size:
            account = int(np.searchsorted(self.offsets, unordered[0], side="right")) - 1
            raise ValueError(f"instruments of account {account} are not in ascending order, once each")

    @property
    def n_accounts(self) -> int:
        return len(self.offsets) - 1


@dataclass(frozen=True)
class AccountMeasures:
    """What `measure_accounts` finds.

    accounts: losses in currency units, accounts x confidences.
    group_profits_and_losses: whole cents, int64, groups x scenarios, profit positive; those of partitions add up.
    """

    accounts: TailMeasures
    group_profits_and_losses: NDArray[np.int64]


def positions_of(
    account_indices: ArrayLike, instrument_indices: ArrayLike, market_values: ArrayLike, n_accounts: int
) -> Positions:
    """Positions from rows in any order. Raises ValueError when an account holds an instrument in two rows."""
    accounts = np.asarray(account_indices, dtype=np.int64)
    instruments = np.asarray(instrument_indices, dtype=np.int64)
    if accounts.size and not (accounts.min() >= 0 and accounts.max() < n_accounts):
        raise ValueError(
            f"account indices reach {accounts.min()}..{accounts.max()}, outside 0..{n_accounts - 1}"
        )
    # By one number, because numpy sorts those faster than pairs.
    order = np.argsort(accounts * (instruments.max(initial=0) + 1) + instruments)
    offsets = np.zeros(n_accounts + 1, dtype=np.int64)
    np.cumsum(np.bincount(accounts, minlength=n_accounts), out=offsets[1:])
    return Positions(offsets, instruments[order], np.asarray(market_values, dtype=np.float64)[order])


def loss_tiles(positions: Positions, moves: Floats, accounts_per_tile: int | None = None) -> Iterator[Floats]:
    """Losses in whole cents, tile by tile: (accounts of the tile) x scenarios, accounts in order.

    moves: instruments x scenarios, as `revaluation.instrument_moves` gives them. Raises ValueError when a
    move is missing, an instrument has no row in `moves`, or the book is too large for exact cents.
    """
    _refuse_unfit(positions, moves)
    n_scenarios = moves.shape[1]
    step = accounts_per_tile or max(1, TILE_BYTES // (8 * n_scenarios))
    negative_cents = positions.market_values * -CENTS
    # scipy looks through longer indices for those that do not fit shorter ones, tile by tile.
    instruments = positions.instrument_indices.astype(np.int32)
    for start in range(0, positions.n_accounts, step):
        offsets = positions.offsets[start : start + step + 1]
        held = slice(offsets[0], offsets[-1])
        exposures = sparse.csr_array(
            (negative_cents[held], instruments[held], (offsets - offsets[0]).astype(np.int32)),
            shape=(len(offsets) - 1, moves.shape[0]),
        )
        losses = exposures @ moves
        np.rint(losses, out=losses)
        # A loss that rounds to -0.0 becomes 0.0: the two are equal but not the same bits.
        losses += 0.0
        yield losses


def measure_accounts(
    positions: Positions,
    moves: Floats,
    confidences: tuple[float, ...],
    groups: ArrayLike | None = None,
    accounts_per_tile: int | None = None,
) -> AccountMeasures:
    """The measures of each account, and the profit and loss under each scenario of groups of them.

    groups: groups x accounts, 1 where the account belongs to the group; without it there is one group, of all. An
    account may be in several. Other arguments and errors as for `loss_tiles`. An account without positions has measures
    of zero. The answer for an account or a group is the same to the bit for any order of rows, partition or tile.
    """
    members = sparse.csc_array(np.ones((1, positions.n_accounts)) if groups is None else groups)
    summed = np.zeros((members.shape[0], moves.shape[1]))
    tiles, start = [], 0
    for losses in loss_tiles(positions, moves, accounts_per_tile):
        summed -= _columns(members, start, start + len(losses)) @ losses
        start += len(losses)
        tiles.append(measure(losses, confidences))
    return AccountMeasures(_in_currency(tiles, len(confidences)), summed.astype(np.int64))


def measure_groups(
    group_profits_and_losses: NDArray[np.int64], confidences: tuple[float, ...]
) -> TailMeasures:
    """The measures, in currency units, groups x confidences, of groups given in whole cents (groups x scenarios).

    Raises ValueError when a sum is too large for exact cents.
    """
    _refuse_inexact(float(np.abs(group_profits_and_losses).max(initial=0)))
    losses = 0.0 - np.asarray(group_profits_and_losses, dtype=np.float64)
    return _in_currency([measure(losses, confidences)], len(confidences))


def _columns(of: sparse.csc_array, first: int, last: int) -> sparse.csc_array:
    """What slicing gives, in less time than a tile takes."""
    ends = of.indptr[first : last + 1]
    held = slice(ends[0], ends[-1])
    return sparse.csc_array(
        (of.data[held], of.indices[held], ends - ends[0]), shape=(of.shape[0], last - first)
    )


def _in_currency(tiles: list[TailMeasures], n_confidences: int) -> TailMeasures:
    empty = np.empty((0, n_confidences))
    return TailMeasures(
        np.concatenate([empty, *(tile.value_at_risk for tile in tiles)]) / CENTS,
        np.concatenate([empty, *(tile.expected_shortfall for tile in tiles)]) / CENTS,
        np.concatenate([empty, *(tile.kth_worst_loss for tile in tiles)]) / CENTS,
    )


def _refuse_unfit(positions: Positions, moves: Floats) -> None:
    refuse_missing(moves, "instrument moves")
    held = positions.instrument_indices
    if held.size and not (held.min() >= 0 and held.max() < moves.shape[0]):
        raise ValueError(
            f"positions name instruments {held.min()}..{held.max()}, moves have {moves.shape[0]}"
        )
    _refuse_inexact(np.abs(positions.market_values).sum() * np.abs(moves).max(initial=0.0) * CENTS)


def _refuse_inexact(largest: float) -> None:
    if largest >= 2**53:
        raise ValueError(
            f"the book could lose {largest / CENTS:.3g}, more than exact cents can hold (9.0e13)"
        )
