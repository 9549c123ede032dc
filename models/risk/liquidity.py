"""What it costs, and how long it takes, to leave a position.

Quantities are units, long positive; prices and amounts in one currency; arrays have one value a position.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from models.risk.value_at_risk import Floats

PARTICIPATION = 0.2
"""Share of a day's volume that one may be without moving the price; DOMAIN §3.2 names 0.1 to 0.2."""


def cost_of_leaving(
    market_values: ArrayLike, mean_spreads: ArrayLike, spread_deviations: ArrayLike, n_deviations: float
) -> float:
    """Half the spread on a bad day: 1/2 sum |value| * (mean + n_deviations * deviation); spreads as fractions of the price.

    Added to a value at risk it gives the liquidity-adjusted one. Bangia, Diebold, Schuermann and Stroughair 1999,
    "Modeling liquidity risk", where n_deviations is 2 to 4.5.
    """
    wide = np.asarray(mean_spreads, dtype=np.float64) + n_deviations * np.asarray(
        spread_deviations, dtype=np.float64
    )
    return float(np.sum(np.abs(np.asarray(market_values, dtype=np.float64)) * wide) / 2)


def days_to_leave(
    quantities: ArrayLike,
    average_volumes: ArrayLike,
    participation: float = PARTICIPATION,
    closed_days: ArrayLike = 0,
) -> Floats:
    """Sessions until all is sold: |quantity| / (participation * average daily volume), after those without a market.

    closed_days: sessions for which a suspended or limit-locked instrument cannot trade. Infinite where there is no
    volume and something is held. Raises ValueError on a participation outside (0, 1].
    """
    if not 0 < participation <= 1:
        raise ValueError(f"participation is {participation}: a share of the volume above 0, at most 1")
    held = np.abs(np.asarray(quantities, dtype=np.float64))
    sold_a_day = np.broadcast_to(np.asarray(average_volumes, dtype=np.float64) * participation, held.shape)
    days = np.divide(held, sold_a_day, out=np.full(held.shape, np.inf), where=sold_a_day > 0)
    return np.where(held == 0, 0.0, days + closed_days)
