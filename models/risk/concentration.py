"""How much of each account's money lies in how few names."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.risk.value_at_risk import Floats, refuse_missing

TOP = 5


@dataclass(frozen=True)
class Concentrations:
    """One value an account. Ratios are fractions of one: largest and top five of the net assets, NaN where these are not
    above zero; the Herfindahl index of the positions alone. largest_place: of the largest position among all.
    """

    largest_ratio: Floats
    top_five_ratio: Floats
    herfindahl_index: Floats
    largest_place: NDArray[np.int64]


def concentrations(offsets: ArrayLike, market_values: ArrayLike, net_assets: ArrayLike) -> Concentrations:
    """Positions compressed by account: account a holds offsets[a]:offsets[a + 1], at least one and not all worth nothing.

    market_values: long positive; a short name counts with its size. net_assets: cash and positions less debts. The
    Herfindahl-Hirschman index is the sum of squared shares of the gross value: 1 for one name, 1/n for n equal ones. Of
    names of one size the first counts as the largest. Raises ValueError on a missing value or an account without one.
    """
    starts, ends = np.asarray(offsets, dtype=np.int64)[:-1], np.asarray(offsets, dtype=np.int64)[1:]
    sizes = np.abs(np.asarray(market_values, dtype=np.float64))
    assets = np.asarray(net_assets, dtype=np.float64)
    refuse_missing(sizes, "market values")
    if (ends <= starts).any():
        raise ValueError(f"offsets: {np.count_nonzero(ends <= starts)} accounts hold nothing")
    owner = np.repeat(np.arange(len(starts)), ends - starts)
    order = np.lexsort((-sizes, owner))
    largest_first = sizes[order]
    rank = np.arange(len(sizes)) - starts[owner]
    gross = np.add.reduceat(largest_first, starts)
    if (gross == 0).any():
        raise ValueError(f"market values: those of {np.count_nonzero(gross == 0)} accounts are all nothing")
    above_zero = np.where(assets > 0, assets, np.nan)
    return Concentrations(
        largest_first[starts] / above_zero,
        np.add.reduceat(np.where(rank < TOP, largest_first, 0.0), starts) / above_zero,
        np.add.reduceat((largest_first / gross[owner]) ** 2, starts),
        order[starts],
    )
