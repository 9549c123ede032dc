"""How good lists are against what clients turned to afterwards.

Relevance is yes or no. Clients who turned to nothing are left out, and counted (DOMAIN §5.3).
"""

from collections.abc import Callable, Hashable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np

from models.intervals import Measured, Resampling


@dataclass(frozen=True)
class RankingQuality:
    """Means over the judged clients; intervals resample clients.

    coverage_ratio: share of the catalogue that stands in at least one list, of anyone.
    """

    k: int
    n_clients: int
    n_left_out: int
    ndcg: Measured
    recall: Measured
    coverage_ratio: float


def ndcg_at_k(ranked: Sequence[Hashable], relevant: AbstractSet[Hashable], k: int) -> float:
    """Sum of 1 / log2(place + 1) over hits, over the same sum for an ideal list of min(k, |relevant|).

    Raises ValueError when nothing is relevant: then there is no ideal.
    """
    if not relevant:
        raise ValueError("nothing is relevant: leave the client out")
    gain = sum(_discount(place) for place, item in enumerate(ranked[:k], start=1) if item in relevant)
    return gain / sum(_discount(place) for place in range(1, min(k, len(relevant)) + 1))


def recall_at_k(ranked: Sequence[Hashable], relevant: AbstractSet[Hashable], k: int) -> float:
    """Share of what is relevant that stands among the first k. Errors as for `ndcg_at_k`."""
    if not relevant:
        raise ValueError("nothing is relevant: leave the client out")
    return len(relevant & set(ranked[:k])) / len(relevant)


def coverage(lists: Sequence[Sequence[Hashable]], n_items: int, k: int) -> float:
    """Share of `n_items` that stands among the first k of at least one list."""
    return len({item for ranked in lists for item in ranked[:k]}) / n_items


def judge(
    lists: Sequence[Sequence[Hashable]],
    relevant: Sequence[AbstractSet[Hashable]],
    n_items: int,
    k: int,
    resampling: Resampling,
) -> RankingQuality | None:
    """Quality of one list a client, best first; None when no client has anything relevant."""
    pairs = [(ranked, wanted) for ranked, wanted in zip(lists, relevant, strict=True) if wanted]
    if not pairs:
        return None
    draws = resampling.draws(len(pairs)) / len(pairs)

    def mean_of(measure: Callable[[Sequence[Hashable], AbstractSet[Hashable], int], float]) -> Measured:
        values = np.array([measure(ranked, wanted, k) for ranked, wanted in pairs])
        return resampling.measured(float(values.mean()), draws @ values)

    return RankingQuality(
        k=k,
        n_clients=len(pairs),
        n_left_out=len(lists) - len(pairs),
        ndcg=mean_of(ndcg_at_k),
        recall=mean_of(recall_at_k),
        coverage_ratio=coverage(lists, n_items, k),
    )


def _discount(place: int) -> float:
    return float(1 / np.log2(place + 1))
