"""The book's value at risk: the figures, what they were made with, how they went, and what other methods say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal

from evaluation.risk_report import formats as say
from evaluation.risk_report.answers import Answers
from evaluation.risk_report.page import (
    Bar,
    Bars,
    Card,
    Cards,
    Facts,
    Grid,
    Part,
    Points,
    Said,
    Section,
    State,
    ThroughTime,
    Tone,
)
from evaluation.risk_report.published import (
    CONFIDENCES,
    HIGHEST,
    PUBLISHED,
    SHOWN,
    Row,
    back_test,
    currency,
    measure,
    run_of,
)

ZONES: dict[str, Tone] = {"green": "good", "yellow": "watch", "red": "bad"}


def headline(answers: Answers) -> Iterator[str]:
    """What the figures are, and which data and code they come from, in two lines; the last section says more."""
    row, run = measure(answers, HIGHEST), run_of(answers)
    assert row is not None
    yield (
        f"The whole book, {row['currency_code']}, by {say.words(row['method_name'])}: {say.of(row['horizon_days'], 'day')}, "
        f"{say.of(row['n_scenarios'], 'scenario')}, quantile {say.words(row['quantile_name'])}. Losses are positive."
    )
    if run is not None:
        yield (
            f"Data up to refine batch {run['refine_batch']}, revision {row['revision']}, published "
            f"{say.instant(run['ended_at'])} by code {run['code_version']}."
        )


def summary(answers: Answers, points: list[State]) -> Section:
    """points: what asks for attention, from all sections."""
    cards = Cards(tuple(_cards(answers)))
    return Section("summary", "In short", (cards, Points(tuple(points))))


def _cards(answers: Answers) -> Iterator[Card]:
    code, at = currency(answers), say.level(HIGHEST)
    row = measure(answers, HIGHEST)
    if row is not None:
        value = row["market_value_amount"]
        yield Card(
            f"Value at risk, {at}, one day",
            say.with_currency(row["value_at_risk_amount"], code),
            _share_of(row["value_at_risk_amount"], value),
        )
        yield Card(
            f"Expected shortfall, {at}",
            say.with_currency(row["expected_shortfall_amount"], code),
            _share_of(row["expected_shortfall_amount"], value),
        )
    test = back_test(answers, HIGHEST)
    if test is not None:
        hit = "a hit" if test["is_hit"] else "no hit"
        yield Card(
            "Loss of the session (clean)",
            say.with_currency(test["loss_amount"], code),
            f"forecast {say.money(test['value_at_risk_amount'])}: {hit}",
            "bad" if test["is_hit"] else "plain",
        )
        yield Card(
            f"Back-test, {at}",
            "rejected" if test["is_rejected"] else "not rejected",
            f"{say.of(test['n_hits'], 'hit')} in {say.of(test['n_sessions'], 'session')}, "
            f"{say.figure(test['n_hits_expected'], 1)} expected: {test['zone_name']} zone",
            "bad" if test["is_rejected"] else ZONES[test["zone_name"]],
        )


def _share_of(amount: Decimal, market_value: Decimal) -> str:
    if market_value <= 0:
        return "of positions worth nothing"
    return f"{say.percent(amount / market_value, 2)} of {say.money(market_value)} of positions"


def data_as_of(answers: Answers) -> Section:
    """Which run, code and data the figures come from, and by which convention."""
    row = measure(answers, HIGHEST)
    assert row is not None
    parts: list[Part] = [
        Facts("Data as of", tuple(_origin(answers, row))),
        Facts("Convention of the published figures", tuple(_convention(answers, row))),
        _tables(answers),
    ]
    return Section("as-of", "Data as of, and convention", parts)


def _origin(answers: Answers, row: Row) -> Iterator[tuple[str, str]]:
    yield "Session", str(answers.session)
    yield (
        "Revision",
        f"{row['revision']}"
        + (
            "; earlier ones stand beside it"
            if row["revision"] > 1
            else "; the figure was not restated since it was first published"
        ),
    )
    run = run_of(answers)
    if run is None:
        yield "Run", f"{row['run_id']}; ops.job_runs does not know it"
        return
    yield "Published", say.instant(run["ended_at"])
    yield "Silver up to refine batch", say.count(run["refine_batch"])
    yield "Code version", run["code_version"]
    yield "Run", run["run_id"]
    yield "Made again by", f"`python -m jobs reproduce value_at_risk_daily --session {answers.session}`"


def _convention(answers: Answers, row: Row) -> Iterator[tuple[str, str]]:
    yield "Method", say.words(row["method_name"])
    yield "Confidences", ", ".join(say.level(each) for each in _confidences(answers))
    yield "Horizon", say.of(row["horizon_days"], "day")
    yield (
        "Window",
        f"{say.count(row['window_sessions'])} sessions asked for, {say.of(row['n_scenarios'], 'scenario')} there",
    )
    yield "Quantile", say.words(row["quantile_name"])
    yield "Weights of scenarios", say.words(row["weighting_name"])
    yield "Moves", f"{row['return_type']} returns"
    yield "Missing prices", say.words(row["missing_data_policy"])
    yield "Sign", "a loss is positive; a negative loss is a gain"
    yield "Currency", row["currency_code"]
    run = run_of(answers)
    if run is not None:
        yield (
            "Params",
            ", ".join(
                f"{say.words(name)} {_plain(value)}" for name, value in json.loads(run["params_json"]).items()
            ),
        )


def _plain(value: object) -> str:
    return " / ".join(str(each) for each in value) if isinstance(value, list) else str(value)


def _confidences(answers: Answers) -> list[Decimal]:
    return sorted({row["confidence_ratio"] for row in answers["measures"].rows})


def _tables(answers: Answers) -> Grid:
    """Each of the session's tables as it was last made; what the page shows of it is of that run."""
    rows = [row for row in answers["runs"].rows if row["place"] == 1 and row["table_name"] in SHOWN]
    return Grid(
        "Tables that this page shows, by their last run for the session",
        ("table", "state", "published", "#refine batch", "code version"),
        tuple(
            (
                row["table_name"],
                State(say.words(row["job_status"]), "plain" if row["job_status"] == "published" else "bad"),
                say.instant(row["ended_at"]),
                say.count(row["refine_batch"]),
                row["code_version"],
            )
            for row in rows
        ),
    )


def through_time(answers: Answers) -> Section:
    """Each session's loss against what was published before it, at the highest confidence."""
    title = "Forecasts and losses through time"
    rows = [row for row in answers["outcomes"].rows if row["confidence_ratio"] == HIGHEST]
    if not rows:
        return Section("through-time", title, (), answers["outcomes"].why_empty)
    code, at = currency(answers), say.level(HIGHEST)
    hits = [row for row in rows if row["is_hit"]]
    chart = ThroughTime(
        name="through-time-chart",
        title=f"Loss of each session against its {at} forecast",
        description=f"{say.of(len(rows), 'session')} from {rows[0]['session_date']} to {rows[-1]['session_date']}: the "
        f"book's clean loss as bars, value at risk and expected shortfall as they were published the session before, "
        f"as lines. {_hits_said(hits)}",
        axis=f"loss, {code}; below zero is a gain",
        days=tuple(str(row["session_date"]) for row in rows),
        losses=tuple(float(row["loss_amount"]) for row in rows),
        hits=tuple(row["is_hit"] for row in rows),
        steps=(
            ("value at risk", tuple(float(row["value_at_risk_amount"]) for row in rows)),
            ("expected shortfall", tuple(float(row["expected_shortfall_amount"]) for row in rows)),
        ),
    )
    said = Said(
        "A bar is what the positions of the session before lost by this session's close, without trades, income or fees. "
        f"The lines are what had been published for it first. {_hits_said(hits)}"
    )
    return Section("through-time", title, (said, chart, _hits_grid(hits, code)) if hits else (said, chart))


def _hits_said(hits: list[Row]) -> str:
    return (
        f"In {say.of(len(hits), 'session')} the loss was larger than the value at risk."
        if hits
        else "No loss was larger than the value at risk."
    )


def _hits_grid(hits: list[Row], code: str) -> Grid:
    return Grid(
        f"Hits at {say.level(HIGHEST)}, the newest first ({code})",
        ("session", "#loss", "#value at risk", "#beyond it", "#expected shortfall"),
        tuple(
            (
                str(row["session_date"]),
                say.money(row["loss_amount"]),
                say.money(row["value_at_risk_amount"]),
                say.money(row["loss_amount"] - row["value_at_risk_amount"]),
                say.money(row["expected_shortfall_amount"]),
            )
            for row in reversed(hits)
        ),
    )


def methods(answers: Answers) -> Section:
    """What each method says of the book, the published one first."""
    rows = [row for row in answers["measures"].rows if row["portfolio_type"] == "book"]
    names = sorted({row["method_name"] for row in rows}, key=lambda name: (name != PUBLISHED, name))
    found = {(row["method_name"], row["confidence_ratio"]): row for row in rows}
    code = currency(answers)
    at_highest = [(name, found[name, HIGHEST]) for name in names if (name, HIGHEST) in found]
    chart = Bars(
        name="methods-chart",
        title=f"Value at risk of the book at {say.level(HIGHEST)}, by method",
        description="; ".join(
            f"{say.words(name)} {say.money(row['value_at_risk_amount'])}" for name, row in at_highest
        ),
        axis=f"value at risk, {code}",
        bars=tuple(
            Bar(
                say.words(name),
                float(row["value_at_risk_amount"]),
                "plain" if name == PUBLISHED else "muted",
            )
            for name, row in at_highest
        ),
    )
    return Section(
        "methods",
        "Methods side by side",
        (
            Said(
                "What is published, and held against limits, is historical simulation; the others stand beside it."
            ),
            chart,
            _amounts(names, found, "value_at_risk_amount", f"Value at risk of the book ({code})"),
            _amounts(names, found, "expected_shortfall_amount", f"Expected shortfall of the book ({code})"),
            _how(names, found, code),
        ),
    )


def _amounts(names: list[str], found: dict[tuple[str, Decimal], Row], column: str, caption: str) -> Grid:
    return Grid(
        caption,
        ("method", *[f"#{say.level(each)}" for each in CONFIDENCES]),
        tuple(
            (
                say.words(name),
                *[
                    say.money(found[name, each][column]) if (name, each) in found else say.NOTHING
                    for each in CONFIDENCES
                ],
            )
            for name in names
        ),
    )


def _how(names: list[str], found: dict[tuple[str, Decimal], Row], code: str) -> Grid:
    rows = [(name, found[name, HIGHEST]) for name in names if (name, HIGHEST) in found]
    return Grid(
        f"How each was made, at {say.level(HIGHEST)}",
        ("method", "quantile", "weights", f"#standard error ({code})", "may be used here"),
        tuple(
            (
                say.words(name),
                say.words(row["quantile_name"]),
                say.words(row["weighting_name"]),
                say.money(row["standard_error_amount"]),
                State("yes") if row["is_in_domain"] else State("no", "bad"),
            )
            for name, row in rows
        ),
    )
