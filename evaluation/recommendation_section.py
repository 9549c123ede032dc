"""Reads what was recommended and chosen, and says how good the recommendations are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from evaluation import offers
from evaluation.known import ACCOUNTS, INSTRUMENTS, Known, known
from evaluation.recommendation import (
    METHODS,
    K,
    Method,
    Quality,
    TasteQuality,
    coverages,
    judge,
    judge_tastes,
)
from evaluation.section import Grid, Section, interval_figures, with_interval
from ingestion.simulator.truth import Taste, Truth
from lake.reader import query
from lake.sessions import book_calendar
from lake.settings import Settings
from models.intervals import Resampling

RECOMMENDED = "SELECT session_date, client_id, rank, revision, instrument_id FROM gold.recommendations_daily"
INTERESTED = (
    "SELECT session_date, client_id, instrument_id FROM gold.interactions_daily WHERE strength_score > 0"
)
OWNERS = "WITH owners AS (SELECT DISTINCT account_id, client_id FROM silver.accounts)"
TRADED = f"""
    {OWNERS} SELECT DISTINCT session_date, client_id, instrument_id
    FROM silver.corrected_fills JOIN owners USING (account_id) WHERE side =
"""
BOUGHT, SOLD = f"{TRADED} 'buy'", f"{TRADED} 'sell'"
HELD = f"""
    {OWNERS} SELECT DISTINCT session_date, client_id, instrument_id
    FROM gold.positions_daily JOIN owners USING (account_id) WHERE position_quantity > 0
"""
CASH = f"""
    {OWNERS} SELECT session_date, client_id, sum(closing_cash_amount * coalesce(book_exchange_rate, 1)) AS free_cash_amount
    FROM gold.cash_daily JOIN owners USING (account_id)
    LEFT JOIN (SELECT session_date, account_id, currency_code, book_exchange_rate FROM gold.profit_and_loss_daily)
    USING (session_date, account_id, currency_code) GROUP BY session_date, client_id
"""


@dataclass(frozen=True)
class RecommendationResult:
    """cuts: the sessions judged. tastes: at tastes_at, the last session with recommendations."""

    horizon_sessions: int
    cuts: tuple[date, ...]
    bought: Quality | None
    turned_to: Quality | None
    coverage: Mapping[Method, float]
    tastes_at: date | None
    tastes: TasteQuality | None


def section(settings: Settings, truth: Truth) -> Section:
    """Reads gold.recommendations_daily, gold.interactions_daily, gold.positions_daily, gold.cash_daily and silver."""
    record = offers.Record(
        *(
            offers.by_session(query(settings, sql).to_pandas())
            for sql in (RECOMMENDED, INTERESTED, BOUGHT, SOLD, HELD, CASH)
        )
    )
    accounts = query(settings, ACCOUNTS).to_pandas()
    instruments = query(settings, INSTRUMENTS).to_pandas()
    calendar = book_calendar()

    def known_at(day: date) -> Known:
        return known(accounts, instruments, day, calendar.session(day).closes_at)

    found = compare(record, known_at, truth.tastes, offers.PARAMS[settings.params], Resampling())
    return told(found)


def compare(
    record: offers.Record,
    known_at: Callable[[date], Known],
    tastes: tuple[Taste, ...],
    params: offers.Params,
    resampling: Resampling,
) -> RecommendationResult:
    """All of the comparison. The sessions are those with interactions or recommendations."""
    recommended_on = set(record.recommendations)
    sessions = sorted(recommended_on | set(record.interactions))
    chosen = offers.cuts(recommended_on, sessions, params)
    made = [offer for cut in chosen for offer in offers.offers_at(cut, record, sessions, known_at, params)]
    last = max(recommended_on, default=None)
    at_last = [] if last is None else offers.offers_at(last, record, sessions, known_at, params)
    return RecommendationResult(
        params.horizon_sessions,
        chosen,
        judge(made, "bought", resampling),
        judge(made, "turned_to", resampling),
        {} if last is None else coverages(made or at_last, len(known_at(last).tradable)),
        last,
        judge_tastes(
            at_last, {each.client_id: {name for name, _ in each.liked} for each in tastes}, resampling
        ),
    )


def told(result: RecommendationResult) -> Section:
    """The answer as a section."""
    later = (("bought", result.bought), ("turned to", result.turned_to))
    grids = [
        Grid(
            ("later", "ranking", f"nDCG@{K}", f"recall@{K}"),
            tuple(row for name, found in later if found is not None for row in _rows(name, found)),
        )
    ]
    if result.tastes is not None:
        shares = result.tastes.share
        grids.append(
            Grid(
                ("ranking", "share of it that the client likes best"),
                tuple((method, with_interval(shares[method])) for method in METHODS),
            )
        )
    return Section(
        name="recommendation",
        title="Recommendation: against what clients did later and what they like (with 95 % intervals over clients)",
        grids=tuple(grids),
        notes=_notes(result),
        figures={
            "horizon_sessions": result.horizon_sessions,
            "cuts": [cut.isoformat() for cut in result.cuts],
            "bought": _figures(result.bought),
            "turned_to": _figures(result.turned_to),
            "coverage": dict(result.coverage),
            "tastes": _taste_figures(result.tastes),
        },
    )


def _rows(name: str, found: Quality) -> list[tuple[str, ...]]:
    return [
        (name, method, with_interval(found.ndcg[method]), with_interval(found.recall[method]))
        for method in METHODS
    ]


def _notes(result: RecommendationResult) -> tuple[str, ...]:
    if result.tastes_at is None:
        return ("no session has recommendations",)
    notes = []
    if result.cuts:
        span = f"{len(result.cuts)} weekly cuts, {result.cuts[0]} to {result.cuts[-1]}"
        notes.append(f"{span}, each against the {result.horizon_sessions} sessions after it")
    else:
        notes.append(
            f"nothing to judge yet: no recommendations have {result.horizon_sessions} sessions after them"
        )
    for name, found in (("bought", result.bought), ("turned to", result.turned_to)):
        if found is not None:
            lead = f"{name}: recommended leads popular by {with_interval(found.lead)} in nDCG@{K}"
            notes.append(
                f"{lead}; {found.n_clients:,} clients, {found.n_left_out:,} lists had nothing to find"
            )
    covered = ", ".join(f"{method} {share:.3f}" for method, share in result.coverage.items())
    notes.append(f"share of the tradable products in anyone's list: {covered}")
    if result.tastes is not None:
        lead, chance = with_interval(result.tastes.lead), result.tastes.chance
        notes.append(
            f"tastes at {result.tastes_at}: recommended leads popular by {lead}; a blind choice gets {chance:.3f}"
        )
    return tuple(notes)


def _figures(found: Quality | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "n_cuts": found.n_cuts,
        "n_clients": found.n_clients,
        "n_left_out": found.n_left_out,
        "ndcg": {method: interval_figures(each) for method, each in found.ndcg.items()},
        "recall": {method: interval_figures(each) for method, each in found.recall.items()},
        "lead": interval_figures(found.lead),
    }


def _taste_figures(found: TasteQuality | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "n_clients": found.n_clients,
        "n_left_out": found.n_left_out,
        "share": {method: interval_figures(each) for method, each in found.share.items()},
        "lead": interval_figures(found.lead),
        "chance": found.chance,
    }
