"""Are the risk numbers coherent, and what do the back-tests say of them?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from evaluation.section import Fact, Grid, Section, listed
from lake.reader import query
from lake.settings import Settings

MEASURES = """
    SELECT session_date, portfolio_type, portfolio_id, method_name, confidence_ratio, revision,
           value_at_risk_amount, expected_shortfall_amount
    FROM gold.value_at_risk_daily
    WHERE is_in_domain
"""
# Of the last session: the published method whole, the others where they matter most.
BACKTESTS = """
    SELECT method_name, confidence_ratio, profit_type, n_sessions, n_hits_expected, n_hits, zone_name, is_rejected, backtest_verdict
    FROM gold.value_at_risk_backtests
    WHERE session_date = (SELECT max(session_date) FROM gold.value_at_risk_backtests)
      AND portfolio_type = 'book'
      AND (method_name = 'historical_simulation' OR (profit_type = 'clean' AND confidence_ratio = 0.99))
    ORDER BY method_name <> 'historical_simulation', method_name, confidence_ratio, profit_type DESC
"""
PUBLISHED, HIGHEST = "historical_simulation", Decimal("0.99")
PORTFOLIO = ("session_date", "portfolio_type", "portfolio_id", "method_name", "revision")


@dataclass(frozen=True)
class RiskResult:
    """shortfall_below: rows whose expected shortfall is below their value at risk. falling: rows in which a measure is
    smaller than at the next lower confidence. Both name session, portfolio, method, confidence, revision.
    """

    n_rows: int
    shortfall_below: tuple[str, ...]
    falling: tuple[str, ...]


def judge(measures: pa.Table) -> RiskResult:
    """measures: gold.value_at_risk_daily's rows of all revisions, where the method may be used; losses positive."""
    ordered = measures.sort_by([(name, "ascending") for name in (*PORTFOLIO, "confidence_ratio")])
    below = pc.less(ordered["expected_shortfall_amount"], ordered["value_at_risk_amount"])
    return RiskResult(measures.num_rows, _named(ordered.filter(below)), _named(_falling(ordered)))


def _falling(ordered: pa.Table) -> pa.Table:
    """The rows with less than the row before them has, where both are of one portfolio."""
    if ordered.num_rows < 2:
        return ordered.slice(0, 0)
    rows, before = ordered.slice(1), ordered.slice(0, ordered.num_rows - 1)
    same = pa.chunked_array([pa.array([True] * rows.num_rows)])
    for name in PORTFOLIO:
        same = pc.and_(same, pc.equal(rows[name], before[name]))
    less = pc.or_(
        *[pc.less(rows[name], before[name]) for name in ("value_at_risk_amount", "expected_shortfall_amount")]
    )
    return rows.filter(pc.and_(same, less))


def _named(rows: pa.Table) -> tuple[str, ...]:
    return tuple(
        f"{row['session_date']} {row['portfolio_id']} by {row['method_name']} at {_percent(row['confidence_ratio'])}"
        f" revision {row['revision']}"
        for row in rows.to_pylist()
    )


def section(settings: Settings) -> Section:
    """Reads gold.value_at_risk_daily and gold.value_at_risk_backtests."""
    return told(judge(query(settings, MEASURES)), query(settings, BACKTESTS).to_pylist())


def told(result: RiskResult, backtests: Sequence[dict[str, Any]]) -> Section:
    """The answer as a section. A verdict is shown, passing or not: that forecasts were right is no promise."""
    n_rows = result.n_rows
    return Section(
        name="risk",
        title="Risk: coherence, and the forecasts of the book against what came",
        facts=(
            Fact(
                f"expected shortfall is at least value at risk in {n_rows - len(result.shortfall_below):,} of {n_rows:,} rows",
                n_rows > 0 and not result.shortfall_below,
            ),
            Fact(
                f"{len(result.falling)} rows have less than the same portfolio at a lower confidence",
                not result.falling,
            ),
        ),
        grids=(
            Grid(
                ("method", "at", "profit", "hits", "of", "expected", "zone", "verdict"),
                tuple(
                    (
                        row["method_name"],
                        _percent(row["confidence_ratio"]),
                        row["profit_type"],
                        row["n_hits"],
                        row["n_sessions"],
                        round(float(row["n_hits_expected"]), 1),
                        row["zone_name"],
                        "rejected" if row["is_rejected"] else "not rejected",
                    )
                    for row in backtests
                ),
            ),
        ),
        notes=(
            *(
                f"at {_percent(row['confidence_ratio'])}, {row['profit_type']} profit: {row['backtest_verdict']}"
                for row in backtests
                if row["method_name"] == PUBLISHED and row["confidence_ratio"] == HIGHEST
            ),
            *listed("expected shortfall below value at risk", result.shortfall_below),
            *listed("falling with confidence", result.falling),
        ),
        figures={
            "n_rows": n_rows,
            "shortfall_below": list(result.shortfall_below),
            "falling": list(result.falling),
            "backtests": [{**row, "confidence_ratio": str(row["confidence_ratio"])} for row in backtests],
        },
    )


def _percent(confidence: Decimal) -> str:
    return f"{(confidence * 100).normalize():f} %"
