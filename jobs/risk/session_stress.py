"""Stress losses of groups of accounts and of the book at one session's end: Arrow tables in, rows out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from jobs.risk.price_history import unit_changes
from jobs.risk.scenario_moves import Closes, Names, Seen, losses_under, moves_under
from jobs.risk.session_moves import Exposures, exposures_of
from jobs.risk.session_positions import BOOK
from jobs.risk.stress_scenarios import Episode, IndexMove, LeastFall, Scenario
from lake.arrow import arrow_fields, arrow_rows
from models.risk.adjusted_closes import adjusted_closes
from models.risk.stress import least_move, move_to_fall_below, not_shocked
from models.risk.value_at_risk import Floats
from schemas.risk import STRESS_DAILY

COLUMNS = STRESS_DAILY.columns
ROWS = arrow_fields(COLUMNS)
MARGIN = ("closing_cash_amount", "securities_amount", "debt_amount")

Rows = Sequence[Mapping[str, Any]]


def closes_by_session(
    closes: pa.Table, actions: pa.Table, exchange_rates: pa.Table, book_currency: str
) -> Closes:
    """Of rows of session_date, instrument_id, close_price, currency_code, of the actions that stand, and of session_date,
    base_currency_code, exchange_rate into the book's currency; in the units of the last of the sessions, so that what came
    after it changes nothing. A close in another currency counts where its session has a rate, and a currency like an
    instrument that costs its rate.
    """
    days = sorted(set(closes["session_date"].to_pylist()))
    changes = unit_changes(actions, days)
    found: dict[date, dict[str, float]] = {day: {} for day in days}
    by_instrument: dict[str, dict[date, float]] = {}
    for row in closes.to_pylist():
        by_instrument.setdefault(row["instrument_id"], {})[row["session_date"]] = float(row["close_price"])
    for instrument_id, listed in by_instrument.items():
        within = [each for each in changes.get(instrument_id, ()) if each.row < len(days)]
        told = adjusted_closes(np.array([listed.get(day, np.nan) for day in days]), within)
        for day in listed:
            found[day][instrument_id] = float(told[days.index(day)])
    return _in_book_currency(found, closes, exchange_rates, book_currency)


def _in_book_currency(
    found: Closes, closes: pa.Table, exchange_rates: pa.Table, book_currency: str
) -> Closes:
    rates = {
        (row["session_date"], row["base_currency_code"]): float(row["exchange_rate"])
        for row in exchange_rates.to_pylist()
    }
    told: dict[date, dict[str, float]] = {day: {} for day in found}
    for row in closes.to_pylist():
        day, name, currency = row["session_date"], row["instrument_id"], row["currency_code"]
        rate = 1.0 if currency == book_currency else rates.get((day, currency))
        if rate is not None:
            told[day][name] = found[day][name] * rate
    for (day, currency), rate in rates.items():
        told.setdefault(day, {})[currency] = rate
    return told


@dataclass(frozen=True)
class Margin:
    """The margin accounts that owe something. cash: not below zero. long, short: accounts x names, at least 0."""

    cash: Floats
    securities: Floats
    debts: Floats
    long: sparse.csr_array
    short: sparse.csr_array

    def least_move(self, shock: LeastFall, betas: Floats) -> float | None:
        """The move of the index, 0 or below; None where none does it. A name without a beta stays as it is."""
        if not len(self.debts):
            return None
        follows = np.where(np.isnan(betas), 0.0, betas)
        sensitivities = self.long @ follows - shock.line_ratio * (self.short @ follows)
        moves = move_to_fall_below(self.cash, self.securities, sensitivities, self.debts, shock.line_ratio)
        found = least_move(moves, shock.share_ratio)
        return found if np.isfinite(found) else None


@dataclass(frozen=True)
class Holdings:
    """What portfolios hold, sorted by type and id, and of each name, funds looked through.

    market_values: exact. exposures, gross: portfolios x names, currency units, long positive and without signs.
    """

    portfolios: list[tuple[str, str]]
    market_values: list[Decimal]
    n_positions: list[int]
    names: Names
    exposures: Floats
    gross: Floats
    margin: Margin


@dataclass(frozen=True)
class SessionStress:
    """Stresses sessions under the same scenarios. episode_closes: of the sessions that bound the episodes."""

    seen: Seen
    episode_closes: Closes
    scenarios: tuple[Scenario, ...]
    book_currency: str

    def rows(self, session: date, held: pa.Table, instruments: pa.Table) -> pa.Table:
        """Rows of COLUMNS: of each portfolio that holds something and of the book, under each scenario.

        held: portfolio_type, portfolio_id, instrument_id, market_value_amount, gross_amount (the same without signs of
        positions) and n_positions; with margin_account_id instead of a portfolio, the positions of a margin
        account and, without an instrument, what MARGIN says of it; other rows without an instrument hold nothing. instruments: instrument_id,
        instrument_type, basket, maturity_date, currency_code, once each, as known at the session. An episode has rows once it
        is over.
        """
        found = self._holdings(session, held, instruments)
        tables = [
            self._rows(session, found, each)
            for each in self.scenarios
            if not (isinstance(each.shock, Episode) and each.shock.last > session)
        ]
        return pa.concat_tables([ROWS.empty_table(), *tables])

    def _holdings(self, session: date, held: pa.Table, instruments: pa.Table) -> Holdings:
        of_portfolio = pc.and_(pc.is_valid(held["portfolio_type"]), pc.is_valid(held["instrument_id"]))
        rows = held.filter(of_portfolio).to_pylist()
        owners = [(row["portfolio_type"], row["portfolio_id"]) for row in rows]
        portfolios = sorted({*owners, (BOOK, BOOK)})
        held_ids = sorted({row["instrument_id"] for row in rows})
        exposures = exposures_of(held_ids, instruments, self.book_currency)
        masters = {row["instrument_id"]: row for row in instruments.to_pylist()}
        of_each = [
            [row for row, owner in zip(rows, owners, strict=True) if owner == each] for each in portfolios
        ]
        return Holdings(
            portfolios,
            [sum((row["market_value_amount"] for row in own), Decimal(0)) for own in of_each],
            [sum(row["n_positions"] for row in own) for own in of_each],
            self.seen.names(session, exposures.history_ids, masters),
            _looked_through(of_each, "market_value_amount", exposures),
            _looked_through(of_each, "gross_amount", exposures),
            _margin(held.filter(pc.is_valid(held["margin_account_id"])), exposures),
        )

    def _rows(self, session: date, held: Holdings, scenario: Scenario) -> pa.Table:
        """One row a portfolio."""
        shock, least = scenario.shock, None
        if isinstance(shock, LeastFall):
            least = held.margin.least_move(shock, held.names.betas)
            shock = IndexMove(least or 0.0)
        moves = moves_under(shock, held.names, held.exposures, self.episode_closes)
        losses = pa.array(losses_under(shock, held.names, held.exposures, moves))
        if isinstance(scenario.shock, LeastFall) and least is None:
            losses = pa.nulls(len(losses), pa.float64())
        varying = {
            "portfolio_type": pa.array([kind for kind, _ in held.portfolios]),
            "portfolio_id": pa.array([name for _, name in held.portfolios]),
            "stress_loss_amount": losses,
            "market_value_amount": pa.array(held.market_values, pa.decimal128(20, 4)),
            "not_shocked_amount": pa.array(not_shocked(held.gross, moves)),
            "not_shocked": pa.array(_listed(held, moves), pa.list_(pa.string())),
            "n_positions": pa.array(held.n_positions, pa.int64()),
        }
        stated = {
            "session_date": session,
            "scenario_id": scenario.id,
            "scenario_type": scenario.shock.kind,
            "scenario_name": scenario.name,
            "scenario_defined_date": scenario.defined,
            "scenario_author_name": scenario.author,
            "least_index_move_ratio": least,
            "currency_code": self.book_currency,
        }
        return arrow_rows(ROWS, varying, stated, len(held.portfolios))


def _looked_through(of_each: Sequence[Rows], amount: str, exposures: Exposures) -> Floats:
    """portfolios x names of an amount of each instrument that a portfolio holds."""
    place = {instrument_id: column for column, instrument_id in enumerate(exposures.held_ids)}
    found = np.zeros((len(of_each), len(place)))
    for portfolio, own in enumerate(of_each):
        for row in own:
            found[portfolio, place[row["instrument_id"]]] = float(row[amount])
    looked_through: Floats = found @ exposures.looked_through
    return looked_through


def _margin(rows: pa.Table, exposures: Exposures) -> Margin:
    accounts = rows.filter(pc.is_null(rows["instrument_id"])).sort_by("margin_account_id")
    positions = rows.filter(pc.is_valid(rows["instrument_id"]))
    owners = accounts["margin_account_id"].combine_chunks()
    places = (
        pc.index_in(positions["margin_account_id"], owners).to_numpy(),
        pc.index_in(positions["instrument_id"], pa.array(exposures.held_ids, pa.string())).to_numpy(),
    )
    shape = (len(owners), len(exposures.held_ids))
    values = sparse.coo_array((_doubles(positions["market_value_amount"]), places), shape=shape).tocsr()
    return Margin(
        np.maximum(_doubles(accounts["closing_cash_amount"]), 0.0),
        _doubles(accounts["securities_amount"]),
        _doubles(accounts["debt_amount"]),
        values.maximum(0) @ exposures.looked_through,
        (-values).maximum(0) @ exposures.looked_through,
    )


def _doubles(amounts: pa.ChunkedArray) -> Floats:
    found: Floats = amounts.cast(pa.float64()).to_numpy()
    return found


def _listed(held: Holdings, moves: Floats) -> list[list[str]]:
    """What each portfolio holds of names without a move; names are sorted."""
    is_listed = (held.gross > 0) & np.isnan(moves)
    return [[name for name, listed in zip(held.names.ids, row, strict=True) if listed] for row in is_listed]
