"""Rows of value at risk from what was measured: one a portfolio, method and confidence, with the convention in the row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.risk.session_positions import UNITS, Portfolios
from lake.arrow import arrow_fields, arrow_rows
from models.risk.convention import Convention
from models.risk.value_at_risk import TailMeasures
from schemas.risk import VALUE_AT_RISK_DAILY

COLUMNS = tuple(c for c in VALUE_AT_RISK_DAILY.columns if c.name != "revision")
ROWS = arrow_fields(COLUMNS)


@dataclass(frozen=True)
class RiskRows:
    """Writes the rows of one convention and currency. n_scenarios: as many as there were at the session."""

    convention: Convention
    currency: str

    def published(
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
        return arrow_rows(ROWS, varying, {**self._stated(session, n_scenarios), **named}, len(each))

    def beside(
        self, session: date, portfolios: Portfolios, rows: list[dict[str, Any]], n_scenarios: int
    ) -> pa.Table:
        """By other methods. rows: place of the portfolio, and the columns that differ from row to row."""
        each = np.array([row["place"] for row in rows], dtype=np.int64)
        varying = {
            **_of_portfolios(portfolios, each),
            **{
                name: pa.array([row[name] for row in rows])
                for name in (
                    "confidence_ratio", "value_at_risk_amount", "expected_shortfall_amount", "method_name",
                    "quantile_name", "weighting_name", "is_in_domain", "standard_error_amount",
                )
            },
        }  # fmt: skip
        return arrow_rows(ROWS, varying, self._stated(session, n_scenarios), len(each))

    def _stated(self, session: date, n_scenarios: int) -> dict[str, Any]:
        said = self.convention
        return {
            "session_date": session,
            "currency_code": self.currency,
            "n_scenarios": n_scenarios,
            "window_sessions": said.window_sessions,
            "horizon_days": said.horizon_days,
            "return_type": said.return_type,
            "missing_data_policy": said.missing_data_policy,
            "is_in_domain": True,
            "tail_loss_amount": None,
            "standard_error_amount": None,
        }


def amounts_of(exact: np.ndarray) -> pa.Array:
    """Whole numbers of UNITS as decimals of currency units."""
    whole = pa.array(exact, pa.int64()).cast(pa.decimal128(19))
    return pc.multiply(whole, pa.scalar(1 / Decimal(UNITS))).cast(pa.decimal128(20, 4))


def _of_portfolios(portfolios: Portfolios, each: np.ndarray) -> dict[str, pa.Array]:
    """What a portfolio's rows have in common; `each` names the portfolio of a row by its place."""
    places = pa.array(each, pa.int64())
    return {
        "portfolio_type": pa.array(portfolios.types, pa.string()).take(places),
        "portfolio_id": pa.array(portfolios.ids, pa.string()).take(places),
        "market_value_amount": amounts_of(portfolios.market_values).take(places),
        "n_positions": pa.array(portfolios.n_positions, pa.int64()).take(places),
        "n_missing_prices": pa.array(portfolios.n_missing, pa.int64()).take(places),
    }
