"""Were the forecasts right: traffic lights and verdicts of the back-tests."""

from __future__ import annotations

from collections.abc import Iterator

from evaluation.risk_report import formats as say
from evaluation.risk_report.answers import Answers
from evaluation.risk_report.page import Cell, Grid, Part, Points, Said, Section, State
from evaluation.risk_report.published import CONFIDENCES, PUBLISHED, Row, back_test, group_name
from evaluation.risk_report.sections.book import ZONES

_TESTS = (
    ("coverage", "number of hits (Kupiec)"),
    ("independence", "hits after hits (Christoffersen)"),
    ("conditional_coverage", "both together"),
    ("time_between_hits", "time between hits"),
)


def backtests(answers: Answers) -> Section:
    """The book by each method, the tests of the published one, and groups where they are tested."""
    title = "Back-tests: were the forecasts right?"
    rows = answers["backtests"].rows
    if not rows:
        return Section("backtests", title, (), answers["backtests"].why_empty)
    parts: list[Part] = [
        Said(
            "Each session's loss is held against what had been published for it first, on trading sessions. Zones are "
            "Basel's, computed for the number of sessions that were tested."
        ),
        Points(tuple(_verdicts(answers))),
        _lights(answers),
        *_tests(answers),
        *_groups(rows),
    ]
    return Section("backtests", title, parts)


def _verdicts(answers: Answers) -> Iterator[State]:
    for confidence in CONFIDENCES:
        for profit in ("clean", "actual"):
            row = back_test(answers, confidence, profit=profit)
            if row is not None:
                yield State(
                    f"At {say.level(confidence)}, {profit} profit: {row['backtest_verdict']}.",
                    "bad" if row["is_rejected"] else ZONES[row["zone_name"]],
                )


def _lights(answers: Answers) -> Grid:
    rows = [row for row in answers["backtests"].rows if row["portfolio_type"] == "book"]
    names = sorted({row["method_name"] for row in rows}, key=lambda name: (name != PUBLISHED, name))
    n_sessions = max(row["n_sessions"] for row in rows)
    return Grid(
        f"Traffic lights of the book, clean profit, at most {say.of(n_sessions, 'session')}: zone, hits / expected, and whether a test rejects",
        ("method", *[f"at {say.level(each)}" for each in CONFIDENCES]),
        tuple(
            (say.words(name), *[_light(back_test(answers, each, name)) for each in CONFIDENCES])
            for name in names
        ),
    )


def _light(row: Row | None) -> Cell:
    if row is None:
        return say.NOTHING
    expected = say.figure(row["n_hits_expected"], 1)
    light = State(f"{row['zone_name']} {row['n_hits']} / {expected}", ZONES[row["zone_name"]])
    return (light, State("rejected", "bad")) if row["is_rejected"] else light


def _tests(answers: Answers) -> Iterator[Grid]:
    for profit in ("clean", "actual"):
        rows = [
            (confidence, row)
            for confidence in CONFIDENCES
            if (row := back_test(answers, confidence, profit=profit)) is not None
        ]
        if rows:
            yield Grid(
                f"Tests of the published forecasts, {profit} profit: statistic, and p-value in brackets",
                ("test", *[f"#{say.level(confidence)}" for confidence, _ in rows]),
                (
                    *[(called, *[_statistic(row, test) for _, row in rows]) for test, called in _TESTS],
                    (
                        "size of losses beyond (Acerbi–Székely Z2)",
                        *[say.figure(row["shortfall_statistic"], 2) for _, row in rows],
                    ),
                ),
            )


def _statistic(row: Row, test: str) -> Cell:
    """A p-value below 5 % rejects."""
    statistic, p_value = row[f"{test}_statistic"], row[f"{test}_p_value"]
    if statistic is None or p_value is None:
        return say.NOTHING
    text = f"{say.figure(statistic, 3)} ({say.figure(p_value, 4)})"
    return State(text, "bad") if p_value < 0.05 else text


def _groups(rows: tuple[Row, ...]) -> Iterator[Grid]:
    """By the published method at the highest confidence, where anything but the book is tested."""
    found = [
        row
        for row in rows
        if row["portfolio_type"] != "book"
        and row["method_name"] == PUBLISHED
        and row["confidence_ratio"] == CONFIDENCES[-1]
        and row["profit_type"] == "clean"
    ]
    if found:
        yield Grid(
            f"Groups of accounts, at {say.level(CONFIDENCES[-1])}, clean profit",
            ("group", "#sessions", "#hits", "#expected", "zone", "verdict"),
            tuple(
                (
                    group_name(row),
                    say.count(row["n_sessions"]),
                    say.count(row["n_hits"]),
                    say.figure(row["n_hits_expected"], 1),
                    State(row["zone_name"], ZONES[row["zone_name"]]),
                    State("rejected", "bad") if row["is_rejected"] else State("not rejected"),
                )
                for row in found
            ),
        )
