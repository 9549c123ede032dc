"""What was published of the book, picked out of the rows that the page is made from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from evaluation.risk_report.answers import Answers

Row = dict[str, Any]

PUBLISHED = "historical_simulation"
HIGHEST = Decimal("0.99")
# Tables that the page shows, and those that they are made from.
SHOWN = (
    "gold.value_at_risk_daily",
    "gold.value_at_risk_backtests",
    "gold.scenario_profit_and_loss_daily",
    "gold.stress_daily",
    "gold.limit_usage_daily",
    "gold.concentration_daily",
    "gold.margin_daily",
    "gold.profit_and_loss_daily",
    "gold.statement_checks_daily",
    "gold.statement_breaks_daily",
    "gold.suspect_prices_daily",
)
MADE_FROM = ("silver.corrected_fills", "gold.positions_daily", "gold.cash_daily")
CONFIDENCES = (Decimal("0.95"), Decimal("0.975"), Decimal("0.99"))


def measure(answers: Answers, confidence: Decimal, portfolio: str = "book") -> Row | None:
    """The published row of a portfolio at a confidence."""
    return first(
        row
        for row in answers["measures"].rows
        if row["portfolio_id"] == portfolio
        and row["method_name"] == PUBLISHED
        and row["confidence_ratio"] == confidence
    )


def of_type(answers: Answers, portfolio_type: str, confidence: Decimal) -> list[Row]:
    """The published rows of all portfolios of a type, the largest value at risk first."""
    rows = [
        row
        for row in answers["measures"].rows
        if row["portfolio_type"] == portfolio_type
        and row["method_name"] == PUBLISHED
        and row["confidence_ratio"] == confidence
    ]
    return sorted(rows, key=lambda row: (-row["value_at_risk_amount"], row["portfolio_id"]))


def back_test(
    answers: Answers, confidence: Decimal, method: str = PUBLISHED, profit: str = "clean"
) -> Row | None:
    """The book's back-test of a method at a confidence."""
    return first(
        row
        for row in answers["backtests"].rows
        if row["portfolio_type"] == "book"
        and row["method_name"] == method
        and row["confidence_ratio"] == confidence
        and row["profit_type"] == profit
    )


def currency(answers: Answers) -> str:
    """The book's currency."""
    row = first(row for row in answers["measures"].rows if row["portfolio_type"] == "book")
    return row["currency_code"] if row else ""


def currency_of(rows: Sequence[Row]) -> str:
    """The currencies of some rows, such as `USD`; several are separated by commas."""
    return ", ".join(sorted({row["currency_code"] for row in rows}))


def run_of(answers: Answers) -> Row | None:
    """The run that published the value at risk which the page shows."""
    shown = {row["run_id"] for row in answers["measures"].rows}
    return first(
        row
        for row in answers["runs"].rows
        if row["table_name"] == "gold.value_at_risk_daily"
        and row["run_id"] in shown
        and row["job_status"] == "published"
    )


def last_runs(answers: Answers) -> list[Row]:
    """The last run for the session of each table that the page shows or rests on."""
    return [
        row for row in answers["runs"].rows if row["place"] == 1 and row["table_name"] in (*SHOWN, *MADE_FROM)
    ]


def params_of(answers: Answers, table: str) -> Row:
    """The numbers that the table's last run for the session was made with; none where it is not known."""
    run = first(row for row in answers["runs"].rows if row["table_name"] == table and row["place"] == 1)
    params: Row = json.loads(run["params_json"]) if run else {}
    return params


def group_name(row: Row) -> str:
    """A group of accounts, for people."""
    kind, name = row["portfolio_type"], row["portfolio_id"]
    if kind == "client_type":
        return f"{name} clients"
    return f"risk level {name}" if kind == "client_risk_level" else str(name)


def first(rows: Any) -> Row | None:
    found: Row | None = next(iter(rows), None)
    return found
