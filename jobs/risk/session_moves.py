"""How each held instrument moves under the price moves of a session's window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from jobs.risk.price_history import PriceHistory, Window
from models.risk.revaluation import instrument_moves, look_through, simple_returns
from models.risk.value_at_risk import Floats


@dataclass(frozen=True)
class Exposures:
    """Which histories each held instrument moves with. Both lists of instruments are sorted."""

    held_ids: list[str]
    history_ids: list[str]
    looked_through: sparse.csr_array


@dataclass(frozen=True)
class SessionMoves:
    """history_moves: scenarios x histories; by_instrument: instruments x scenarios, in the order of `exposures.held_ids`."""

    exposures: Exposures
    window: Window
    history_moves: Floats
    by_instrument: Floats

    @property
    def n_scenarios(self) -> int:
        return self.window.n_scenarios

    def n_missing(self, holds: sparse.csr_array) -> np.ndarray:
        """Missing moves that each portfolio depends on, each history once, however many positions depend on it.

        holds: portfolios x instruments, other than zero where the portfolio holds any.
        """
        gaps = np.flatnonzero(self.window.n_missing)
        depends = _once(holds) @ _once(self.exposures.looked_through[:, gaps])
        return np.asarray(_once(depends) @ self.window.n_missing[gaps])


@dataclass
class MovesOfSessions:
    """Gives the moves of the instruments that are held at a session. The last answer is kept: blocks of accounts of
    one session hold the same instruments, as a rule.

    masters: session_date, instrument_id, instrument_type, basket, currency_code, of instruments that do not move by their own
    closes or are in another currency than the book's, once each a session, as known at it.
    """

    history: PriceHistory
    masters: pa.Table
    window_sessions: int
    _last: tuple[tuple[date, list[str]], SessionMoves] | None = field(default=None, repr=False)

    def of(self, session: date, held_ids: list[str]) -> SessionMoves:
        """held_ids: sorted, once each."""
        if self._last is None or self._last[0] != (session, held_ids):
            self._last = (session, held_ids), self._found(session, held_ids)
        return self._last[1]

    def _found(self, session: date, held_ids: list[str]) -> SessionMoves:
        known = self.masters.filter(pc.equal(self.masters["session_date"], pa.scalar(session)))
        exposures = exposures_of(held_ids, known, self.history.money.book_currency)
        currencies = {row["instrument_id"]: row["currency_code"] for row in known.to_pylist()}
        window = self.history.window(session, self.window_sessions, exposures.history_ids, currencies)
        history_moves = (
            simple_returns(window.closes) if window.n_scenarios else np.empty((0, len(exposures.history_ids)))
        )
        moves = instrument_moves(history_moves, exposures.looked_through)
        return SessionMoves(exposures, window, history_moves, moves)


def exposures_of(held_ids: Sequence[str], masters: pa.Table, book_currency: str) -> Exposures:
    """A fund moves with its basket, a deposit with its currency, which the book's does not, everything else with its own closes."""
    by_id = {row["instrument_id"]: row for row in masters.to_pylist()}
    triples = [
        (place, history_id, weight)
        for place, instrument_id in enumerate(held_ids)
        for history_id, weight in _histories(instrument_id, by_id.get(instrument_id), book_currency)
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
    return Exposures(list(held_ids), history_ids, looked_through)


def _histories(
    instrument_id: str, master: dict[str, Any] | None, book_currency: str
) -> list[tuple[str, float]]:
    if master is None or not (master["basket"] or master["instrument_type"] == "deposit"):
        return [(instrument_id, 1.0)]
    if not master["basket"]:
        currency = master["currency_code"]
        return [] if currency == book_currency else [(currency, 1.0)]
    weights: dict[str, float] = {}
    for part in master["basket"]:
        # A part may be listed twice; its history is one.
        weights[part["instrument_id"]] = weights.get(part["instrument_id"], 0.0) + float(part["weight_ratio"])
    return list(weights.items())


def _once(matrix: sparse.csr_array) -> sparse.csr_array:
    return (matrix != 0).astype(np.int64)
