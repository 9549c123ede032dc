"""One session's positions, put in order for numpy: who holds what, what moves with what, who belongs together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from operator import itemgetter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from jobs.risk.price_history import PriceHistory, Window
from models.risk.portfolios import Positions, positions_of
from models.risk.revaluation import instrument_moves, look_through, simple_returns
from models.risk.value_at_risk import Floats

BOOK = "book"
GROUPED_BY = ("client_type", "client_risk_level")
UNKNOWN = "unknown"


class MixedCurrenciesError(ValueError):
    """Positions in several currencies: there is no rate to add them up with."""


@dataclass(frozen=True)
class Exposures:
    """Which histories each held instrument moves with. Both lists of instruments are sorted."""

    held_ids: list[str]
    history_ids: list[str]
    looked_through: sparse.csr_array


@dataclass(frozen=True)
class Portfolios:
    """What is measured together, and what is summed over it, exactly; amounts are decimals, rows in one order.

    members: portfolios x accounts, 1 where the account belongs to it.
    """

    types: list[str]
    ids: list[str]
    members: sparse.csr_array
    market_values: list[Decimal]
    n_positions: Sequence[int]
    n_missing: Sequence[int]

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class SessionPositions:
    """What is held at a session's end, accounts and instruments sorted, and the moves that it is revalued under.

    held: account_id, instrument_id, market_value_amount, currency_code and GROUPED_BY. history_moves: scenarios x
    histories; moves: instruments x scenarios.
    """

    held: pa.Table
    account_ids: list[str]
    exposures: Exposures
    positions: Positions
    window: Window
    history_moves: Floats
    moves: Floats

    def accounts(self) -> Portfolios:
        """Each account by itself."""
        return self._summed(
            {("account", account_id): [place] for place, account_id in enumerate(self.account_ids)}
        )

    def groups_of_accounts(self) -> dict[str, list[str | None]]:
        """Each account's client type and risk level, as known at the session, in the order of the accounts."""
        labels = self.held.group_by("account_id").aggregate([(name, "min") for name in GROUPED_BY])
        rows = sorted(labels.to_pylist(), key=itemgetter("account_id"))
        return {name: [row[f"{name}_min"] for row in rows] for name in GROUPED_BY}

    def groups(self) -> Portfolios:
        """The accounts of each group that is not empty, groups sorted, and the book, of all."""
        found: _Members = {}
        for name, groups in self.groups_of_accounts().items():
            for place, group in enumerate(groups):
                found.setdefault((name, group or UNKNOWN), []).append(place)
        return self._summed({**dict(sorted(found.items())), (BOOK, BOOK): list(range(len(self.account_ids)))})

    def book_exposures(self) -> Floats:
        """What the whole book has riding on each history, currency units."""
        held = np.bincount(
            self.positions.instrument_indices,
            weights=self.positions.market_values,
            minlength=len(self.exposures.held_ids),
        )
        return self.exposures.looked_through.T @ held

    def _summed(self, members: _Members) -> Portfolios:
        """With totals; missing moves count each history once, however many accounts depend on it."""
        sums = self.held.group_by("account_id").aggregate(
            [("market_value_amount", "sum"), ("account_id", "count")]
        )
        account_ids = sums["account_id"].to_pylist()
        values = dict(zip(account_ids, sums["market_value_amount_sum"].to_pylist(), strict=True))
        counts = dict(zip(account_ids, sums["account_id_count"].to_pylist(), strict=True))
        names = [[self.account_ids[place] for place in each] for each in members.values()]
        belongs = _members_matrix(list(members.values()), len(self.account_ids))
        return Portfolios(
            types=[kind for kind, _ in members],
            ids=[name for _, name in members],
            members=belongs,
            market_values=[sum((values[name] for name in each), Decimal(0)) for each in names],
            n_positions=[sum(counts[name] for name in each) for each in names],
            n_missing=self._n_missing(belongs),
        )

    def _n_missing(self, belongs: sparse.csr_array) -> list[int]:
        if not self.account_ids:
            return [0] * belongs.shape[0]
        ones = np.ones(len(self.positions.instrument_indices), dtype=np.int64)
        holds = sparse.csr_array(
            (ones, self.positions.instrument_indices, self.positions.offsets),
            shape=(len(self.account_ids), len(self.exposures.held_ids)),
        )
        depends = _once(belongs @ holds @ _once(self.exposures.looked_through))
        return (depends @ self.window.n_missing).tolist()


def session_positions(
    session: date,
    positions: pa.Table,
    instruments: pa.Table,
    history: PriceHistory,
    window_sessions: int,
    currency: str,
) -> SessionPositions:
    """positions: see `SessionPositions.held`; rows without an account are no positions. instruments: instrument_id,
    instrument_type, basket, once each, as known at the session. Raises MixedCurrenciesError.
    """
    held = positions.filter(pc.is_valid(positions["account_id"]))
    others = sorted(set(held["currency_code"].to_pylist()) - {currency})
    if others:
        raise MixedCurrenciesError(
            f"positions of {session} are in {', '.join(others)} and the book is in {currency}: "
            "convert them before their risk is added up"
        )
    exposures = exposures_of(held, instruments)
    window = history.window(session, window_sessions, exposures.history_ids)
    account_ids = sorted(set(held["account_id"].to_pylist()))
    history_moves = (
        simple_returns(window.closes) if window.n_scenarios else np.empty((0, len(exposures.history_ids)))
    )
    return SessionPositions(
        held=held,
        account_ids=account_ids,
        exposures=exposures,
        positions=_compressed(held, account_ids, exposures.held_ids),
        window=window,
        history_moves=history_moves,
        moves=instrument_moves(history_moves, exposures.looked_through),
    )


def exposures_of(held: pa.Table, instruments: pa.Table) -> Exposures:
    """A fund moves with its basket, a deposit with nothing, everything else with its own closes."""
    masters = {row["instrument_id"]: row for row in instruments.to_pylist()}
    held_ids = sorted(set(held["instrument_id"].to_pylist()))
    triples = [
        (place, history_id, weight)
        for place, instrument_id in enumerate(held_ids)
        for history_id, weight in _histories(instrument_id, masters.get(instrument_id))
    ]
    history_ids = sorted({history_id for _, history_id, _ in triples})
    column = {history_id: place for place, history_id in enumerate(history_ids)}
    looked_through = look_through(
        [place for place, _, _ in triples],
        [column[history_id] for _, history_id, _ in triples],
        [weight for _, _, weight in triples],
        len(held_ids),
        len(history_ids),
    )
    return Exposures(held_ids, history_ids, looked_through)


def _histories(instrument_id: str, master: dict[str, Any] | None) -> list[tuple[str, float]]:
    if master is None or not (master["basket"] or master["instrument_type"] == "deposit"):
        return [(instrument_id, 1.0)]
    weights: dict[str, float] = {}
    for part in master["basket"] or ():
        # A part may be listed twice; its history is one.
        weights[part["instrument_id"]] = weights.get(part["instrument_id"], 0.0) + float(part["weight_ratio"])
    return list(weights.items())


def _compressed(held: pa.Table, accounts: list[str], held_ids: list[str]) -> Positions:
    return positions_of(
        pc.index_in(held["account_id"], pa.array(accounts, pa.string())).to_numpy(),
        pc.index_in(held["instrument_id"], pa.array(held_ids, pa.string())).to_numpy(),
        held["market_value_amount"].cast(pa.float64()).to_numpy(),
        len(accounts),
    )


_Members = dict[tuple[str, str], list[int]]


def _members_matrix(members: Sequence[Sequence[int]], n_accounts: int) -> sparse.csr_array:
    places = np.array([place for each in members for place in each], dtype=np.int64)
    offsets = np.cumsum([0, *[len(each) for each in members]])
    ones = np.ones(len(places), dtype=np.int64)
    return sparse.csr_array((ones, places, offsets), shape=(len(members), n_accounts))


def _once(matrix: sparse.csr_array) -> sparse.csr_array:
    return (matrix != 0).astype(np.int64)
