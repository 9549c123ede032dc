"""The largest accounts by value at risk, and in how few names accounts have their money."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from evaluation.risk_report import formats as say
from evaluation.risk_report.answers import Answers
from evaluation.risk_report.page import Grid, Said, Section, State, Tone, counted
from evaluation.risk_report.published import (
    HIGHEST,
    Row,
    currency,
    currency_of,
    group_name,
    measure,
    of_type,
    params_of,
)

N_SHOWN = 10
CONCENTRATION: dict[str, Tone] = {"within": "plain", "warning": "watch", "act": "bad"}
_GROUPS = ("client_type", "client_risk_level")


def largest(answers: Answers) -> Section:
    """Accounts and groups with the largest value at risk, each by itself."""
    code, at = currency(answers), say.level(HIGHEST)
    accounts = of_type(answers, "account", HIGHEST)
    if not accounts:
        why = f"No account held anything at the end of {answers.session}."
        return Section("accounts", "Largest accounts", (), why)
    total = sum((row["value_at_risk_amount"] for row in accounts), Decimal(0))
    book = measure(answers, HIGHEST)
    against = f"; the book's is {say.with_currency(book['value_at_risk_amount'], code)}" if book else ""
    said = Said(
        f"{say.of(len(accounts), 'account')} held something. Their values at risk, each by itself, add up to "
        f"{say.with_currency(total, code)}{against}."
    )
    groups = [row for kind in _GROUPS for row in of_type(answers, kind, HIGHEST)]
    return Section(
        "accounts",
        "Largest accounts and groups",
        (
            said,
            _measures(
                f"Accounts with the largest value at risk at {at} ({code})", "account", accounts[:N_SHOWN]
            ),
            _measures(f"Groups of accounts at {at} ({code})", "group", groups),
        ),
    )


def _measures(caption: str, head: str, rows: Sequence[Row]) -> Grid:
    return Grid(
        caption,
        (head, "#value at risk", "#expected shortfall", "#market value", "#of market value", "#positions"),
        tuple(
            (
                group_name(row),
                say.money(row["value_at_risk_amount"]),
                say.money(row["expected_shortfall_amount"]),
                say.money(row["market_value_amount"]),
                _ratio(row["value_at_risk_amount"], row["market_value_amount"]),
                say.count(row["n_positions"]),
            )
            for row in rows
        ),
    )


def _ratio(part: Decimal, whole: Decimal) -> str:
    return say.percent(part / whole) if whole > 0 else say.NOTHING


def concentration(answers: Answers) -> Section:
    """In how few names accounts have their money: by level, and the largest of those that ask for something."""
    title = "Concentration"
    rows = answers["concentration"].rows
    if not rows:
        return Section("concentration", title, (), answers["concentration"].why_empty)
    return Section(
        "concentration",
        title,
        (
            Said(_concentration_said(params_of(answers, "gold.concentration_daily"))),
            _concentrated_levels(rows),
            _concentrated(rows),
            _slowest(rows),
        ),
    )


def _concentration_said(lines: Row) -> str:
    said = "Of the net assets of an account, how much lies in its largest name"
    if "warning_ratio" not in lines or "act_ratio" not in lines:
        return f"{said}."
    warning, act = (say.level(Decimal(str(lines[f"{each}_ratio"]))) for each in ("warning", "act"))
    return f"{said}: from {warning} on it is warned about, from {act} on somebody has to act."


def _concentrated_levels(rows: Sequence[Row]) -> Grid:
    found = Counter(row["concentration_level"] or "none" for row in rows)
    without = [("no net assets", say.count(found["none"]))] if found["none"] else []
    return Grid(
        "Accounts by level",
        ("level", "#accounts"),
        (*[(each, counted(found[each], CONCENTRATION[each])) for each in CONCENTRATION], *without),
    )


def _concentrated(rows: Sequence[Row]) -> Grid:
    asking = [row for row in rows if row["concentration_level"] in ("warning", "act")]
    shown = sorted(
        asking,
        key=lambda row: (
            row["concentration_level"] != "act",
            -row["gross_exposure_amount"],
            row["account_id"],
        ),
    )[:N_SHOWN]
    return Grid(
        f"The largest of the {say.count(len(asking))} that are warned about or asked to act ({currency_of(rows)})",
        ("account", "level", "largest name", "#its share", "#top five", "#HHI", "#exposure", "#net assets"),
        tuple(
            (
                row["account_id"],
                State(row["concentration_level"], CONCENTRATION[row["concentration_level"]]),
                row["largest_instrument_id"] or say.NOTHING,
                say.percent(row["largest_name_ratio"]),
                say.percent(row["top_five_ratio"]),
                say.figure(row["herfindahl_index"]),
                say.money(row["gross_exposure_amount"]),
                say.money(row["net_assets_amount"]),
            )
            for row in shown
        ),
    )


def _slowest(rows: Sequence[Row]) -> Grid:
    slow = sorted(
        [row for row in rows if row["days_to_leave"] is not None],
        key=lambda row: (-row["days_to_leave"], row["account_id"]),
    )[:5]
    return Grid(
        f"Accounts that would take longest to leave ({currency_of(rows)})",
        ("account", "#days to leave", "#exposure", "#without volume"),
        tuple(
            (
                row["account_id"],
                say.figure(row["days_to_leave"], 4),
                say.money(row["gross_exposure_amount"]),
                say.count(row["n_without_volume"]),
            )
            for row in slow
        ),
    )
