"""Where accounts with a margin contract stand on the ladder of its lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from evaluation.risk_report import formats as say
from evaluation.risk_report.answers import Answers
from evaluation.risk_report.page import Bar, Bars, Grid, Part, Said, Section, State, Tone
from evaluation.risk_report.published import Row, currency_of, params_of

N_SHOWN = 10
MARGIN: dict[str, Tone] = {"none": "plain", "warning": "watch", "call": "bad", "forced_sale": "bad"}


def margin(answers: Answers) -> Section:
    """Where accounts with a margin contract stand on the ladder, and the nearest to its end."""
    title = "Margin ladder"
    rows = answers["margin"].rows
    if not rows:
        return Section("margin", title, (), answers["margin"].why_empty)
    lines = params_of(answers, "gold.margin_daily")
    parts: list[Part] = [_rules(lines), *_held(rows), *_ladder(rows, lines), _lowest(rows)]
    return Section("margin", title, parts)


def _rules(lines: Row) -> Said:
    said = "The maintenance ratio is cash and positions at the session's close over all that an account owes."
    above = lines.get("clear_above_ratio")
    if above is None:
        return Said(said)
    points = (Decimal(str(above)) * 100).normalize()
    return Said(f"{said} A level is left again {points:f} percentage points above its line.")


def _held(rows: Sequence[Row]) -> Iterator[Said]:
    """What keeps a level or a collateral from being what the session's prices would make it."""
    stale = sum(row["n_stale_prices"] > 0 and row["maintenance_ratio"] is not None for row in rows)
    if stale:
        keep = "account that owes something has" if stale == 1 else "accounts that owe something have"
        yield Said(
            f"{stale:,} {keep} positions at an earlier session's close: the level stays what it was, nobody is called or "
            "released by such a price.",
            "watch",
        )
    bare = sum(row["n_without_haircut"] for row in rows)
    if bare:
        yield Said(
            f"{say.of(bare, 'position has', 'positions have')} no haircut in force and so no worth as collateral.",
            "watch",
        )


def _ladder(rows: Sequence[Row], lines: Row) -> Iterator[Bars | Grid]:
    found = {each: [row for row in rows if row["margin_level"] == each] for each in MARGIN}
    counts = {each: len(of) for each, of in found.items()}
    yield Bars(
        name="margin-chart",
        title="Accounts with a margin contract, by level",
        description="; ".join(f"{say.words(each)} {number}" for each, number in counts.items()),
        axis="accounts",
        bars=tuple(Bar(say.words(each), float(number), MARGIN[each]) for each, number in counts.items()),
    )
    yield Grid(
        f"Levels of the ladder ({currency_of(rows)})",
        ("level", "#line", "#accounts", "#calls issued", "#debt", "#cash to the warning line"),
        tuple(
            (
                State(say.words(each), MARGIN[each]),
                _line(each, lines),
                say.count(len(of)),
                say.count(sum(row["is_call_issued"] for row in of)),
                say.money(sum((row["debt_amount"] for row in of), Decimal(0))),
                say.money(sum((row["restoring_cash_amount"] for row in of), Decimal(0))),
            )
            for each, of in found.items()
        ),
    )


def _line(level: str, lines: Row) -> str:
    ratio = lines.get(f"{level}_ratio")
    return f"below {say.level(Decimal(str(ratio)))}" if ratio is not None else say.NOTHING


def _lowest(rows: Sequence[Row]) -> Grid:
    owing = sorted(
        [row for row in rows if row["maintenance_ratio"] is not None],
        key=lambda row: (row["maintenance_ratio"], row["account_id"]),
    )[:N_SHOWN]
    return Grid(
        f"The lowest maintenance ratios ({currency_of(rows)})",
        (
            "account",
            "#ratio",
            "level",
            "call issued",
            "#debt",
            "#cash and securities",
            "#cash to the warning line",
            "#stale prices",
        ),
        tuple(
            (
                row["account_id"],
                say.percent(row["maintenance_ratio"]),
                State(say.words(row["margin_level"]), MARGIN[row["margin_level"]]),
                State("yes", "bad") if row["is_call_issued"] else "no",
                say.money(row["debt_amount"]),
                say.money(max(row["closing_cash_amount"], Decimal(0)) + row["securities_amount"]),
                say.money(row["restoring_cash_amount"]),
                say.count(row["n_stale_prices"]),
            )
            for row in owing
        ),
    )
