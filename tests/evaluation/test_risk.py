from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa

from evaluation.risk import RiskResult, judge, told
from schemas.risk import VALUE_AT_RISK_DAILY
from tests.rows import arrow_table

MONDAY, TUESDAY = date(2022, 12, 19), date(2022, 12, 20)


def measures(*cases: dict[str, Any]) -> pa.Table:
    plain = {"portfolio_type": "book", "portfolio_id": "book", "method_name": "normal", "revision": 1}
    return arrow_table(VALUE_AT_RISK_DAILY, *[{**plain, **case} for case in cases])


def at(day: date, confidence: str, value_at_risk: str, shortfall: str = "99", **other: Any) -> dict[str, Any]:
    return {
        "session_date": day, "confidence_ratio": confidence, "value_at_risk_amount": value_at_risk,
        "expected_shortfall_amount": shortfall, **other,
    }  # fmt: skip


def judged(*cases: dict[str, Any]) -> RiskResult:
    return judge(measures(*cases))


def holds(result: RiskResult) -> list[bool]:
    return [fact.holds for fact in told(result, ()).facts]


def test_shortfall_below_value_at_risk_by_the_last_decimal() -> None:
    result = judged(at(MONDAY, "0.95", "1000000000000.0001", "1000000000000.0000"))
    assert result.shortfall_below == ("2022-12-19 book by normal at 95 % revision 1",)
    assert holds(result) == [False, True]


def test_equal_measures_are_coherent() -> None:
    result = judged(at(MONDAY, "0.95", "10", "10"), at(MONDAY, "0.99", "10", "10"))
    assert (result.shortfall_below, result.falling) == ((), ())
    assert holds(result) == [True, True]


def test_measures_rise_with_confidence_within_a_portfolio_and_revision() -> None:
    result = judged(
        at(MONDAY, "0.95", "10"),
        at(MONDAY, "0.975", "9"),
        at(MONDAY, "0.95", "50", revision=2),
        at(MONDAY, "0.95", "50", method_name="historical_simulation"),
        at(MONDAY, "0.95", "20", portfolio_type="account", portfolio_id="account-1"),
        at(TUESDAY, "0.99", "5"),
    )
    assert result.falling == ("2022-12-19 book by normal at 97.5 % revision 1",)


def test_a_falling_shortfall_is_seen_too() -> None:
    result = judged(at(MONDAY, "0.95", "1", "12"), at(MONDAY, "0.99", "1", "11"))
    assert result.falling == ("2022-12-19 book by normal at 99 % revision 1",)


def test_no_rows_prove_nothing() -> None:
    assert holds(judge(measures())) == [False, True]


def test_a_verdict_is_shown_whatever_it_is_and_breaks_nothing() -> None:
    row = {
        "method_name": "historical_simulation", "confidence_ratio": Decimal("0.9900"), "profit_type": "clean",
        "n_hits": 9, "n_sessions": 250, "n_hits_expected": Decimal("2.5000"), "zone_name": "yellow",
        "backtest_verdict": "rejected: 9 hits", "is_rejected": True,
    }  # fmt: skip
    section = told(judged(at(MONDAY, "0.95", "10")), [row])
    assert section.grids[0].rows == (
        ("historical_simulation", "99 %", "clean", 9, 250, 2.5, "yellow", "rejected"),
    )
    assert section.notes == ("at 99 %, clean profit: rejected: 9 hits",)
    assert section.figures["backtests"] == [{**row, "confidence_ratio": "0.9900"}]
    assert all(fact.holds for fact in section.facts)
