"""Do clients turn to what was recommended, and is it what they like? Against popularity, for the same clients.

Popularity ranks, for each client, what the most clients had shown interest in up to the cut, of the products that this
client may be offered, can pay, does not hold and has not sold just now: the same choice as a recommendation has.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from models.intervals import Measured, Resampling
from models.recommendation.measures import coverage, ndcg_at_k, recall_at_k

Method = Literal["recommended", "popular"]
METHODS: tuple[Method, ...] = ("recommended", "popular")
K = 10


@dataclass(frozen=True)
class Offer:
    """One client at one cut. recommended, popular: products, best first.

    may_choose: what may be offered now and is not held. bought, turned_to: of what was not held, what the client bought or showed
    any interest in over the sessions after the cut.
    """

    client_id: str
    cut: date
    recommended: tuple[str, ...]
    popular: tuple[str, ...]
    may_choose: frozenset[str]
    bought: frozenset[str] = frozenset()
    turned_to: frozenset[str] = frozenset()

    def ranked(self, method: Method) -> tuple[str, ...]:
        return self.recommended if method == "recommended" else self.popular


@dataclass(frozen=True)
class Quality:
    """Means over clients, each the mean over the own cuts; intervals resample clients.

    lead: recommended less popular in nDCG, on the same draws. n_left_out: offers with nothing to find.
    """

    n_cuts: int
    n_clients: int
    n_left_out: int
    ndcg: Mapping[Method, Measured]
    recall: Mapping[Method, Measured]
    lead: Measured


@dataclass(frozen=True)
class TasteQuality:
    """Share of a list that is among what the client likes best, of that what may be chosen; means over clients.

    chance: the same for a list drawn blindly from what may be chosen. n_left_out: clients who like nothing that may be chosen.
    """

    n_clients: int
    n_left_out: int
    share: Mapping[Method, Measured]
    lead: Measured
    chance: float


def popular_first(interest: Mapping[str, int], may_choose: AbstractSet[str], k: int = K) -> tuple[str, ...]:
    """The `k` products that may be chosen and most clients are interested in; ties by identifier. interest: clients by product."""
    ranked = sorted(
        (each for each in may_choose if interest.get(each)), key=lambda each: (-interest[each], each)
    )
    return tuple(ranked[:k])


def judge(
    offers: Iterable[Offer], wanted: Literal["bought", "turned_to"], resampling: Resampling
) -> Quality | None:
    """Quality on a time split; None where nobody wanted anything that was not held."""
    offered = list(offers)
    pairs = [(each, relevant) for each in offered if (relevant := getattr(each, wanted))]
    if not pairs:
        return None
    clients = [offer.client_id for offer, _ in pairs]
    ndcg = {
        method: _by_client(
            clients, [ndcg_at_k(offer.ranked(method), relevant, K) for offer, relevant in pairs]
        )
        for method in METHODS
    }
    recall = {
        method: _by_client(
            clients, [recall_at_k(offer.ranked(method), relevant, K) for offer, relevant in pairs]
        )
        for method in METHODS
    }
    return Quality(
        n_cuts=len({offer.cut for offer, _ in pairs}),
        n_clients=len(set(clients)),
        n_left_out=len(offered) - len(pairs),
        ndcg={method: _measured(values, resampling) for method, values in ndcg.items()},
        recall={method: _measured(values, resampling) for method, values in recall.items()},
        lead=_measured(ndcg["recommended"] - ndcg["popular"], resampling),
    )


def judge_tastes(
    offers: Iterable[Offer], tastes: Mapping[str, AbstractSet[str]], resampling: Resampling
) -> TasteQuality | None:
    """Offers of one cut against what clients like best, by client; None where there is nothing to compare."""
    offered = [each for each in offers if each.recommended]
    liked = [(each, tastes.get(each.client_id, frozenset()) & each.may_choose) for each in offered]
    pairs = [(each, likes) for each, likes in liked if likes]
    if not pairs:
        return None
    shares = {
        method: np.array([_share(offer.ranked(method)[:K], likes) for offer, likes in pairs])
        for method in METHODS
    }
    return TasteQuality(
        len(pairs),
        len(offered) - len(pairs),
        {method: _measured(values, resampling) for method, values in shares.items()},
        _measured(shares["recommended"] - shares["popular"], resampling),
        float(np.mean([len(likes) / len(offer.may_choose) for offer, likes in pairs])),
    )


def coverages(offers: Iterable[Offer], n_products: int) -> dict[Method, float]:
    """Share of `n_products` that stands in anyone's list at a cut, mean over cuts."""
    cuts: dict[date, list[Offer]] = {}
    for each in offers:
        cuts.setdefault(each.cut, []).append(each)
    return {
        method: float(
            np.mean([coverage([each.ranked(method) for each in at], n_products, K) for at in cuts.values()])
        )
        for method in METHODS
    }


def _share(ranked: Sequence[str], likes: AbstractSet[str]) -> float:
    return len(set(ranked) & likes) / len(ranked) if ranked else 0.0


def _by_client(
    clients: Sequence[str], values: Sequence[float]
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Mean of each client's values, clients in order of their ids."""
    _, places = np.unique(np.asarray(clients), return_inverse=True)
    return np.asarray(np.bincount(places, np.asarray(values)) / np.bincount(places))


def _measured(values: np.ndarray[tuple[int], np.dtype[np.float64]], resampling: Resampling) -> Measured:
    draws = resampling.draws(len(values)) / len(values)
    return resampling.measured(float(values.mean()), draws @ values)
