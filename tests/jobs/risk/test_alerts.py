from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from jobs.risk.alerts import Params, alerts
from lake.conform import conform
from models.risk.rules import BY_MODULE, limit_breach, margin_call, single_name
from schemas.risk import (  # fmt: skip
    ALERT_NOTICES,
    ALERTS,
    BREACH_RULES,
    CONCENTRATION_DAILY,
    LIMIT_USAGE_DAILY,
    MARGIN_DAILY,
)
from tests.jobs.session_frames import FRI, THU, WED, of_sessions, sessions_of
from tests.rows import frame, only

if TYPE_CHECKING:
    from datetime import date

    from pyspark.sql import DataFrame, SparkSession

OPENS, CLOSES = (datetime(2022, 12, 23, hour, minute, tzinfo=UTC) for hour, minute in ((14, 30), (21, 0)))
# Printed by `printf 'R23|1|new/gross_exposure/USD|1671805800000000' | sha256sum | cut -c1-32`, and so for the others.
NEW_BREACH = "19542006b13420a64a9aee3b02e49997"


def usage(day: date, who: str, level: str, **case: Any) -> dict[str, Any]:
    plain = {"limit_type": "gross_exposure", "observed_amount": 1, "limit_amount": 1}
    return {"session_date": day, "account_id": who, "usage_level": level, **plain, **case}


def concentrated(day: date, who: str, level: str | None) -> dict[str, Any]:
    return {"session_date": day, "account_id": who, "concentration_level": level, "largest_name_ratio": 0.632, "largest_instrument_id": "XNYS:AMD"}  # fmt: skip


def margin(day: date, who: str, level: str, ratio: str, is_issued: bool) -> dict[str, Any]:
    return {"session_date": day, "account_id": who, "margin_level": level, "maintenance_ratio": ratio,
            "restoring_cash_amount": "12345.5", "is_call_issued": is_issued}  # fmt: skip


USAGE = [
    # In breach since Wednesday: told on Wednesday alone.
    *(usage(day, "on", "breach") for day in (WED, THU, FRI)),
    usage(THU, "new", "warning"), usage(FRI, "new", "breach", observed_amount="12530.5", limit_amount=10_000),
    # Once more after a session without, and another limit of the same account.
    usage(WED, "again", "breach"), usage(FRI, "again", "breach"),
    usage(THU, "again", "breach", limit_type="daily_turnover"),
    usage(FRI, "near", "warning"),
]  # fmt: skip
CONCENTRATED = [
    concentrated(THU, "single", "warning"), concentrated(FRI, "single", "act"), concentrated(FRI, "unknown", None),
    concentrated(THU, "still", "act"), concentrated(FRI, "still", "act"),
]  # fmt: skip
MARGIN = [
    margin(FRI, "called", "call", "1.379999", True), margin(FRI, "sold", "forced_sale", "1.28", True),
    margin(FRI, "stays", "call", "1.38", False),
]  # fmt: skip


def run(spark: SparkSession, notices: DataFrame, *days: date) -> DataFrame:
    made = alerts(
        of_sessions(notices, *days),
        frame(spark, LIMIT_USAGE_DAILY, *USAGE),
        frame(spark, CONCENTRATION_DAILY, *CONCENTRATED),
        of_sessions(frame(spark, MARGIN_DAILY, *MARGIN), *days),
        sessions_of(spark, *days),
        Params(),
    )
    return conform(made, ALERTS)


@pytest.fixture(scope="module")
def notices(spark: SparkSession) -> DataFrame:
    """One of the stream, and a breach that was published when its account still used less."""
    return frame(
        spark,
        ALERT_NOTICES,
        {
            "alert_id": "a",
            "rule_id": "R07",
            "entity_id": "account-1",
            "evidence": ["e1", "e2"],
            "is_late": True,
        },
        {"alert_id": NEW_BREACH, "rule_id": "R23", "entity_id": "new", "observed_value": 11_000},
    )


@pytest.fixture(scope="module")
def made(spark: SparkSession, notices: DataFrame) -> list[dict[str, Any]]:
    return only(run(spark, notices, THU, FRI))


def test_an_alert_a_crossing_and_what_was_published_as_it_was(made: list[dict[str, Any]]) -> None:
    found = [(row["session_date"], row["rule_id"], row["entity_id"], row["observed_value"]) for row in made]
    assert sorted(found) == [
        (THU, "R21", "still", 0.632),
        (THU, "R23", "again", 1.0),
        (FRI, "R07", "account-1", 1.0),
        (FRI, "R20", "called", 1.379999),
        (FRI, "R20", "sold", 1.28),
        (FRI, "R21", "single", 0.632),
        (FRI, "R23", "again", 1.0),
        (FRI, "R23", "new", 11_000.0),
    ]


def test_what_an_alert_says(made: list[dict[str, Any]]) -> None:
    called, sold = (next(row for row in made if row["entity_id"] == who) for who in ("called", "sold"))
    assert called == {
        "session_date": FRI,
        "alert_id": "9e90a0b803c71312080fca87c223919a",
        "rule_id": "R20",
        "rule_version": "1",
        "severity": "high",
        "entity_id": "called",
        "window_started_at": OPENS,
        "window_ended_at": CLOSES,
        "triggered_at": CLOSES,
        "observed_value": 1.379999,
        "threshold_value": 1.4,
        "evidence": ["gold.margin_daily|2022-12-23|called|USD"],
        "explanation": "Account called stands at 137.99 %, below the call line of 140 %: it needs 12,345.50 USD of new cash to"
        " return to 150 %.",
    }
    assert (sold["severity"], sold["threshold_value"]) == ("critical", 1.3)
    said = {(row["session_date"], row["entity_id"]): row["explanation"] for row in made}
    assert said[FRI, "sold"] == (
        "Account sold stands at 128.00 %, below the forced sale line of 130 %: sell for it, or take in 12,345.50 USD of new"
        " cash to return to 150 %."
    )
    assert said[FRI, "single"] == (
        "Account single has 63.2 % of its net assets in XNYS:AMD (acted on from 50 %): sell part of it, or have the client"
        " confirm that it stays."
    )
    assert said[THU, "again"] == (
        "Account again uses 1.00 USD of 1.00 allowed as daily turnover: bring it down, or have the limit raised."
    )


def test_any_cut_gives_the_same(spark: SparkSession, notices: DataFrame, made: list[dict[str, Any]]) -> None:
    assert only(run(spark, notices, THU).unionByName(run(spark, notices, FRI))) == made


def test_rules_over_tables_are_those_that_are_declared_so() -> None:
    rules = (margin_call.RULE, single_name.RULE, limit_breach.RULE)
    assert tuple(rule.id for rule in rules) == BREACH_RULES
    assert {rule.id for rule in BY_MODULE.values()} >= set(BREACH_RULES)
