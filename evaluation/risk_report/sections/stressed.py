"""What the book would lose in past episodes and under moves that somebody thought of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from evaluation.risk_report import formats as say
from evaluation.risk_report.answers import Answers
from evaluation.risk_report.page import Bar, Bars, Grid, Part, Said, Section
from evaluation.risk_report.published import Row, currency_of, group_name

N_GROUPS_SHOWN, N_ALIKE_SHOWN = 3, 2


def stress(answers: Answers) -> Section:
    """Bars of the book's losses, the worst first; what a scenario leaves alone is named, and is no loss of nothing."""
    title = "Stress"
    rows = [row for row in answers["stress"].rows if row["portfolio_type"] == "book"]
    if not rows:
        return Section("stress", title, (), answers["stress"].why_empty)
    given = [row for row in rows if row["scenario_type"] != "reverse"]
    moved, unmoved = [row for row in given if not _is_idle(row)], [row for row in given if _is_idle(row)]
    worst_first = sorted(moved, key=lambda row: (-row["stress_loss_amount"], row["scenario_id"]))
    parts: list[Part] = [
        Said(
            "What today's positions would lose, at their value at the session's close; a negative loss is a gain. Grey bars "
            "are episodes of the past, blue ones moves that somebody thought of."
        ),
        *_idle(unmoved),
        *_losses(worst_first),
        *_least_falls([row for row in rows if row["scenario_type"] == "reverse"]),
        *_left_alone(worst_first),
        *_groups(answers["stress"].rows, worst_first),
        _written(rows),
    ]
    return Section("stress", title, parts)


def _is_idle(row: Row) -> bool:
    """Whether a scenario moves nothing that is held, though something is held: an episode without prices, say."""
    return row["stress_loss_amount"] == 0 and row["not_shocked_amount"] > 0


def _idle(rows: Sequence[Row]) -> list[Said]:
    if not rows:
        return []
    names = "; ".join(row["scenario_name"] for row in rows)
    return [
        Said(
            f"{say.of(len(rows), 'scenario moves', 'scenarios move')} nothing that is held, so that there is no loss to "
            f"show: {names}.",
            "watch",
        )
    ]


def _losses(rows: Sequence[Row]) -> list[Part]:
    return [_chart(rows), _grid(rows)] if rows else []


def _chart(rows: Sequence[Row]) -> Bars:
    return Bars(
        name="stress-chart",
        title="Loss of the book by scenario",
        description="; ".join(
            f"{row['scenario_name']}: {say.money(row['stress_loss_amount'])}" for row in rows
        ),
        axis=f"loss, {currency_of(rows)}; below zero is a gain",
        bars=tuple(
            Bar(
                row["scenario_name"],
                float(row["stress_loss_amount"]),
                "muted" if row["scenario_type"] == "historical" else "plain",
            )
            for row in rows
        ),
    )


def _grid(rows: Sequence[Row]) -> Grid:
    return Grid(
        f"Scenarios, the worst first ({currency_of(rows)})",
        ("scenario", "kind", "#loss", "#of market value", "#not shocked"),
        tuple(
            (
                row["scenario_name"],
                row["scenario_type"],
                say.money(row["stress_loss_amount"]),
                say.percent(row["stress_loss_amount"] / row["market_value_amount"])
                if row["market_value_amount"] > 0
                else say.NOTHING,
                say.money(row["not_shocked_amount"]),
            )
            for row in rows
        ),
    )


def _groups(rows: Sequence[Row], worst_first: Sequence[Row]) -> list[Grid]:
    """Groups of accounts under the scenarios that are worst for the book."""
    shown = worst_first[:N_GROUPS_SHOWN]
    found = {(row["portfolio_type"], row["portfolio_id"], row["scenario_id"]): row for row in rows}
    groups = sorted(
        {(row["portfolio_type"], row["portfolio_id"]) for row in rows if row["portfolio_type"] != "book"}
    )
    grid = Grid(
        f"Groups of accounts under the worst scenarios ({currency_of(rows)})",
        ("group", *[f"#{row['scenario_name']}" for row in shown]),
        tuple(
            (
                group_name({"portfolio_type": kind, "portfolio_id": name}),
                *[
                    say.money(found[kind, name, row["scenario_id"]]["stress_loss_amount"])
                    if (kind, name, row["scenario_id"]) in found
                    else say.NOTHING
                    for row in shown
                ],
            )
            for kind, name in groups
        ),
    )
    return [grid] if shown and groups else []


def _least_falls(rows: Sequence[Row]) -> list[Part]:
    """The other way round: how far the index must fall until something happens, what is nearest first."""
    if not rows:
        return []
    # Names that end in a number come in the order of it: shorter ones first.
    in_order = sorted(rows, key=lambda row: (_fall(row), len(row["scenario_id"]), row["scenario_id"]))
    said = Said(
        "The other way round: what is held follows the index by its beta, and what has no beta stays as it is."
    )
    grid = Grid(
        f"How far the index must fall ({currency_of(rows)})",
        ("until", "#move of the index", "#the book loses"),
        tuple(
            (
                row["scenario_name"],
                _fall_said(row),
                say.NOTHING if row["stress_loss_amount"] is None else say.money(row["stress_loss_amount"]),
            )
            for row in in_order
        ),
    )
    return [said, grid]


def _fall(row: Row) -> float:
    """How far the index falls, a fraction of one; further than it can where no fall does it."""
    move: float | None = row["least_index_move_ratio"]
    return float("inf") if move is None else -move


def _fall_said(row: Row) -> str:
    fall = _fall(row)
    if not fall:
        return "none: it is so already"
    return "no fall does it" if fall == float("inf") else say.percent(-fall)


def _left_alone(rows: Sequence[Row]) -> list[Part]:
    """What a scenario gives no move, and its loss cannot hold."""
    found = [row for row in rows if row["not_shocked_amount"] > 0]
    if not found:
        return [Said("Every other scenario moves all that is held, deposits apart.")] if rows else []
    alike: dict[tuple[str, str], list[str]] = {}
    for row in found:
        of = alike.setdefault((say.money(row["not_shocked_amount"]), _listed(row["not_shocked"])), [])
        of.append(row["scenario_name"])
    return [
        Grid(
            f"What was not shocked, deposits apart ({currency_of(found)})",
            ("scenarios", "#worth", "names"),
            tuple((_together(of), worth, names) for (worth, names), of in alike.items()),
        )
    ]


def _together(names: Sequence[str]) -> str:
    """The scenarios that leave the same alone; the table of losses says of each what that is worth."""
    if len(names) <= N_ALIKE_SHOWN:
        return "; ".join(names)
    return f"{names[0]}, and {len(names) - 1} others"


def _written(rows: Sequence[Row]) -> Said:
    """Who wrote the scenarios down, and when."""
    found = Counter((row["scenario_defined_date"], row["scenario_author_name"]) for row in rows)
    said = [f"{number} on {day} by {author}" for (day, author), number in sorted(found.items())]
    return Said(f"Scenarios were written down: {', '.join(said)}.")


def _listed(names: Sequence[str], most: int = 8) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
