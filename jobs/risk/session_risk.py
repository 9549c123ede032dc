"""Value at risk of every account and of the book at one session's end: Arrow tables in, declared rows out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from jobs.risk.price_history import PriceHistory
from lake.arrow import arrow_fields
from models.risk.convention import Convention
from models.risk.portfolios import Positions, measure_accounts, measure_book, positions_of
from models.risk.revaluation import instrument_moves, look_through, simple_returns
from models.risk.value_at_risk import TailMeasures
from schemas.risk import VALUE_AT_RISK_DAILY

COLUMNS = tuple(c for c in VALUE_AT_RISK_DAILY.columns if c.name != "revision")
ROWS = arrow_fields(COLUMNS)
BOOK = "book"


class MixedCurrenciesError(ValueError):
    """Positions in several currencies: there is no rate to add them up with."""


@dataclass(frozen=True)
class Exposures:
    """Which histories each held instrument moves with. Both lists of instruments are sorted."""

    held_ids: list[str]
    history_ids: list[str]
    looked_through: sparse.csr_array


@dataclass(frozen=True)
class Totals:
    """What is summed by portfolio, exactly, in the order of its rows; amounts are decimals."""

    portfolio_ids: list[str]
    market_values: pa.Array
    n_positions: Sequence[int]
    n_missing: Sequence[int]


@dataclass(frozen=True)
class SessionRisk:
    """Measures sessions under one convention."""

    history: PriceHistory
    convention: Convention
    min_scenarios: int
    book_currency: str

    def rows(self, session: date, positions: pa.Table, instruments: pa.Table) -> pa.Table:
        """Rows of COLUMNS: the book's, and those of each account that holds something.

        positions: account_id, instrument_id, market_value_amount, currency_code; null accounts are no positions.
        instruments: instrument_id, instrument_type, basket, once each, as known at the session.
        No rows where the window has fewer than `min_scenarios`. Raises MixedCurrenciesError.
        """
        held = positions.filter(pc.is_valid(positions["account_id"]))
        self._refuse_mixed_currencies(session, held)
        exposures = exposures_of(held, instruments)
        window = self.history.window(session, self.convention.window_sessions, exposures.history_ids)
        if window.n_scenarios < self.min_scenarios:
            return ROWS.empty_table()
        totals = _totals(held)
        compressed = _compressed(held, totals.portfolio_ids, exposures.held_ids)
        moves = instrument_moves(simple_returns(window.closes), exposures.looked_through)
        measured = measure_accounts(compressed, moves, self.convention.confidences)
        book = measure_book(measured.book_profits_and_losses, self.convention.confidences)
        accounts = replace(totals, n_missing=_missing(compressed, exposures, window.n_missing))
        whole = _added_up(totals, int(window.n_missing.sum()))
        return pa.concat_tables(
            [
                self._table(session, "account", accounts, measured.accounts, window.n_scenarios),
                self._table(session, "book", whole, book, window.n_scenarios),
            ]
        )

    def _refuse_mixed_currencies(self, session: date, held: pa.Table) -> None:
        others = sorted(set(held["currency_code"].to_pylist()) - {self.book_currency})
        if others:
            raise MixedCurrenciesError(
                f"positions of {session} are in {', '.join(others)} and the book is in {self.book_currency}: "
                "convert them before their risk is added up"
            )

    def _table(
        self, session: date, portfolio_type: str, totals: Totals, measures: TailMeasures, n_scenarios: int
    ) -> pa.Table:
        """One row a portfolio and confidence, confidences running fastest."""
        said, n = self.convention, len(self.convention.confidences)
        stated = {
            "session_date": session,
            "portfolio_type": portfolio_type,
            "currency_code": self.book_currency,
            "n_scenarios": n_scenarios,
            "window_sessions": said.window_sessions,
            "horizon_days": said.horizon_days,
            "method_name": said.method,
            "quantile_name": f"type_{said.quantile_type}",
            "return_type": said.return_type,
            "weighting_name": said.weighting,
            "missing_data_policy": said.missing_data_policy,
        }
        each = np.repeat(np.arange(len(totals.portfolio_ids)), n)
        varying = {
            "portfolio_id": pa.array(totals.portfolio_ids, pa.string()).take(pa.array(each)),
            "confidence_ratio": pa.array(np.tile(said.confidences, len(totals.portfolio_ids))),
            "value_at_risk_amount": pa.array(measures.value_at_risk.ravel()),
            "expected_shortfall_amount": pa.array(measures.expected_shortfall.ravel()),
            "tail_loss_amount": pa.array(measures.kth_worst_loss.ravel()),
            "market_value_amount": totals.market_values.take(pa.array(each)),
            "n_positions": pa.array(np.repeat(np.asarray(totals.n_positions, dtype=np.int64), n)),
            "n_missing_prices": pa.array(np.repeat(np.asarray(totals.n_missing, dtype=np.int64), n)),
        }
        columns = [
            varying[field.name].cast(field.type)
            if field.name in varying
            else pa.repeat(pa.scalar(stated[field.name], field.type), len(each))
            for field in ROWS
        ]
        return pa.table(columns, schema=ROWS)


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


def _totals(held: pa.Table) -> Totals:
    """By account, sorted; missing moves are still to be counted."""
    summed = (
        held.group_by("account_id")
        .aggregate([("market_value_amount", "sum"), ("account_id", "count")])
        .sort_by("account_id")
    )
    values = summed["market_value_amount_sum"].combine_chunks()
    n_positions = summed["account_id_count"].to_pylist()
    return Totals(summed["account_id"].to_pylist(), values, n_positions, [0] * len(n_positions))


def _added_up(accounts: Totals, n_missing: int) -> Totals:
    """The book's one row; zero of nothing."""
    value = pc.sum(accounts.market_values, min_count=0)
    market_value = pa.array([value.as_py()], value.type)
    return Totals([BOOK], market_value, [sum(accounts.n_positions)], [n_missing])


def _missing(positions: Positions, exposures: Exposures, n_missing: np.ndarray) -> list[int]:
    """Missing moves of the histories that each account depends on: each history once, however often it is held."""
    ones = np.ones(len(positions.instrument_indices), dtype=np.int64)
    holds = sparse.csr_array(
        (ones, positions.instrument_indices, positions.offsets),
        shape=(positions.n_accounts, len(exposures.held_ids)),
    )
    depends = (holds @ (exposures.looked_through != 0).astype(np.int64)) != 0
    return (depends.astype(np.int64) @ n_missing).tolist()
