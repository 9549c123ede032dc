"""One session of a tiny book, as the page's questions are answered: two accounts, four scenarios, figures that can be checked by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from evaluation.risk_report.answers import Answer, Answers
from schemas import catalog
from tests.rows import arrow_table

SESSION = date(2022, 12, 23)
PUBLISHED_AT = datetime(2022, 12, 23, 22, 30, tzinfo=UTC)
EMPTY = Answer((), "There are no rows.")
TABLES = {
    "measures": "gold.value_at_risk_daily",
    "backtests": "gold.value_at_risk_backtests",
    "outcomes": "gold.value_at_risk_backtests",
    "windows": "gold.value_at_risk_daily",
    "vectors": "gold.scenario_profit_and_loss_daily",
    "stress": "gold.stress_daily",
    "limits": "gold.limit_usage_daily",
    "concentration": "gold.concentration_daily",
    "margin": "gold.margin_daily",
    "suspects": "gold.suspect_prices_daily",
    "profits": "gold.profit_and_loss_daily",
    "statement_checks": "gold.statement_checks_daily",
    "statement_breaks": "gold.statement_breaks_daily",
    "actions": "silver.corporate_actions",
    "touched": "ops.touched_sessions",
    "breaks": "ops.ledger_breaks",
    "parked": "ops.parked",
    "looks": "ops.ledger",
}
QUESTIONS = (
    *TABLES, "runs", "quarantined", "late_fills", "late_cash_movements", "late_bars",
)  # fmt: skip

Case = dict[str, Any]


def answer(question: str, *cases: Case) -> Answer:
    """The rows of a question from Arrow; what a case does not name is plain (`tests/rows.py`)."""
    if question in TABLES:
        return Answer.of(arrow_table(catalog.table(TABLES[question]), *cases))
    return Answer(tuple(cases)) if cases else EMPTY


def answers(**by_question: tuple[Case, ...]) -> Answers:
    """The tiny book, with the rows of some questions in place of its own."""
    cases = {**PLAIN, **by_question}
    return Answers(SESSION, {name: answer(name, *cases.get(name, ())) for name in QUESTIONS})


def measured(portfolio_type: str, portfolio_id: str, at_risk: str, shortfall: str, **other: Any) -> Case:
    return {
        "session_date": "2022-12-23", "portfolio_type": portfolio_type, "portfolio_id": portfolio_id,
        "method_name": "historical_simulation", "confidence_ratio": "0.99", "revision": 1, "run_id": "run-1",
        "value_at_risk_amount": at_risk, "expected_shortfall_amount": shortfall, "market_value_amount": "10000",
        "quantile_name": "type_7", "weighting_name": "equal", "return_type": "simple", "is_in_domain": True,
        "missing_data_policy": "carry_forward", "n_scenarios": 4, "window_sessions": 4, "horizon_days": 1,
        "n_missing_prices": 0, "n_positions": 2, "currency_code": "USD", **other,
    }  # fmt: skip


def back_tested(confidence: str, **other: Any) -> Case:
    return {
        "session_date": "2022-12-23", "portfolio_type": "book", "portfolio_id": "book",
        "method_name": "historical_simulation", "confidence_ratio": confidence, "profit_type": "clean",
        "loss_amount": "-1234.565", "value_at_risk_amount": "293.5", "expected_shortfall_amount": "300",
        "is_hit": False, "n_sessions": 159, "n_hits": 5, "n_hits_expected": 1.59, "zone_name": "yellow",
        "coverage_statistic": 4.71145, "coverage_p_value": 0.029962, "independence_statistic": 2.319973,
        "independence_p_value": 0.127722, "is_rejected": True, "backtest_verdict": "rejected: 5 hits", **other,
    }  # fmt: skip


def on_margin(account_id: str, level: str, ratio: str | None, **other: Any) -> Case:
    return {
        "session_date": "2022-12-23", "account_id": account_id, "currency_code": "USD", "closing_cash_amount": "-5",
        "securities_amount": "1305", "debt_amount": "1000", "maintenance_ratio": ratio, "margin_level": level,
        "restoring_cash_amount": "0", "is_call_issued": False, "n_stale_prices": 0, "n_without_haircut": 0, **other,
    }  # fmt: skip


def ran(table: str, **other: Any) -> Case:
    return {
        "table_name": table, "place": 1, "job_status": "published", "error": None, "run_id": "run-1",
        "refine_batch": 6, "code_version": "766d47a4ebef", "params_json": "{}", "input_versions_json": "{}",
        "ended_at": PUBLISHED_AT, **other,
    }  # fmt: skip


# Losses of the book by scenario, oldest first: 100, 200, -30, 300. At 99 % type 7 lies 0.97 of the way from 200 to 300:
# 297. Of a: 50, 150, -40, 330; of b: 50, 50, 10, -30, in cents below.
VECTORS = (
    {"account_id": "a", "client_type": "ordinary", "n_scenarios": 4, "scenario_profits": [-5000, -15000, 4000, -33000]},
    {"account_id": "b", "client_type": "professional", "n_scenarios": 4, "scenario_profits": [-5000, -5000, -1000, 3000]},
)  # fmt: skip
PLAIN: dict[str, tuple[Case, ...]] = {
    "measures": (
        measured("account", "a", "324.6", "330"),
        measured("account", "b", "50", "50"),
        measured("book", "book", "297", "300"),
        measured("book", "book", "280", "290", method_name="normal", quantile_name="normal"),
        measured("client_type", "ordinary", "324.6", "330"),
    ),
    "vectors": VECTORS,
    "backtests": (back_tested("0.99"),),
    "outcomes": (
        back_tested("0.99", session_date="2022-12-21", loss_amount="100"),
        back_tested("0.99", session_date="2022-12-22", loss_amount="310.5", is_hit=True),
        back_tested("0.99"),
    ),
    "windows": (measured("book", "book", "297", "300"),),
    "runs": (
        ran("gold.value_at_risk_daily", params_json='{"lookback_sessions": 4, "confidences": [0.95, 0.99]}'),
        ran("gold.limit_usage_daily", params_json='{"watch_ratio": 0.8, "warning_ratio": 0.95}'),
    ),
    "looks": ({"looked_at": "2022-12-23T23:00:00Z"},),
    "late_fills": ({"n_late": 0},),
}
