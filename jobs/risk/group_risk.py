"""Value at risk of groups of accounts and of the book at one session's end, from the parts that blocks of accounts add."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa

from jobs.risk.group_parts import Groups, added_up
from jobs.risk.risk_rows import RiskRows
from jobs.risk.session_moves import MovesOfSessions, SessionMoves
from jobs.risk.session_positions import BOOK, UNITS
from models.risk.methods import COPULAS, VECTOR_METHODS, Measured, drawn_profits, factors_of, monte_carlo
from models.risk.portfolios import CENTS, measure_groups
from models.risk.value_at_risk import Floats


@dataclass(frozen=True)
class GroupRisk:
    """Measures groups under one convention and by the methods beside it, the book also by drawn scenarios.

    n_blocks: of drawn scenarios, `models/risk/monte_carlo.py`; 0 draws none.
    """

    moves_of: MovesOfSessions
    rows: RiskRows
    seed: int
    n_blocks: int

    def measured(self, session: date, parts: pa.Table) -> pa.Table:
        """Parts of one session to rows of COLUMNS."""
        groups = added_up(parts)
        under = self.moves_of.of(session, groups.held_ids)
        portfolios, n_scenarios = groups.portfolios(under), under.n_scenarios
        measures = measure_groups(groups.profits, self.rows.convention.confidences)
        beside = list(self._beside(groups, self._drawn(session, groups, under)))
        return pa.concat_tables(
            [
                self.rows.published(session, portfolios, measures, n_scenarios),
                self.rows.beside(session, portfolios, beside, n_scenarios),
            ]
        )

    def _drawn(self, session: date, groups: Groups, under: SessionMoves) -> dict[str, Floats]:
        """The book's profits under drawn moves, by the name of the method; of one seed a session."""
        if self.n_blocks == 0 or not under.exposures.history_ids:
            return {}
        held = groups.exact_values[groups.ids.index(BOOK)] / UNITS
        exposed, seed = under.exposures.looked_through.T @ held, self.seed + session.toordinal()
        of = factors_of(under.history_moves)
        return {
            name: drawn_profits(exposed, of, seed, self.n_blocks, degrees_of_freedom)
            for name, degrees_of_freedom in COPULAS.items()
        }

    def _beside(self, groups: Groups, drawn: dict[str, Floats]) -> Iterator[dict[str, Any]]:
        profits = groups.profits / CENTS
        for confidence in self.rows.convention.confidences:
            for method in VECTOR_METHODS:
                said = {
                    "method_name": method.name,
                    "quantile_name": method.quantile,
                    "weighting_name": method.weighting,
                }
                for place in range(len(groups.ids)):
                    measured = method.measure(profits[place], confidence)
                    yield {"place": place, **said, **_row(confidence, measured)}
            for name, vector in drawn.items():
                said = {"method_name": name, "quantile_name": "type_7", "weighting_name": "equal"}
                place = groups.ids.index(BOOK)
                yield {"place": place, **said, **_row(confidence, monte_carlo(vector, confidence))}


def _row(confidence: float, measured: Measured) -> dict[str, Any]:
    return {
        "confidence_ratio": confidence,
        "value_at_risk_amount": measured.value_at_risk,
        "expected_shortfall_amount": measured.expected_shortfall,
        "is_in_domain": measured.is_in_domain,
        "standard_error_amount": measured.standard_error,
    }
