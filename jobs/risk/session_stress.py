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

from jobs.risk.price_history import unit_changes
from jobs.risk.scenario_moves import Closes, Names, Seen, losses_under, moves_under
from jobs.risk.session_moves import Exposures, exposures_of
from jobs.risk.session_positions import BOOK, refuse_others
from jobs.risk.stress_scenarios import Episode, Scenario
from lake.arrow import arrow_fields
from models.risk.adjusted_closes import adjusted_closes
from models.risk.stress import not_shocked
from models.risk.value_at_risk import Floats
from schemas.risk import STRESS_DAILY

COLUMNS = STRESS_DAILY.columns
ROWS = arrow_fields(COLUMNS)

Rows = Sequence[Mapping[str, Any]]


def closes_by_session(closes: pa.Table, actions: pa.Table) -> Closes:
    """Of rows of session_date, instrument_id, close_price and of the actions that stand; in the units of the last of the
    sessions, so that what came after it changes nothing."""
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
    return found


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


@dataclass(frozen=True)
class SessionStress:
    """Stresses sessions under the same scenarios. episode_closes: of the sessions that bound the episodes."""

    seen: Seen
    episode_closes: Closes
    scenarios: tuple[Scenario, ...]
    book_currency: str

    def rows(self, session: date, held: pa.Table, instruments: pa.Table) -> pa.Table:
        """Rows of COLUMNS: of each portfolio that holds something and of the book, under each scenario.

        held: portfolio_type, portfolio_id, instrument_id, currency_code, market_value_amount, gross_amount (the same
        without signs of positions) and n_positions; rows without an instrument hold nothing. instruments: instrument_id,
        instrument_type, basket, maturity_date, once each, as known at the session. An episode has rows once it is over.
        Raises MixedCurrenciesError.
        """
        refuse_others(session, held["currency_code"], self.book_currency)
        found = self._holdings(session, held.filter(pc.is_valid(held["instrument_id"])), instruments)
        tables = [
            self._rows(session, found, each)
            for each in self.scenarios
            if not (isinstance(each.shock, Episode) and each.shock.last > session)
        ]
        return pa.concat_tables([ROWS.empty_table(), *tables])

    def _holdings(self, session: date, held: pa.Table, instruments: pa.Table) -> Holdings:
        rows = held.to_pylist()
        owners = [(row["portfolio_type"], row["portfolio_id"]) for row in rows]
        portfolios = sorted({*owners, (BOOK, BOOK)})
        exposures = exposures_of(sorted({row["instrument_id"] for row in rows}), instruments)
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
        )

    def _rows(self, session: date, held: Holdings, scenario: Scenario) -> pa.Table:
        """One row a portfolio."""
        moves = moves_under(scenario.shock, held.names, held.exposures, self.episode_closes)
        varying = {
            "portfolio_type": pa.array([kind for kind, _ in held.portfolios]),
            "portfolio_id": pa.array([name for _, name in held.portfolios]),
            "stress_loss_amount": pa.array(losses_under(scenario.shock, held.names, held.exposures, moves)),
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
            "currency_code": self.book_currency,
        }
        n_rows = len(held.portfolios)
        columns = [
            varying[field.name].cast(field.type)
            if field.name in varying
            else pa.repeat(pa.scalar(stated[field.name], field.type), n_rows)
            for field in ROWS
        ]
        return pa.table(columns, schema=ROWS)


def _looked_through(of_each: Sequence[Rows], amount: str, exposures: Exposures) -> Floats:
    """portfolios x names of an amount of each instrument that a portfolio holds."""
    place = {instrument_id: column for column, instrument_id in enumerate(exposures.held_ids)}
    found = np.zeros((len(of_each), len(place)))
    for portfolio, own in enumerate(of_each):
        for row in own:
            found[portfolio, place[row["instrument_id"]]] = float(row[amount])
    looked_through: Floats = found @ exposures.looked_through
    return looked_through


def _listed(held: Holdings, moves: Floats) -> list[list[str]]:
    """What each portfolio holds of names without a move; names are sorted."""
    is_listed = (held.gross > 0) & np.isnan(moves)
    return [[name for name, listed in zip(held.names.ids, row, strict=True) if listed] for row in is_listed]
