from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from jobs.risk.limit_usage_daily import Params, limit_usage_daily
from lake.conform import conform
from schemas.risk import LIMIT_USAGE_DAILY, LIMITS, VALUE_AT_RISK_DAILY
from schemas.transactions import CORRECTED_FILLS, POSITION_VALUES_DAILY
from tests.jobs.exchanged import rates
from tests.jobs.session_frames import FRI, THU, of_sessions, sessions_of
from tests.rows import frame, only

if TYPE_CHECKING:
    from datetime import date

    from pyspark.sql import DataFrame, SparkSession

KINDS = ("order_notional", "gross_exposure", "daily_turnover", "value_at_risk")


def limits(spark: SparkSession, **amounts: int) -> DataFrame:
    """As `as_of` gives them: an account's limit of each kind, in force on both days."""
    cases = [
        {"account_id": who, "limit_type": kind, "limit_amount": amount}
        for who, amount in amounts.items()
        for kind in KINDS
    ]
    made = frame(spark, LIMITS, *cases)
    return made.selectExpr("*", f"explode(array(DATE'{THU}', DATE'{FRI}')) AS session_date")


def run(spark: SparkSession, allowed: DataFrame, *days: date) -> DataFrame:
    positions = [
        {"session_date": day, "account_id": "a", "instrument_id": what, "market_value_amount": value}
        for day in (THU, FRI)
        for what, value in (("stock", 40), ("short", -20))
    ]
    fills = [
        {"session_date": FRI, "fill_id": str(number), "account_id": "a", "side": side, "quantity": 19, "price": 1}
        for number, side in enumerate(("buy", "sell"))
    ]  # fmt: skip
    risk = [
        {"session_date": day, "portfolio_type": kind, "portfolio_id": "a", "confidence_ratio": confidence, "value_at_risk_amount": amount}
        for day, kind, confidence, amount in (
            (THU, "account", "0.99", -3), (FRI, "account", "0.99", 41), (FRI, "account", "0.95", 1000), (FRI, "book", "0.99", 1000),
        )
    ]  # fmt: skip
    made = limit_usage_daily(
        of_sessions(allowed, *days),
        of_sessions(frame(spark, POSITION_VALUES_DAILY, *positions), *days),
        of_sessions(frame(spark, CORRECTED_FILLS, *fills), *days),
        of_sessions(frame(spark, VALUE_AT_RISK_DAILY, *risk), *days),
        rates(spark, {"EUR": {FRI: "1.25"}}).unionByName(rates(spark, {"USD": {FRI: "0.8"}}, into="EUR")),
        sessions_of(spark, *days),
        Params(),
    )
    return conform(made, LIMIT_USAGE_DAILY)


def found(made: DataFrame) -> list[tuple[object, ...]]:
    """Day, account, kind of limit, used, level."""
    names = ("session_date", "account_id", "limit_type", "observed_amount", "usage_level")
    return [tuple(row.values()) for row in only(made, *names)]


def test_each_kind_of_use_against_a_limit_of_forty(spark: SparkSession) -> None:
    made = run(spark, limits(spark, a=40), THU, FRI)
    assert found(made) == [
        (THU, "a", "daily_turnover", 0, "within"),
        # 40, and 20 sold short.
        (THU, "a", "gross_exposure", 60, "breach"),
        (THU, "a", "value_at_risk", 0, "within"),
        # Bought and sold for 19 each: 95 % of 40.
        (FRI, "a", "daily_turnover", 38, "warning"),
        (FRI, "a", "gross_exposure", 60, "breach"),
        (FRI, "a", "value_at_risk", 41, "breach"),
    ]
    ratios = {row["limit_type"]: row["usage_ratio"] for row in only(made) if row["session_date"] == FRI}
    assert ratios == {"daily_turnover": 0.95, "gross_exposure": 1.5, "value_at_risk": 1.025}


def test_levels_at_their_borders(spark: SparkSession) -> None:
    # Exposure of 60: 75 is used to 80 %, 76 to 78.9 %; exactly all is a warning, not a breach.
    levels = {}
    for amount in (76, 75, 64, 63, 60, 59):
        rows = found(run(spark, limits(spark, a=amount), FRI))
        levels[amount] = next(row[-1] for row in rows if row[2] == "gross_exposure")
    assert levels == {76: "within", 75: "watch", 64: "watch", 63: "warning", 60: "warning", 59: "breach"}


def test_an_account_without_positions_uses_nothing_and_one_without_a_limit_has_no_row(
    spark: SparkSession,
) -> None:
    rows = found(run(spark, limits(spark, idle=10), FRI))
    assert {row[1:] for row in rows} == {
        ("idle", kind, 0, "within") for kind in ("gross_exposure", "daily_turnover", "value_at_risk")
    }


def test_of_a_limit_of_nothing_any_use_is_a_breach(spark: SparkSession) -> None:
    rows = {row["limit_type"]: row for row in only(run(spark, limits(spark, a=0), THU))}
    assert [rows["gross_exposure"][name] for name in ("usage_level", "usage_ratio")] == ["breach", None]
    assert rows["daily_turnover"]["usage_level"] == "within"


def test_what_is_in_another_currency_counts_at_the_rate_of_the_session(spark: SparkSession) -> None:
    def used(currency: str) -> dict[str, float]:
        allowed = limits(spark, a=100).withColumn("currency_code", F.lit(currency))
        held = [("stock", 40, "USD"), ("abroad", -80, "EUR")]
        positions = [
            {"session_date": FRI, "account_id": "a", "instrument_id": what, "market_value_amount": value, "currency_code": code}
            for what, value, code in held
        ]  # fmt: skip
        fill = {"session_date": FRI, "account_id": "a", "quantity": 6, "price": 2, "currency_code": "EUR"}
        risk = {
            "session_date": FRI,
            "portfolio_type": "account",
            "portfolio_id": "a",
            "confidence_ratio": "0.99",
        }
        made = limit_usage_daily(
            of_sessions(allowed, FRI),
            frame(spark, POSITION_VALUES_DAILY, *positions),
            frame(spark, CORRECTED_FILLS, fill),
            frame(spark, VALUE_AT_RISK_DAILY, {**risk, "value_at_risk_amount": 5}),
            rates(spark, {"EUR": {FRI: "1.25"}}).unionByName(rates(spark, {"USD": {FRI: "0.8"}}, into="EUR")),
            sessions_of(spark, FRI),
            Params(),
        )
        rows = only(conform(made, LIMIT_USAGE_DAILY))
        assert {row["currency_code"] for row in rows} == {currency}
        return {row["limit_type"]: float(row["observed_amount"]) for row in rows}

    # 40 dollars, and 80 euros sold short; 12 euros traded; 5 dollars at risk.
    assert used("USD") == {"gross_exposure": 40 + 100, "daily_turnover": 15, "value_at_risk": 5}
    assert used("EUR") == {"gross_exposure": 32 + 80, "daily_turnover": 12, "value_at_risk": 4}


def test_any_cut_gives_the_same(spark: SparkSession) -> None:
    allowed = limits(spark, a=40, idle=10)
    cut = run(spark, allowed, THU).unionByName(run(spark, allowed, FRI))
    assert only(cut) == only(run(spark, allowed, THU, FRI))
