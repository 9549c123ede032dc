from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

from evaluation.risk import RiskResult, judge, told
from schemas.risk import VALUE_AT_RISK_DAILY
from tests.rows import arrow_table

MONDAY, TUESDAY, WEDNESDAY = date(2022, 12, 19), date(2022, 12, 20), date(2022, 12, 21)


def measures(*cases: dict[str, Any]) -> pa.Table:
    plain = {"portfolio_type": "book", "portfolio_id": "book", "confidence_ratio": "0.95", "revision": 1}
    return arrow_table(VALUE_AT_RISK_DAILY, *[{**plain, **case} for case in cases])


def at(day: date, confidence: str, value_at_risk: str, shortfall: str = "99", **other: Any) -> dict[str, Any]:
    return {
        "session_date": day, "confidence_ratio": confidence, "value_at_risk_amount": value_at_risk,
        "expected_shortfall_amount": shortfall, **other,
    }  # fmt: skip


def next_day(day: date) -> date:
    return day + timedelta(days=1)


def judged(*cases: dict[str, Any]) -> RiskResult:
    return judge(measures(*cases), {}, next_day)


def holds(result: RiskResult) -> list[bool]:
    return [fact.holds for fact in told(result).facts]


def test_shortfall_below_value_at_risk_by_the_last_decimal() -> None:
    result = judged(at(MONDAY, "0.95", "1000000000000.0001", "1000000000000.0000"))
    assert result.shortfall_below == ("2022-12-19 book at 95 % revision 1",)
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
        at(MONDAY, "0.95", "20", portfolio_type="account", portfolio_id="account-1"),
        at(TUESDAY, "0.99", "5"),
    )
    assert result.falling == ("2022-12-19 book at 97.5 % revision 1",)


def test_a_falling_shortfall_is_seen_too() -> None:
    result = judged(at(MONDAY, "0.95", "1", "12"), at(MONDAY, "0.99", "1", "11"))
    assert result.falling == ("2022-12-19 book at 99 % revision 1",)


def test_no_rows_prove_nothing() -> None:
    assert holds(judge(measures(), {}, next_day)) == [False, True]


def test_hits_of_the_next_session_by_what_was_published_first() -> None:
    profits = {TUESDAY: Decimal("-11"), WEDNESDAY: Decimal("-10")}
    result = judge(
        measures(
            at(MONDAY, "0.95", "10"),
            at(MONDAY, "0.95", "12", revision=2),
            at(MONDAY, "0.99", "11"),
            # A loss that is just the value at risk is no hit; Wednesday has no session after it yet.
            at(TUESDAY, "0.95", "10"),
            at(WEDNESDAY, "0.95", "10"),
            at(MONDAY, "0.95", "1", portfolio_type="account", portfolio_id="account-1"),
        ),
        profits,
        next_day,
    )
    assert [(hits.confidence, hits.n_sessions, hits.sessions) for hits in result.hits] == [
        (Decimal("0.9500"), 2, (TUESDAY,)),
        (Decimal("0.9900"), 1, ()),
    ]
    assert [round(hits.n_expected, 12) for hits in result.hits] == [0.1, 0.01]
