from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobs.risk.value_at_risk_backtests import JOB, Params, value_at_risk_backtests
from lake.conform import conform
from schemas.risk import PORTFOLIO_PROFIT_AND_LOSS_DAILY, VALUE_AT_RISK_BACKTESTS, VALUE_AT_RISK_DAILY
from tests.jobs.session_frames import FRI, MON, NEXT, THU, TUE, WED, of_sessions, sessions_of
from tests.rows import frame, only

if TYPE_CHECKING:
    from datetime import date

    from pyspark.sql import DataFrame, SparkSession

# Forecast at each session's close; it is for the session after it.
FORECASTS = {MON: 10, TUE: 20, WED: 10, THU: 10, FRI: 30}
# Session, clean profit and actual profit of the book.
PROFITS = ((MON, 0, 0), (TUE, -15, 8), (WED, -20, -25), (THU, -4, -4), (FRI, -11, -9))


def forecasts(spark: SparkSession, confidence: str = "0.95") -> DataFrame:
    cases = [
        {"session_date": day, "portfolio_type": kind, "portfolio_id": kind, "confidence_ratio": confidence,
         "value_at_risk_amount": amount, "expected_shortfall_amount": amount * 2, "method_name": "historical_simulation"}
        for day, amount in FORECASTS.items()
        for kind in ("book", "account")
    ]  # fmt: skip
    return frame(spark, VALUE_AT_RISK_DAILY, *cases)


def profits(spark: SparkSession) -> DataFrame:
    cases = [
        {"session_date": day, "portfolio_type": "book", "portfolio_id": "book", "clean_profit_amount": clean, "profit_amount": actual}
        for day, clean, actual in PROFITS
    ]  # fmt: skip
    # A group has a forecast only where it has a row, and this one never lost a cent.
    group = {
        "portfolio_type": "client_type",
        "portfolio_id": "ordinary",
        "clean_profit_amount": 1,
        "profit_amount": 1,
    }
    cases += [{"session_date": day, **group} for day, *_ in PROFITS]
    return frame(spark, PORTFOLIO_PROFIT_AND_LOSS_DAILY, *cases)


def run(spark: SparkSession, *days: date, window: int = 250) -> DataFrame:
    made = value_at_risk_backtests(
        forecasts(spark), profits(spark), sessions_of(spark, *days), Params(window_sessions=window)
    )
    return conform(made, VALUE_AT_RISK_BACKTESTS)


def found(made: DataFrame) -> list[tuple[object, ...]]:
    """Session, kind of profit, loss, value at risk, whether it is a hit, hits, sessions."""
    names = (
        "session_date",
        "profit_type",
        "loss_amount",
        "value_at_risk_amount",
        "is_hit",
        "n_hits",
        "n_sessions",
    )
    return [tuple(row.values()) for row in only(made, *names)]


CLEAN = [
    (TUE, "clean", 15, 10, True, 1, 1),
    # A loss that is just the forecast is no hit.
    (WED, "clean", 20, 20, False, 1, 2),
    (THU, "clean", 4, 10, False, 1, 3),
    (FRI, "clean", 11, 10, True, 2, 4),
]
ACTUAL = [
    (TUE, "actual", -8, 10, False, 0, 1),
    (WED, "actual", 25, 20, True, 1, 2),
    (THU, "actual", 4, 10, False, 1, 3),
    (FRI, "actual", 9, 10, False, 1, 4),
]


def test_each_session_against_the_forecast_of_the_session_before(spark: SparkSession) -> None:
    assert found(run(spark, TUE, WED, THU, FRI)) == sorted(CLEAN + ACTUAL, key=lambda row: row[:2])


def test_any_cut_gives_the_same(spark: SparkSession) -> None:
    whole = only(run(spark, TUE, WED, THU, FRI))
    assert only(run(spark, TUE).unionByName(run(spark, WED, THU, FRI))) == whole


def test_a_window_counts_sessions_back_from_its_own(spark: SparkSession) -> None:
    assert [row[-2:] for row in found(run(spark, FRI, window=2)) if row[1] == "clean"] == [(1, 2)]


def test_without_a_forecast_or_without_a_profit_there_is_no_row(spark: SparkSession) -> None:
    # Nothing was forecast for Monday, and nothing has come yet after Friday's forecast.
    assert found(run(spark, MON)) == []
    assert found(run(spark, NEXT)) == []


def test_a_session_without_a_profit_is_left_out_of_the_count(spark: SparkSession) -> None:
    made = value_at_risk_backtests(
        forecasts(spark),
        of_sessions(profits(spark), TUE, THU, FRI),
        sessions_of(spark, FRI),
        Params(),
    )
    assert [row[-2:] for row in found(made) if row[1] == "clean"] == [(2, 3)]


def test_what_a_row_says(spark: SparkSession) -> None:
    [row] = [row for row in only(run(spark, FRI)) if row["profit_type"] == "clean"]
    assert row["n_hits_expected"] == pytest.approx(0.2)
    assert row["zone_name"] == "yellow"
    # P(X <= 2) of 4 at 5 % is 0.9995: Kupiec rejects. Z2 is 1 - (15 / 20 + 11 / 20) / 0.2.
    assert row["coverage_p_value"] < 0.05
    assert row["shortfall_statistic"] == pytest.approx(-5.5)
    assert row["time_between_hits_statistic"] is None
    assert row["is_rejected"]
    assert row["backtest_verdict"].startswith(
        "rejected: 2 hits in 4 sessions, 0.2 expected, yellow zone; too many hits"
    )


def test_it_reads_what_was_published_first() -> None:
    assert [each.as_published for each in JOB.inputs] == [True, False]
