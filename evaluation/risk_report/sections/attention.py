"""What asks for somebody's attention, a sentence each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from evaluation.risk_report import formats as say
from evaluation.risk_report.answers import Answers
from evaluation.risk_report.page import State
from evaluation.risk_report.published import CONFIDENCES, HIGHEST, back_test, currency, params_of
from evaluation.risk_report.sections.inputs import found_caveats


def attention(answers: Answers) -> list[State]:
    """In the order of the page; good news is one sentence where a table has rows."""
    return [
        *_hit(answers),
        *_rejected(answers),
        *_limits(answers),
        *_concentration(answers),
        *_stress(answers),
        *_margin(answers),
        *_statements(answers),
        *_suspects(answers),
        *_caveats(answers),
    ]


def _hit(answers: Answers) -> Iterator[State]:
    row = back_test(answers, HIGHEST)
    if row is not None and row["is_hit"]:
        beyond = row["loss_amount"] - row["value_at_risk_amount"]
        yield State(
            f"The session lost {say.with_currency(beyond, currency(answers))} more than its value at risk.",
            "bad",
        )


def _rejected(answers: Answers) -> Iterator[State]:
    rows = [(each, back_test(answers, each)) for each in CONFIDENCES]
    found = [say.level(each) for each, row in rows if row is not None and row["is_rejected"]]
    if found:
        yield State(f"Back-tests reject the published forecasts at {' and '.join(found)}.", "bad")
    elif any(row is not None for _, row in rows):
        yield State("No back-test rejects the published forecasts.", "good")


def _limits(answers: Answers) -> Iterator[State]:
    levels = Counter(row["usage_level"] for row in answers["limits"].rows)
    if levels["breach"]:
        yield State(f"{say.of(levels['breach'], 'limit is', 'limits are')} breached.", "bad")
    near = levels["watch"] + levels["warning"]
    if near:
        yield State(f"{say.of(near, 'limit is', 'limits are')} nearly used up, and not breached.", "watch")
    if levels and not levels["breach"] and not near:
        yield State(f"All {say.of(levels['within'], 'limit')} in force are used within their lines.", "good")


def _concentration(answers: Answers) -> Iterator[State]:
    acting = sum(row["concentration_level"] == "act" for row in answers["concentration"].rows)
    line = params_of(answers, "gold.concentration_daily").get("act_ratio")
    much = (
        "so much in one name that somebody has to act"
        if line is None
        else f"{say.level(Decimal(str(line)))} of the net assets or more in one name"
    )
    if acting:
        verb = "account has" if acting == 1 else "accounts have"
        yield State(f"{acting:,} {verb} {much}.", "watch")


def _stress(answers: Answers) -> Iterator[State]:
    rows = [
        row
        for row in answers["stress"].rows
        if row["portfolio_type"] == "book" and row["scenario_type"] != "reverse"
    ]
    if rows:
        worst = max(rows, key=lambda row: (row["stress_loss_amount"], row["scenario_id"]))
        loss = say.with_currency(worst["stress_loss_amount"], worst["currency_code"])
        yield State(f"The worst stress scenario, {worst['scenario_name']}, loses {loss}.", "plain")


def _margin(answers: Answers) -> Iterator[State]:
    rows = answers["margin"].rows
    issued = Counter(row["margin_level"] for row in rows if row["is_call_issued"])
    if issued["call"]:
        yield State(f"{say.of(issued['call'], 'margin call')} issued in the session.", "bad")
    if issued["forced_sale"]:
        yield State(f"{say.of(issued['forced_sale'], 'forced sale')} issued in the session.", "bad")
    since = sum(row["margin_level"] in ("call", "forced_sale") and not row["is_call_issued"] for row in rows)
    if since:
        stand = "margin account stands" if since == 1 else "margin accounts stand"
        yield State(f"{since:,} {stand} at a call or a forced sale of an earlier session.", "bad")
    if rows and not issued and not since:
        yield State("No margin account is called or sold out.", "good")


def _statements(answers: Answers) -> Iterator[State]:
    checks = answers["statement_checks"].rows
    newest = checks[-1]["session_date"] if checks else None
    n_breaks = sum(row["n_statement_breaks"] for row in checks if row["session_date"] == newest)
    if n_breaks:
        differ = "item differs" if n_breaks == 1 else "items differ"
        yield State(f"{n_breaks:,} {differ} between our books and the statements of {newest}.", "bad")
    elif checks:
        yield State(f"Our books agree with all statements of {newest}.", "good")


def _suspects(answers: Answers) -> Iterator[State]:
    found = [
        row["instrument_id"] for row in answers["suspects"].rows if row["session_date"] == answers.session
    ]
    if found:
        yield State(
            f"{say.of(len(found), 'close')} kept out of all values as suspect: {', '.join(found)}.", "bad"
        )


def _caveats(answers: Answers) -> Iterator[State]:
    """Only those that somebody must see to; the section has all."""
    yield from (each for each in found_caveats(answers) if each.tone == "bad")
