"""Value at risk of every account, of groups of accounts and of the book at one session's end: Arrow tables in, rows out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from jobs.risk.price_history import PriceHistory
from jobs.risk.session_positions import BOOK, Portfolios, SessionPositions, session_positions
from lake.arrow import arrow_fields
from models.risk.convention import Convention
from models.risk.methods import COPULAS, VECTOR_METHODS, Measured, drawn_profits, monte_carlo
from models.risk.portfolios import CENTS, measure_accounts, measure_groups
from models.risk.value_at_risk import Floats, TailMeasures
from schemas.risk import VALUE_AT_RISK_DAILY

COLUMNS = tuple(c for c in VALUE_AT_RISK_DAILY.columns if c.name != "revision")
ROWS = arrow_fields(COLUMNS)


@dataclass(frozen=True)
class SessionRisk:
    """Measures sessions under one convention. n_blocks: of drawn scenarios, `models/risk/monte_carlo.py`; 0 draws none."""

    history: PriceHistory
    convention: Convention
    min_scenarios: int
    book_currency: str
    seed: int
    n_blocks: int

    def rows(self, session: date, positions: pa.Table, instruments: pa.Table) -> pa.Table:
        """Rows of COLUMNS: of each account that holds something, of the groups that they form, and of the book.

        positions: account_id, instrument_id, market_value_amount, currency_code and GROUPED_BY; null accounts are no
        positions. instruments: instrument_id, instrument_type, basket, once each, as known at the session.
        Accounts are measured by the convention; groups and the book also by the methods beside it, the book also by
        drawn scenarios. No rows where the window has fewer than `min_scenarios`. Raises MixedCurrenciesError.
        """
        held = session_positions(
            session, positions, instruments, self.history, self.convention.window_sessions, self.book_currency
        )
        n_scenarios = held.window.n_scenarios
        if n_scenarios < self.min_scenarios:
            return ROWS.empty_table()
        groups, confidences = held.groups(), self.convention.confidences
        measured = measure_accounts(held.positions, held.moves, confidences, groups.members)
        of_groups = measure_groups(measured.group_profits_and_losses, confidences)
        profits = measured.group_profits_and_losses / CENTS
        return pa.concat_tables(
            [
                self._published(session, held.accounts(), measured.accounts, n_scenarios),
                self._published(session, groups, of_groups, n_scenarios),
                self._beside(session, groups, profits, self._drawn(session, held), n_scenarios),
            ]
        )

    def _drawn(self, session: date, held: SessionPositions) -> dict[str, Floats]:
        """The book's profits under drawn moves, by the name of the method; of one seed a session."""
        if self.n_blocks == 0 or not held.exposures.history_ids:
            return {}
        exposed, seed = held.book_exposures(), self.seed + session.toordinal()
        return {
            name: drawn_profits(exposed, held.history_moves, seed, self.n_blocks, degrees_of_freedom)
            for name, degrees_of_freedom in COPULAS.items()
        }

    def _published(
        self, session: date, portfolios: Portfolios, measures: TailMeasures, n_scenarios: int
    ) -> pa.Table:
        """By the convention: one row a portfolio and confidence, confidences running fastest."""
        said, n = self.convention, len(self.convention.confidences)
        each = np.repeat(np.arange(len(portfolios)), n)
        varying = {
            **_of_portfolios(portfolios, each),
            "confidence_ratio": pa.array(np.tile(said.confidences, len(portfolios))),
            "value_at_risk_amount": pa.array(measures.value_at_risk.ravel()),
            "expected_shortfall_amount": pa.array(measures.expected_shortfall.ravel()),
            "tail_loss_amount": pa.array(measures.kth_worst_loss.ravel()),
        }
        named = {
            "method_name": said.method,
            "quantile_name": f"type_{said.quantile_type}",
            "weighting_name": said.weighting,
        }
        return _table(varying, {**self._stated(session, n_scenarios), **named}, len(each))

    def _beside(
        self, session: date, groups: Portfolios, profits: Floats, drawn: dict[str, Floats], n_scenarios: int
    ) -> pa.Table:
        """By each method beside the convention's, one row a group and confidence."""
        rows = list(self._measured(groups, profits, drawn))
        each = np.array([row["place"] for row in rows], dtype=np.int64)
        varying = {
            **_of_portfolios(groups, each),
            **{
                name: pa.array([row[name] for row in rows])
                for name in (
                    "confidence_ratio", "value_at_risk_amount", "expected_shortfall_amount", "method_name",
                    "quantile_name", "weighting_name", "is_in_domain", "standard_error_amount",
                )
            },
        }  # fmt: skip
        return _table(varying, self._stated(session, n_scenarios), len(each))

    def _measured(
        self, groups: Portfolios, profits: Floats, drawn: dict[str, Floats]
    ) -> Iterator[dict[str, Any]]:
        for confidence in self.convention.confidences:
            for method in VECTOR_METHODS:
                said = {
                    "method_name": method.name,
                    "quantile_name": method.quantile,
                    "weighting_name": method.weighting,
                }
                for place in range(len(groups)):
                    yield {
                        "place": place,
                        **said,
                        **_row(confidence, method.measure(profits[place], confidence)),
                    }
            for name, vector in drawn.items():
                said = {"method_name": name, "quantile_name": "type_7", "weighting_name": "equal"}
                place = groups.ids.index(BOOK)
                yield {"place": place, **said, **_row(confidence, monte_carlo(vector, confidence))}

    def _stated(self, session: date, n_scenarios: int) -> dict[str, Any]:
        said = self.convention
        return {
            "session_date": session,
            "currency_code": self.book_currency,
            "n_scenarios": n_scenarios,
            "window_sessions": said.window_sessions,
            "horizon_days": said.horizon_days,
            "return_type": said.return_type,
            "missing_data_policy": said.missing_data_policy,
            "is_in_domain": True,
            "tail_loss_amount": None,
            "standard_error_amount": None,
        }


def _row(confidence: float, measured: Measured) -> dict[str, Any]:
    return {
        "confidence_ratio": confidence,
        "value_at_risk_amount": measured.value_at_risk,
        "expected_shortfall_amount": measured.expected_shortfall,
        "is_in_domain": measured.is_in_domain,
        "standard_error_amount": measured.standard_error,
    }


def _of_portfolios(portfolios: Portfolios, each: np.ndarray) -> dict[str, pa.Array]:
    """What a portfolio's rows have in common; `each` names the portfolio of a row by its place."""
    places = pa.array(each, pa.int64())
    return {
        "portfolio_type": pa.array(portfolios.types, pa.string()).take(places),
        "portfolio_id": pa.array(portfolios.ids, pa.string()).take(places),
        "market_value_amount": pa.array(portfolios.market_values, pa.decimal128(20, 4)).take(places),
        "n_positions": pa.array(portfolios.n_positions, pa.int64()).take(places),
        "n_missing_prices": pa.array(portfolios.n_missing, pa.int64()).take(places),
    }


def _table(varying: dict[str, pa.Array], stated: dict[str, Any], n_rows: int) -> pa.Table:
    columns = [
        varying[field.name].cast(field.type)
        if field.name in varying
        else pa.repeat(pa.scalar(stated[field.name], field.type), n_rows)
        for field in ROWS
    ]
    return pa.table(columns, schema=ROWS)
