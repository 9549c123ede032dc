"""From what clients did to how much interest they showed: clients x instruments."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

Floats = NDArray[np.float64]

STRENGTHS = MappingProxyType(
    {
        "holding": 5.0,
        "buy": 4.0,
        "watch_list_add": 3.0,
        "order_ticket_opened": 2.0,
        "search": 1.5,
        "page_view": 1.0,
        "redemption_at_loss": -1.0,
    }
)
"""Points of one signal; DOMAIN §5.1. A sale is no dislike and has no strength: see `not_now_days`."""


@dataclass(frozen=True)
class InteractionParams:
    """What counts, and how it fades; DOMAIN §5.1 unless said.

    strengths: points by kind. half_life_days: calendar days in which a signal fades by half; a holding is
    a state and does not fade. min_dwell_ms: milliseconds that a page view must last, counted at most once a
    day. not_now_days: calendar days after a sale in which the product is not offered.
    transform: what becomes of summed points, by judgement: log1p, so that a hundred views of one product
    are no hundred clients; binary keeps only that there was interest.
    """

    strengths: Mapping[str, float] = field(default_factory=lambda: STRENGTHS)
    half_life_days: float = 180.0
    min_dwell_ms: int = 10_000
    not_now_days: int = 30
    transform: Literal["log1p", "binary", "linear"] = "log1p"

    def __post_init__(self) -> None:
        if self.half_life_days <= 0:
            raise ValueError(f"half_life_days is {self.half_life_days}, must be above 0")


def strengths(kinds: Sequence[str], params: InteractionParams) -> Floats:
    """Points of each signal before it fades. Raises ValueError, naming them, for unknown kinds."""
    unknown = sorted(set(kinds) - set(params.strengths))
    if unknown:
        raise ValueError(f"unknown kinds of interaction: {', '.join(unknown)}")
    return np.array([params.strengths[kind] for kind in kinds], dtype=np.float64)


def strength_sql(kind_sql: str, params: InteractionParams) -> str:
    """The same as a standard SQL expression; null for unknown kinds."""
    cases = " ".join(f"WHEN '{kind}' THEN {points}" for kind, points in params.strengths.items())
    return f"CASE {kind_sql} {cases} END"


def faded(points: ArrayLike, ages_days: ArrayLike, params: InteractionParams) -> Floats:
    """Points after `ages_days` calendar days: half at each half-life. Raises ValueError on negative ages."""
    ages = np.asarray(ages_days, dtype=np.float64)
    if (ages < 0).any():
        raise ValueError(f"{np.count_nonzero(ages < 0)} signals are younger than the day they are used on")
    return np.asarray(points, dtype=np.float64) * 0.5 ** (ages / params.half_life_days)


def interaction_matrix(
    client_indices: ArrayLike,
    instrument_indices: ArrayLike,
    points: ArrayLike,
    n_clients: int,
    n_instruments: int,
    params: InteractionParams,
) -> sparse.csr_array:
    """Interest (clients x instruments, above zero) from faded points, summed and transformed.

    Points of a pair are added in ascending order, so the order of rows does not matter; a sum that is
    not above zero is no interest.
    """
    rows, columns = np.asarray(client_indices, dtype=np.int64), np.asarray(instrument_indices, dtype=np.int64)
    values = np.asarray(points, dtype=np.float64)
    order = np.lexsort((values, columns, rows))
    pairs, places = np.unique(rows[order] * n_instruments + columns[order], return_inverse=True)
    summed = np.asarray(np.bincount(places, values[order], minlength=len(pairs)), dtype=np.float64)
    kept = summed > 0
    shape = (n_clients, n_instruments)
    return sparse.coo_array(
        (_transformed(summed[kept], params), divmod(pairs[kept], n_instruments)), shape=shape
    ).tocsr()


def _transformed(points: Floats, params: InteractionParams) -> Floats:
    if params.transform == "log1p":
        return np.log1p(points)
    return np.ones_like(points) if params.transform == "binary" else points
