"""What the book's risk is made of: shares of groups and accounts, from the vectors of the session, which add up exactly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from evaluation.risk_report import formats as say
from evaluation.risk_report.answers import Answers
from evaluation.risk_report.page import Bar, Bars, Grid, Part, Said, Section, Spread
from evaluation.risk_report.published import HIGHEST, Row, currency, measure
from lake.sessions import book_calendar
from models.risk.contributions import (
    historical_component_expected_shortfalls,
    historical_component_values_at_risk,
)
from models.risk.value_at_risk import Floats, historical_expected_shortfall, historical_value_at_risk

GROUPS = (("client_type", "type of client"), ("client_risk_level", "risk level of the client"))
N_ACCOUNTS, N_SCENARIOS = 10, 10
# Less than this is the rounding of what is published, and nobody would see it.
_ROUNDING = 0.005


@dataclass(frozen=True)
class Share:
    """Of one part of the book, currency units, a loss positive: its shares, and what it would be by itself."""

    name: str
    value_at_risk: float
    expected_shortfall: float
    alone: float


def composition(answers: Answers) -> Section:
    """Empty for a session whose vectors are not kept any more."""
    title = "What it is made of"
    vectors = answers["vectors"]
    published = measure(answers, HIGHEST)
    if not vectors.rows or published is None:
        return Section("composition", title, (), vectors.why_empty)
    profits = np.array([row["scenario_profits"] for row in vectors.rows], dtype=np.float64) / 100
    code = currency(answers)
    parts: list[Part] = [_adds_up(profits, published), _spread(profits, code)]
    for column, called in GROUPS:
        parts += _by_group(column, called, vectors.rows, profits, code)
    parts += [_by_account(vectors.rows, profits, code), _tail(answers, profits, code)]
    parts.append(
        Said(
            "The share of each position: "
            f"`python -m jobs explain value_at_risk_daily --session {answers.session}` works it out from silver."
        )
    )
    return Section("composition", title, parts)


def _adds_up(profits: Floats, published: Row) -> Said:
    whole = historical_value_at_risk(profits.sum(axis=0), float(HIGHEST))
    said = float(published["value_at_risk_amount"])
    if abs(whole - said) < _ROUNDING:
        return Said(
            "A part's share is what it loses in the scenarios that the book's figure rests on: shares add up to the book's "
            "value at risk, as published. A negative share is a hedge."
        )
    return Said(
        f"The vectors add up to a value at risk of {whole:,.2f}, and {said:,.2f} was published: one of the two was made "
        "again since. The shares below are of the vectors.",
        "bad",
    )


def _spread(profits: Floats, code: str) -> Spread:
    losses = -profits.sum(axis=0)
    at_risk, shortfall = (
        historical_value_at_risk(-losses, float(HIGHEST)),
        historical_expected_shortfall(-losses, float(HIGHEST)),
    )
    return Spread(
        name="scenarios-chart",
        title="What the book would lose under the moves of each session of the window",
        description=f"How often losses of each size come among {say.of(len(losses), 'scenario')}; the largest is "
        f"{losses.max():,.2f}, the largest gain {-losses.min():,.2f}. Value at risk at {say.level(HIGHEST)} is {at_risk:,.2f}, "
        f"expected shortfall {shortfall:,.2f}.",
        axis=f"loss, {code}; below zero is a gain",
        losses=tuple(losses.tolist()),
        marks=((at_risk, "VaR"), (shortfall, "ES")),
    )


def shares(names: Sequence[str], profits: Floats) -> list[Share]:
    """Of parts that make up a whole: profits is parts x scenarios. The largest share of value at risk first."""
    confidence = float(HIGHEST)
    at_risk = historical_component_values_at_risk(profits, confidence)
    shortfall = historical_component_expected_shortfalls(profits, confidence)
    alone = [historical_value_at_risk(each, confidence) for each in profits]
    rows = [Share(*row) for row in zip(names, at_risk.tolist(), shortfall.tolist(), alone, strict=True)]
    return sorted(rows, key=lambda part: (-part.value_at_risk, part.name))


def _by_group(column: str, called: str, rows: Sequence[Row], profits: Floats, code: str) -> list[Part]:
    labels = [row[column] or "unknown" for row in rows]
    names = sorted(set(labels))
    of_groups = np.array([profits[[label == name for label in labels]].sum(axis=0) for name in names])
    found = shares(names, of_groups)
    whole = sum(part.value_at_risk for part in found)
    chart = Bars(
        name=f"{column.replace('_', '-')}-chart",
        title=f"Share of the book's value at risk by {called}",
        description="; ".join(f"{part.name} {part.value_at_risk:,.2f}" for part in found),
        axis=f"share of value at risk, {code}",
        bars=tuple(Bar(part.name, part.value_at_risk) for part in found),
    )
    return [chart, _grid(f"By {called}", f"{called}", found, whole, code)]


def _grid(caption: str, head: str, found: Sequence[Share], whole: float, code: str) -> Grid:
    rows = [
        (
            part.name,
            _amount(part.value_at_risk),
            say.percent(part.value_at_risk / whole) if whole else say.NOTHING,
            _amount(part.expected_shortfall),
            _amount(part.alone),
        )
        for part in found
    ]
    total = (
        "sum",
        _amount(whole),
        say.percent(1) if whole else say.NOTHING,
        _amount(sum(part.expected_shortfall for part in found)),
        _amount(sum(part.alone for part in found)),
    )
    return Grid(
        f"{caption}, at {say.level(HIGHEST)} ({code})",
        (head, "#share of value at risk", "#in %", "#share of expected shortfall", "#value at risk alone"),
        (*rows, total),
    )


def _by_account(rows: Sequence[Row], profits: Floats, code: str) -> Grid:
    names = [row["account_id"] for row in rows]
    found = shares(names, profits)
    whole = sum(part.value_at_risk for part in found)
    shown = found[:N_ACCOUNTS]
    rest = sum(part.value_at_risk for part in found[N_ACCOUNTS:])
    lines: list[tuple[str, ...]] = [
        (
            part.name,
            _amount(part.value_at_risk),
            say.percent(part.value_at_risk / whole, 2) if whole else say.NOTHING,
            _amount(part.expected_shortfall),
            _amount(part.alone),
        )
        for part in shown
    ]
    if len(found) > N_ACCOUNTS:
        others = say.of(len(found) - N_ACCOUNTS, "other account")
        shortfall = sum(part.expected_shortfall for part in found[N_ACCOUNTS:])
        share = say.percent(rest / whole, 2) if whole else say.NOTHING
        lines.append((others, _amount(rest), share, _amount(shortfall), say.NOTHING))
    return Grid(
        f"Accounts with the largest shares, at {say.level(HIGHEST)} ({code})",
        (
            "account",
            "#share of value at risk",
            "#in %",
            "#share of expected shortfall",
            "#value at risk alone",
        ),
        tuple(lines),
    )


def _tail(answers: Answers, profits: Floats, code: str) -> Grid:
    losses = -profits.sum(axis=0)
    sessions = book_calendar().last(answers.session, len(losses))
    worst = np.argsort(-losses, kind="stable")[:N_SCENARIOS].tolist()
    return Grid(
        f"Sessions whose moves would lose most on today's positions ({code})",
        ("session", "#loss of the book"),
        tuple((str(sessions[place]), _amount(float(losses[place]))) for place in worst),
    )


def _amount(value: float) -> str:
    return say.money(Decimal(repr(value)))
