"""Closes of one history in the units of its last session, so that neither a split nor a dividend is a move.

The closes before an ex-date are multiplied by (p - d) / (p * n): p is the last close before it, d what a unit was paid, n how
many units it became. This is the backward adjustment of data vendors (CRSP, Yahoo): p - d is what the old unit is worth
without its dividend.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from models.risk.value_at_risk import Floats


class UnitChange(NamedTuple):
    """On the morning of a session: the row of its close, what a unit was paid, and how many units it became then."""

    row: int
    dividend: float
    n_units: float


def adjusted_closes(closes: Floats, changes: Sequence[UnitChange]) -> Floats:
    """Closes (one history, oldest first, NaN where missing), changed as the changes say, which are in order of time.

    A change before the first known close has nothing to adjust. A dividend of all that a unit is worth, or more, has no
    factor and is left out.
    """
    adjusted = closes.copy()
    for change in changes:
        before = adjusted[: change.row]
        known = before[~np.isnan(before)]
        if known.size:
            before *= _factor(float(known[-1]), change)
    return adjusted


def _factor(last: float, change: UnitChange) -> float:
    worth = last - change.dividend if change.dividend < last else last
    return worth / last / change.n_units
