"""Were the forecasts of the last sessions right? Each session's loss against what was published before it.

The forecast of a session is the value at risk of the session before it, as it was published first: what later revisions
knew does not count. It is held against the session's clean profit, of the positions alone, which is what it forecast,
and against the actual one. A session without a forecast or without a profit is left out, so `n_sessions` says how many
were tested; the tests themselves are in `models/risk/verdict.py`. Groups and the book are tested, not each account.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame

from jobs.session_days import days_of
from lake.arrow import arrow_fields
from lake.job import Job, lookback
from lake.sessions import book_calendar
from lake.structs import struct_type
from models.risk.verdict import BackTest, back_test
from schemas.risk import PORTFOLIO_PROFIT_AND_LOSS_DAILY, VALUE_AT_RISK_BACKTESTS, VALUE_AT_RISK_DAILY

COLUMNS = VALUE_AT_RISK_BACKTESTS.columns
PROFIT_COLUMNS = {"clean": "clean_profit_amount", "actual": "profit_amount"}


@dataclass(frozen=True)
class Params:
    """window_sessions: how many sessions are tested at most; Basel's 250 (BCBS 1996)."""

    window_sessions: int = 250


@dataclass(frozen=True)
class Outcome:
    """What was forecast for a session and what came; a profit is positive, forecasts are positive losses."""

    session: date
    profit: Decimal
    value_at_risk: Decimal
    expected_shortfall: Decimal


def value_at_risk_backtests(
    value_at_risk_daily: DataFrame,
    portfolio_profit_and_loss_daily: DataFrame,
    sessions: DataFrame,
    params: Params,
) -> DataFrame:
    """One row a session, portfolio, method, confidence and kind of profit."""
    days = days_of(sessions)
    calendar = book_calendar()
    known = calendar.between(calendar.shift(days[0], -params.window_sessions), calendar.shift(days[-1], 1))
    forecasts = value_at_risk_daily.where("portfolio_type <> 'account'").select(
        *_KEY, "session_date", *_FORECAST
    )
    return (
        forecasts.groupBy(*_PORTFOLIO)
        .cogroup(portfolio_profit_and_loss_daily.groupBy(*_PORTFOLIO))
        .applyInArrow(_tested(days, known, params.window_sessions), struct_type(COLUMNS))
    )


_PORTFOLIO = ("portfolio_type", "portfolio_id", "currency_code")
_KEY = (*_PORTFOLIO, "method_name", "confidence_ratio")
_FORECAST = ("value_at_risk_amount", "expected_shortfall_amount")


def _tested(
    days: list[date], known: list[date], window_sessions: int
) -> Callable[[pa.Table, pa.Table], pa.Table]:
    """known: consecutive sessions, from the first forecast that counts to the session after the last of the days."""
    following = dict(pairwise(known))

    def test(forecasts: pa.Table, profits: pa.Table) -> pa.Table:
        came = {row["session_date"]: row for row in profits.to_pylist()}
        rows = [
            row
            for key, published in _by_key(forecasts)
            for profit_type, column in PROFIT_COLUMNS.items()
            for row in _rows(
                {**key, "profit_type": profit_type},
                _outcomes(published, came, column, following),
                days,
                known,
                window_sessions,
            )
        ]
        return pa.Table.from_pylist(rows, schema=arrow_fields(COLUMNS))

    return test


def _by_key(forecasts: pa.Table) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    found: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in forecasts.sort_by("session_date").to_pylist():
        found.setdefault(tuple(row[name] for name in _KEY), []).append(row)
    for key, rows in sorted(found.items()):
        yield dict(zip(_KEY, key, strict=True)), rows


def _outcomes(
    published: list[dict[str, Any]],
    came: dict[date, dict[str, Any]],
    column: str,
    following: dict[date, date],
) -> list[Outcome]:
    """In the order of the sessions."""
    return [
        Outcome(day, came[day][column], row["value_at_risk_amount"], row["expected_shortfall_amount"])
        for row in published
        if (day := following.get(row["session_date"])) in came
    ]


def _rows(
    key: dict[str, Any], outcomes: list[Outcome], days: list[date], known: list[date], window_sessions: int
) -> Iterator[dict[str, Any]]:
    """One for each of the days that has an outcome, of its window."""
    place = {day: number for number, day in enumerate(known)}
    for last, outcome in enumerate(outcomes):
        if outcome.session not in days:
            continue
        after = place[outcome.session] - window_sessions
        window = [each for each in outcomes[: last + 1] if place[each.session] > after]
        tested = back_test(
            [float(each.profit) for each in window],
            [float(each.value_at_risk) for each in window],
            [float(each.expected_shortfall) for each in window],
            float(key["confidence_ratio"]),
        )
        yield {**key, **_latest(outcome), **_found(tested)}


def _latest(outcome: Outcome) -> dict[str, Any]:
    return {
        "session_date": outcome.session,
        "loss_amount": -outcome.profit,
        "value_at_risk_amount": outcome.value_at_risk,
        "expected_shortfall_amount": outcome.expected_shortfall,
        "is_hit": -outcome.profit > outcome.value_at_risk,
    }


def _found(tested: BackTest) -> dict[str, Any]:
    between = tested.time_between
    return {
        "n_sessions": tested.n_sessions,
        "n_hits": tested.n_hits,
        "n_hits_expected": tested.n_expected,
        "coverage_statistic": tested.coverage.statistic,
        "coverage_p_value": tested.coverage.p_value,
        "independence_statistic": tested.independence.statistic,
        "independence_p_value": tested.independence.p_value,
        "conditional_coverage_statistic": tested.conditional.statistic,
        "conditional_coverage_p_value": tested.conditional.p_value,
        "time_between_hits_statistic": between.statistic if between else None,
        "time_between_hits_p_value": between.p_value if between else None,
        "shortfall_statistic": tested.shortfall,
        "zone_name": tested.light.zone,
        "is_rejected": bool(tested.objections),
        "backtest_verdict": tested.verdict,
    }


JOB = Job(
    writes=VALUE_AT_RISK_BACKTESTS,
    reads=(
        lookback(VALUE_AT_RISK_DAILY, sessions="window_sessions", as_published=True),
        lookback(PORTFOLIO_PROFIT_AND_LOSS_DAILY, sessions="window_sessions"),
    ),
    transform=value_at_risk_backtests,
    params={"standard": Params(), "small": Params()},
)
