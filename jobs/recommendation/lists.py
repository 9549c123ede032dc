"""One session's lists, in arrays: who may be offered what today, what each is interested in, and the ranking of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse

from models.recommendation import ease, popularity
from models.recommendation.interactions import InteractionParams, faded, interaction_matrix
from models.recommendation.ranking import Catalogue, Recommendation, assert_suitable, recommend
from models.recommendation.suitability import RULE_VERSION, ClientLevel, max_product_level, suitable

Row = dict[str, Any]


@dataclass(frozen=True)
class History:
    """Interactions of many sessions, by day ascending; clients and instruments as places in their tuples.

    days: ordinals of dates. points: before they fade.
    """

    client_ids: tuple[str, ...]
    instrument_ids: tuple[str, ...]
    days: NDArray[np.int32]
    clients: NDArray[np.int32]
    instruments: NDArray[np.int32]
    points: NDArray[np.float64]

    @staticmethod
    def of(interactions: pa.Table) -> History:
        """From rows of session_date, client_id, instrument_id, strength_score, in any order."""
        clients = interactions["client_id"].combine_chunks().dictionary_encode()
        instruments = interactions["instrument_id"].combine_chunks().dictionary_encode()
        days = interactions["session_date"].cast(pa.int32()).to_numpy() + date(1970, 1, 1).toordinal()
        order = np.argsort(days, kind="stable")
        return History(
            tuple(clients.dictionary.to_pylist()),
            tuple(instruments.dictionary.to_pylist()),
            days[order].astype(np.int32),
            clients.indices.to_numpy()[order],
            instruments.indices.to_numpy()[order],
            interactions["strength_score"].to_numpy()[order],
        )


@dataclass(frozen=True)
class ListParams:
    """n_shown: rows a client at most. name: of the set of parameters. interactions: how signals count and fade."""

    n_shown: int
    name: str
    ease: ease.EaseParams
    interactions: InteractionParams


@dataclass(frozen=True)
class Day:
    """A session's clients and products, sorted by identifier: rows as plain values.

    A client: client_id, client_type, client_risk_level, risk_level_expires_date, free_cash_amount, held and
    not_now (instruments). A product: instrument_id, instrument_name, product_risk_level, minimum_order_amount,
    may_be_traded.
    """

    date: date
    clients: list[Row]
    products: list[Row]

    @property
    def client_ids(self) -> list[str]:
        return [client["client_id"] for client in self.clients]

    @property
    def instrument_ids(self) -> tuple[str, ...]:
        return tuple(product["instrument_id"] for product in self.products)

    @property
    def levels(self) -> dict[str, ClientLevel]:
        return {client["client_id"]: _level(client) for client in self.clients}


def lists(day: Day, history: History, first: date, params: ListParams) -> list[Row]:
    """The session's rows. `first`: the earliest session whose interactions count.

    Raises UnsuitableRecommendation rather than return a row above its client's level.
    """
    interest = _interest(day, history, first, params.interactions)
    weights = ease.fit(interest, params.ease)
    catalogue = Catalogue(day.instrument_ids, weights, popularity.fit(interest))
    found = recommend(day.client_ids, interest, _allowed(day), catalogue, params.n_shown)
    risk_levels = {product["instrument_id"]: product["product_risk_level"] for product in day.products}
    assert_suitable(found, day.levels, risk_levels, day.date)
    return _rows(day, found, f"ease-{params.name}")


def _interest(day: Day, history: History, first: date, params: InteractionParams) -> sparse.csr_array:
    """Clients x products: faded interactions, and what is held, which does not fade."""
    known = slice(*np.searchsorted(history.days, [first.toordinal(), day.date.toordinal() + 1]))
    clients = _places(history.client_ids, day.client_ids)[history.clients[known]]
    products = _places(history.instrument_ids, day.instrument_ids)[history.instruments[known]]
    points = faded(history.points[known], day.date.toordinal() - history.days[known], params)
    both = (clients >= 0) & (products >= 0)
    held = np.argwhere(_listed(day, "held"))
    holding = np.full(len(held), params.strengths["holding"])
    return interaction_matrix(
        np.concatenate([clients[both], held[:, 0]]),
        np.concatenate([products[both], held[:, 1]]),
        np.concatenate([points[both], holding]),
        len(day.clients),
        len(day.products),
        params,
    )


def _allowed(day: Day) -> NDArray[np.bool_]:
    """Clients x products: suitable, tradable, affordable, not held already and not sold just now."""
    most = [max_product_level(_level(client), day.date) for client in day.clients]
    fits = suitable(most, [product["product_risk_level"] for product in day.products])
    tradable = np.array([product["may_be_traded"] for product in day.products], dtype=np.bool_)
    cash = np.array([float(client["free_cash_amount"] or 0) for client in day.clients])
    least = np.array([float(product["minimum_order_amount"]) for product in day.products])
    affordable = least[None, :] <= cash[:, None]
    return np.asarray(fits & tradable & affordable & ~_listed(day, "held") & ~_listed(day, "not_now"))


def _listed(day: Day, name: str) -> NDArray[np.bool_]:
    """Clients x products: what stands in that list of the client."""
    place = {instrument_id: column for column, instrument_id in enumerate(day.instrument_ids)}
    found = np.zeros((len(day.clients), len(day.products)), dtype=np.bool_)
    for row, client in enumerate(day.clients):
        found[row, [place[each] for each in client[name] or () if each in place]] = True
    return found


def _places(known: tuple[str, ...], wanted: list[str] | tuple[str, ...]) -> NDArray[np.int64]:
    """For each of `known`, its place in `wanted`; -1 where it is not in it."""
    place = {name: index for index, name in enumerate(wanted)}
    return np.array([place.get(name, -1) for name in known], dtype=np.int64)


def _level(client: Row) -> ClientLevel:
    return ClientLevel(client["client_risk_level"], client["risk_level_expires_date"], client["client_type"])


def _rows(day: Day, found: list[Recommendation], model_name: str) -> list[Row]:
    clients = {client["client_id"]: client for client in day.clients}
    products = {product["instrument_id"]: product for product in day.products}
    # The sentence ends with a full stop of its own.
    names = {name: product["instrument_name"].rstrip(".") for name, product in products.items()}
    held = {client_id: frozenset(client["held"] or ()) for client_id, client in clients.items()}
    return [
        {
            "session_date": day.date,
            "client_id": each.client_id,
            "rank": each.rank,
            "instrument_id": each.instrument_id,
            "score": each.score,
            "reason_code": each.reason_code,
            "explanation": each.sentence(names, held[each.client_id]),
            "client_type": clients[each.client_id]["client_type"],
            "client_risk_level": clients[each.client_id]["client_risk_level"],
            "risk_level_expires_date": clients[each.client_id]["risk_level_expires_date"],
            "product_risk_level": products[each.instrument_id]["product_risk_level"],
            "rule_version": RULE_VERSION,
            "model_name": model_name,
        }
        for each in found
    ]
