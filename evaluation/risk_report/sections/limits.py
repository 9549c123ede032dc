"""How much of their limits accounts use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from evaluation.risk_report import formats as say
from evaluation.risk_report.answers import Answers
from evaluation.risk_report.page import Bar, Bars, Grid, Section, State, Tone, counted
from evaluation.risk_report.published import Row, params_of

N_SHOWN = 10
USAGE: dict[str, Tone] = {"within": "plain", "watch": "watch", "warning": "watch", "breach": "bad"}


def limits(answers: Answers) -> Section:
    """How much of their limits accounts use: by level, and the most used."""
    title = "Use of limits"
    rows = answers["limits"].rows
    if not rows:
        return Section("limits", title, (), answers["limits"].why_empty)
    # A limit of nothing that is used has no ratio and comes first: no other use is further beyond.
    most = sorted(rows, key=lambda row: (-_used(row), row["account_id"], row["limit_type"]))[:N_SHOWN]
    lines = params_of(answers, "gold.limit_usage_daily")
    return Section("limits", title, (_levels(rows, lines), _usage_chart(most, lines), _most_used(most)))


def _used(row: Row) -> float:
    if row["usage_ratio"] is not None:
        return float(row["usage_ratio"])
    return float("inf") if row["usage_level"] == "breach" else 0.0


def _levels(rows: Sequence[Row], lines: Row) -> Grid:
    found = Counter((row["limit_type"], row["usage_level"]) for row in rows)
    kinds = sorted({row["limit_type"] for row in rows})
    return Grid(
        "Limits in force, by how much of them is used",
        ("limit", "#limits", "#within", _from("watch", lines), _from("warning", lines), "#breach"),
        tuple(
            (
                say.words(kind),
                say.count(sum(found[kind, each] for each in USAGE)),
                *[counted(found[kind, each], USAGE[each]) for each in USAGE],
            )
            for kind in kinds
        ),
    )


def _from(level: str, lines: Row) -> str:
    """`#watch (from 80 %)`, as the run was told."""
    ratio = lines.get(f"{level}_ratio")
    return f"#{level} (from {say.level(Decimal(str(ratio)))})" if ratio is not None else f"#{level}"


def _usage_chart(rows: Sequence[Row], lines: Row) -> Bars:
    shown = [row for row in rows if row["usage_ratio"] is not None]
    return Bars(
        name="limits-chart",
        title="The most used limits, as shares of what is allowed",
        description="; ".join(
            f"{row['account_id']}, {say.words(row['limit_type'])}: {say.percent(row['usage_ratio'])}"
            for row in shown
        )
        or "No limit is used.",
        axis="share of the limit that is used",
        bars=tuple(
            Bar(
                f"{row['account_id']}\n{say.words(row['limit_type'])}",
                float(row["usage_ratio"]),
                USAGE[row["usage_level"]],
            )
            for row in shown
        ),
        marks=tuple(
            (ratio, say.level(Decimal(str(ratio))))
            for ratio in (lines.get("watch_ratio"), lines.get("warning_ratio"), 1.0)
            if ratio is not None
        ),
        is_share=True,
    )


def _most_used(rows: Sequence[Row]) -> Grid:
    return Grid(
        "The most used limits",
        ("account", "limit", "#used", "#allowed", "currency", "#share", "level"),
        tuple(
            (
                row["account_id"],
                say.words(row["limit_type"]),
                say.money(row["observed_amount"]),
                say.money(row["limit_amount"]),
                row["currency_code"],
                say.percent(row["usage_ratio"]),
                State(row["usage_level"], USAGE[row["usage_level"]]),
            )
            for row in rows
        ),
    )
