"""The lists: filter first, rank what is left, explain each row, and prove afterwards that all is suitable."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from models.recommendation import ease
from models.recommendation.ease import Floats
from models.recommendation.suitability import ClientLevel, is_suitable, max_product_level

ReasonCode = Literal["similar_to_held", "own_interest", "popular_and_suitable"]


class UnsuitableRecommendation(Exception):
    """A recommendation that must never be shown; its sentence names client, product and levels."""


@dataclass(frozen=True)
class Recommendation:
    """One row of a client's list; rank 1 is first.

    score: what the row was ranked by: the EASE score, or for `popular_and_suitable` the number of clients.
    because: the instrument of the client's interest that adds most to an EASE score; for `own_interest` the offered one.
    """

    client_id: str
    rank: int
    instrument_id: str
    score: float
    reason_code: ReasonCode
    because: str | None = None

    def sentence(self, names: Mapping[str, str], held: frozenset[str]) -> str:
        """Why, for the client. names: instruments' names for people. held: what the client holds."""
        if self.because is None:
            return "Popular among our clients, and suitable for your risk level."
        if self.reason_code == "own_interest":
            return "Because you have shown interest in it."
        name = names.get(self.because, self.because)
        return f"Because you hold {name}." if self.because in held else f"Because of your interest in {name}."


@dataclass(frozen=True)
class Catalogue:
    """What lists are made from, all in the order of `instrument_ids`: EASE weights and popularity."""

    instrument_ids: tuple[str, ...]
    weights: Floats
    popularity: Floats

    def __post_init__(self) -> None:
        n_items = len(self.instrument_ids)
        if self.weights.shape != (n_items, n_items) or self.popularity.shape != (n_items,):
            raise ValueError(
                f"{n_items} instruments, weights {self.weights.shape}, popularity {self.popularity.shape}"
            )

    @cached_property
    def by_id(self) -> NDArray[np.int64]:
        """The instruments' places in the order of their identifiers, which decides ties."""
        return places_by_id(self.instrument_ids)


def places_by_id(instrument_ids: Sequence[str]) -> NDArray[np.int64]:
    return np.argsort(np.array(instrument_ids, dtype=object))


def top_ranked(
    scores: Floats, allowed: NDArray[np.bool_], instrument_ids: Sequence[str], k: int
) -> NDArray[np.int64]:
    """Places of the k best of one client: allowed and scored above zero; ties by instrument_id, ascending."""
    [places] = _best(scores[None, :], allowed[None, :], places_by_id(instrument_ids), k)
    return places[places >= 0]


def _best(scores: Floats, allowed: NDArray[np.bool_], by_id: NDArray[np.int64], k: int) -> NDArray[np.int64]:
    """`top_ranked` of every client: clients x k, filled up with -1."""
    kept = np.where(allowed & (scores > 0), scores, 0.0)[:, by_id]
    order = np.argsort(-kept, axis=1, kind="stable")[:, :k]
    return np.where(np.take_along_axis(kept, order, axis=1) > 0, by_id[order], -1)


def recommend(
    client_ids: Sequence[str],
    interactions: sparse.csr_array,
    allowed: NDArray[np.bool_],
    catalogue: Catalogue,
    k: int,
) -> list[Recommendation]:
    """At most k rows a client: by EASE, then, where that gives fewer, what is popular among the allowed.

    interactions: clients x instruments. allowed: the same shape; what is suitable, tradable for the client
    today, and not already held. Raises ValueError when shapes differ.
    """
    expected = (len(client_ids), len(catalogue.instrument_ids))
    if interactions.shape != expected or allowed.shape != expected:
        raise ValueError(f"expected {expected}: interactions {interactions.shape}, allowed {allowed.shape}")
    scores = ease.scores(catalogue.weights, interactions)
    similar = _best(scores, allowed, catalogue.by_id, k)
    popular = _popular(similar, allowed, catalogue, k)
    because = _strongest(catalogue, interactions, similar)
    return [
        row
        for client, client_id in enumerate(client_ids)
        for row in _list_of(
            client_id, scores[client], similar[client], because[client], popular[client], catalogue
        )
    ]


def assert_suitable(
    recommendations: Iterable[Recommendation],
    client_levels: Mapping[str, ClientLevel],
    product_risk_levels: Mapping[str, str | None],
    on_date: date,
) -> None:
    """Raises UnsuitableRecommendation at the first row above its client's level.

    Reads the levels themselves and no mask made from them. A client without an entry counts as unknown,
    a product without one as unsuitable.
    """
    unknown = ClientLevel(None, None)
    for row in recommendations:
        level, product = client_levels.get(row.client_id, unknown), product_risk_levels.get(row.instrument_id)
        most = max_product_level(level, on_date)
        if not is_suitable(product, most):
            raise UnsuitableRecommendation(
                f"client {row.client_id} ({level.client_type}, level {level.risk_level}, expires "
                f"{level.expires_date}) may take at most R{most} on {on_date}, "
                f"but was recommended {row.instrument_id} of level {product}"
            )


def _popular(
    similar: NDArray[np.int64], allowed: NDArray[np.bool_], catalogue: Catalogue, k: int
) -> NDArray[np.int64]:
    """Clients x k, filled up with -1: what fills a list behind its similar ones."""
    left = allowed.copy()
    clients, ranks = np.nonzero(similar >= 0)
    left[clients, similar[clients, ranks]] = False
    best = _best(np.broadcast_to(catalogue.popularity, left.shape), left, catalogue.by_id, k)
    n_similar = np.count_nonzero(similar >= 0, axis=1)
    return np.where(np.arange(best.shape[1]) < (k - n_similar)[:, None], best, -1)


def _strongest(
    catalogue: Catalogue, interactions: sparse.csr_array, similar: NDArray[np.int64]
) -> NDArray[np.int64]:
    """For each place of `similar` that of the client's instrument that adds most to its score; ties by instrument_id."""
    by_id = catalogue.by_id
    strengths = interactions.toarray()[:, by_id]
    is_own = np.zeros(interactions.shape, dtype=np.bool_)
    is_own[np.repeat(np.arange(len(strengths)), np.diff(interactions.indptr)), interactions.indices] = True
    is_own = is_own[:, by_id]
    found = np.full(similar.shape, -1, dtype=np.int64)
    for rank in range(similar.shape[1]):
        clients = np.flatnonzero(similar[:, rank] >= 0)
        weights = catalogue.weights[:, similar[clients, rank]].T[:, by_id]
        terms = np.where(is_own[clients], strengths[clients] * weights, -np.inf)
        found[clients, rank] = by_id[np.argmax(terms, axis=1)]
    return found


def _list_of(
    client_id: str,
    scores: Floats,
    similar: NDArray[np.int64],
    because: NDArray[np.int64],
    popular: NDArray[np.int64],
    catalogue: Catalogue,
) -> list[Recommendation]:
    ids = catalogue.instrument_ids
    rows = [
        Recommendation(client_id, rank, ids[item], float(scores[item]), _reason(item, own), ids[own])
        for rank, (item, own) in enumerate(
            zip(similar[similar >= 0].tolist(), because[similar >= 0].tolist(), strict=True), start=1
        )
    ]
    return rows + [
        Recommendation(client_id, rank, ids[item], float(catalogue.popularity[item]), "popular_and_suitable")
        for rank, item in enumerate(popular[popular >= 0].tolist(), start=len(rows) + 1)
    ]


def _reason(item: int, because: int) -> ReasonCode:
    return "own_interest" if because == item else "similar_to_held"
