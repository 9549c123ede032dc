"""Are the risk numbers coherent, and how often did the book lose more than they said?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from evaluation.section import Fact, Grid, Section, listed
from lake.reader import query
from lake.sessions import book_calendar
from lake.settings import Settings

MEASURES = """
    SELECT session_date, portfolio_type, portfolio_id, confidence_ratio, revision, value_at_risk_amount,
           expected_shortfall_amount
    FROM gold.value_at_risk_daily
"""
PROFITS = "SELECT session_date, sum(profit_amount) AS profit_amount FROM gold.profit_and_loss_daily GROUP BY session_date"
PORTFOLIO = ("session_date", "portfolio_type", "portfolio_id", "revision")


@dataclass(frozen=True)
class Hits:
    """Sessions in which the book lost more than the value at risk of the session before, and how many that should be."""

    confidence: Decimal
    n_sessions: int
    n_expected: float
    sessions: tuple[date, ...]


@dataclass(frozen=True)
class RiskResult:
    """shortfall_below: rows whose expected shortfall is below their value at risk. falling: rows in which a measure is
    smaller than at the next lower confidence. Both name session, portfolio, confidence, revision.
    """

    n_rows: int
    shortfall_below: tuple[str, ...]
    falling: tuple[str, ...]
    hits: tuple[Hits, ...]


def judge(
    measures: pa.Table, profits: Mapping[date, Decimal], next_session: Callable[[date], date]
) -> RiskResult:
    """measures: gold.value_at_risk_daily's rows of all revisions; losses positive. profits: the whole book's, by session."""
    ordered = measures.sort_by([(name, "ascending") for name in (*PORTFOLIO, "confidence_ratio")])
    below = pc.less(ordered["expected_shortfall_amount"], ordered["value_at_risk_amount"])
    return RiskResult(
        measures.num_rows,
        _named(ordered.filter(below)),
        _named(_falling(ordered)),
        _hits(ordered, profits, next_session),
    )


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


def _hits(
    ordered: pa.Table, profits: Mapping[date, Decimal], next_session: Callable[[date], date]
) -> tuple[Hits, ...]:
    """What was published first counts: later revisions knew more."""
    first: dict[tuple[Decimal, date], Decimal] = {}
    for row in ordered.filter(pc.equal(ordered["portfolio_type"], "book")).to_pylist():
        first.setdefault((row["confidence_ratio"], row["session_date"]), row["value_at_risk_amount"])
    losses: dict[Decimal, list[tuple[date, bool]]] = {}
    for (confidence, day), value_at_risk in sorted(first.items()):
        following = next_session(day)
        if following in profits:
            losses.setdefault(confidence, []).append((following, -profits[following] > value_at_risk))
    return tuple(
        Hits(
            confidence,
            len(days),
            len(days) * float(1 - confidence),
            tuple(day for day, is_hit in days if is_hit),
        )
        for confidence, days in losses.items()
    )


def _named(rows: pa.Table) -> tuple[str, ...]:
    return tuple(
        f"{row['session_date']} {row['portfolio_id']} at {_percent(row['confidence_ratio'])} revision {row['revision']}"
        for row in rows.to_pylist()
    )


def section(settings: Settings) -> Section:
    """Reads gold.value_at_risk_daily and gold.profit_and_loss_daily."""
    rows = query(settings, PROFITS).to_pylist()
    profits = {row["session_date"]: row["profit_amount"] for row in rows}
    calendar = book_calendar()
    return told(judge(query(settings, MEASURES), profits, lambda day: calendar.shift(day, 1)))


def told(result: RiskResult) -> Section:
    """The answer as a section."""
    n_rows = result.n_rows
    return Section(
        name="risk",
        title="Risk: coherence, and losses of the book beyond the value at risk of the session before",
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
                ("confidence", "sessions", "hits expected", "hits observed"),
                tuple(
                    (_percent(h.confidence), h.n_sessions, h.n_expected, len(h.sessions)) for h in result.hits
                ),
            ),
        ),
        notes=(
            *listed("expected shortfall below value at risk", result.shortfall_below),
            *listed("falling with confidence", result.falling),
        ),
        figures={
            "n_rows": n_rows,
            "shortfall_below": list(result.shortfall_below),
            "falling": list(result.falling),
            "hits": [_figures(hits) for hits in result.hits],
        },
    )


def _figures(hits: Hits) -> dict[str, Any]:
    return {
        "confidence": str(hits.confidence),
        "n_sessions": hits.n_sessions,
        "n_expected": hits.n_expected,
        "n_observed": len(hits.sessions),
        "sessions": [day.isoformat() for day in hits.sessions],
    }


def _percent(confidence: Decimal) -> str:
    return f"{(confidence * 100).normalize():f} %"
