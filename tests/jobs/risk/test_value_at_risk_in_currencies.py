"""Value at risk of a book in several currencies."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from jobs.market.exchange_rates import rates_at
from jobs.risk.scenario_profit_and_loss_daily import scenario_profit_and_loss_daily
from jobs.risk.value_at_risk_daily import Params, value_at_risk_daily
from lake.conform import conform
from schemas.clients import ACCOUNTS
from schemas.market import BARS, EXCHANGE_RATES, INSTRUMENTS
from schemas.risk import VALUE_AT_RISK_DAILY
from schemas.transactions import POSITIONS_DAILY
from tests.jobs.acted import actions, dividend, suspects
from tests.jobs.exchanged import cash, rates
from tests.jobs.session_frames import FRI, MON, THU, TUE, WED, sessions_of
from tests.jobs.valued import valued
from tests.rows import frame, only

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from pyspark.sql import DataFrame, SparkSession

WEEK = (MON, TUE, WED, THU, FRI)
PARAMS = replace(Params(), lookback_sessions=4, min_scenarios=2, n_blocks=0)
Quoted = dict[str, dict["date", object]]

# EUR moves by +10 %, 0 (no rate), -1/11, +20 %; GBP is quoted, and nobody holds any.
QUOTED: Quoted = {
    "EUR": {MON: 1, TUE: "1.1", THU: 1, FRI: "1.2"},
    "GBP": {MON: 1, FRI: 2},
}
# In euros +10 %, -10 %, -20 %, +25 %; so in dollars 100, 121, 108.9, 79.2, 118.8: +21 %, -10 %, -3/11, +50 %.
CLOSES = {
    ("stock-e", "EUR"): (100, 110, 99, "79.2", 99),
    ("stock-u", "USD"): (50, 50, 40, 50, 50),
    ("paid-e", "EUR"): (100, 100, 100, 80, 80),
    ("fund", "USD"): (200, 200, 200, 200, 200),
}
HALVES = [{"instrument_id": name, "weight_ratio": "0.5"} for name in ("stock-e", "stock-u")]
KINDS = {
    "stock-e": ("stock", "EUR"), "stock-u": ("stock", "USD"), "paid-e": ("stock", "EUR"), "fund": ("fund", "USD"),
    "deposit-e": ("deposit", "EUR"), "bare-e": ("bond", "EUR"), "deposit-u": ("deposit", "USD"),
}  # fmt: skip
# Account, instrument, quantity, currency, cost.
HELD = (
    ("stocks", "stock-e", 10, "EUR", 1), ("paid", "paid-e", 10, "EUR", 1), ("funds", "fund", 1, "USD", 1),
    ("saver", "deposit-e", 1000, "EUR", 1000), ("bare", "bare-e", 5, "EUR", 50), ("both", "stock-e", 10, "EUR", 1),
    ("both", "stock-u", 2, "USD", 1), ("home", "deposit-u", 7, "USD", 7),
)  # fmt: skip
CASH = (("in-debt", "EUR", -100), ("both", "EUR", 10), ("both", "USD", 999), ("stocks", "EUR", 0))


def run(
    spark: SparkSession,
    quoted: Quoted = QUOTED,
    closes: Mapping[tuple[str, str], tuple[object, ...]] = CLOSES,
    held: tuple[tuple[str, str, object, str, object], ...] = HELD,
    money: tuple[tuple[str, str, object], ...] = CASH,
    job=value_at_risk_daily,
    params: Params = PARAMS,
) -> DataFrame:
    bars = [
        {"session_date": day, "instrument_id": name, "close_price": close, "currency_code": currency}
        for (name, currency), listed in closes.items()
        for day, close in zip(WEEK, listed, strict=True)
    ]
    positions = [
        {"session_date": FRI, "account_id": who, "instrument_id": what, "position_quantity": quantity,
         "currency_code": currency, "cost_amount": cost}
        for who, what, quantity, currency, cost in held
    ]  # fmt: skip
    masters = [
        {
            "instrument_id": name,
            "instrument_type": kind,
            "currency_code": currency,
            "basket": HALVES if kind == "fund" else None,
        }
        for name, (kind, currency) in KINDS.items()
    ]
    listed = frame(spark, BARS, *bars)
    # 20 of 100 euros: what is left is worth 80, and nothing has moved.
    acted = (dividend("paid-e", THU, 20),)
    return job(
        valued(frame(spark, POSITIONS_DAILY, *positions), listed, acted=acted),
        cash(spark, *money, days=(FRI,)),
        listed,
        suspects(spark),
        actions(spark, *acted),
        rates(spark, quoted),
        frame(spark, INSTRUMENTS, *masters).selectExpr("*", f"DATE'{FRI}' AS session_date"),
        frame(spark, ACCOUNTS).selectExpr("*", f"DATE'{FRI}' AS session_date"),
        sessions_of(spark, FRI),
        params,
    )


def measured(frame: DataFrame) -> dict[str, tuple[float, ...]]:
    """By account and for the book at 95 %: value at risk, k-th worst loss, market value, positions, missing prices."""
    names = (
        "value_at_risk_amount",
        "tail_loss_amount",
        "market_value_amount",
        "n_positions",
        "n_missing_prices",
    )
    rows = frame.where("method_name = 'historical_simulation' AND confidence_ratio = 0.95")
    return {row["portfolio_id"]: tuple(float(row[name]) for name in names) for row in only(rows)}


@pytest.fixture(scope="module")
def friday(spark: SparkSession) -> dict[str, tuple[float, ...]]:
    return measured(conform(run(spark), VALUE_AT_RISK_DAILY))


@pytest.mark.parametrize(
    ("account", "expected"),
    [
        # 990 euros are 1,188 dollars: losses -249.48, 118.80, 324, -594; 0.85 of the way from the second to the largest.
        pytest.param("stocks", (293.22, 324, 1188, 1, 1), id="price and rate; cash of nothing is none"),
        # 800 euros: losses -96, 0, 87.2727, -192.
        pytest.param("paid", (74.1818, 87.27, 960, 1, 1), id="adjusted in its own currency, then at the rate"),
        # Halves of +21 %, -10 %, -3/11, +50 % and 0, -20 %, +25 %, 0: losses of 200 are -21, 30, 2.2727, -50.
        pytest.param("funds", (25.8409, 30, 200, 1, 1), id="a fund through its basket"),
        pytest.param("saver", (92.7273, 109.09, 1200, 1, 1), id="a deposit by its currency"),
        # At cost, 50 euros. All four closes are missing.
        pytest.param("bare", (4.6364, 5.45, 60, 1, 4), id="without a close it moves with its currency"),
        # Of -120: 12, 0, -10.9091, 24.
        pytest.param("in-debt", (22.2, 24, -120, 1, 1), id="cash that is owed loses when the currency gains"),
        # 1,188, 12 in euros, and 100 in dollars: losses -249.48 - 1.2, 118.8 + 20, 324 + 1.0909 - 25, -594 - 2.4. The
        # stock's price of Wednesday and the rate of that day are two gaps.
        pytest.param("both", (275.8973, 300.09, 1300, 3, 2), id="cash in the book's currency is no position"),
        pytest.param("home", (0, 0, 7, 1, 0), id="at home nothing moves"),
    ],
)  # fmt: skip
def test_losses_by_hand(
    friday: dict[str, tuple[float, ...]], account: str, expected: tuple[float, ...]
) -> None:
    assert friday[account] == pytest.approx(expected, abs=6e-3)


def test_everything_adds_up_in_the_book(spark: SparkSession, friday: dict[str, tuple[float, ...]]) -> None:
    values = [row[2] for name, row in friday.items() if name in {who for who, *_ in (*HELD, *CASH)}]
    assert len(values) == 8
    assert friday["book"][2:4] == (sum(values), 10)
    vectors = {
        row["account_id"]: row["scenario_profits"]
        for row in only(run(spark, job=scenario_profit_and_loss_daily))
    }
    assert vectors["stocks"] == [24948, -11880, -32400, 59400]
    assert vectors["in-debt"] == [-1200, 0, 1091, -2400]


def test_without_a_rate_the_run_fails_and_says_which(spark: SparkSession) -> None:
    old = {"EUR": {WEEK[0].replace(month=11, day=23): 1}}
    for quoted in ({}, old):
        with pytest.raises(
            Exception,
            match=r"what is held in EUR on 2022-12-23 cannot be told in USD: no rate .* at most 28 days",
        ):
            run(spark, quoted).count()


def test_a_rate_turned_round_is_none(spark: SparkSession) -> None:
    turned = frame(spark, EXCHANGE_RATES, *[
        {"session_date": day, "base_currency_code": "USD", "quote_currency_code": "EUR"} for day in WEEK
    ])  # fmt: skip
    held = frame(spark, POSITIONS_DAILY, {"session_date": FRI, "currency_code": "EUR"})
    found = rates_at(turned, sessions_of(spark, FRI), 28)
    assert found.known.count() == 1
    with pytest.raises(Exception, match="EUR on 2022-12-23 cannot be told in USD"):
        found.translated(held, "USD", "cost_amount").collect()


def test_rates_change_nothing_in_a_book_of_one_currency(spark: SparkSession) -> None:
    home = tuple(each for each in HELD if each[3] == "USD" and each[1] != "fund")
    assert only(run(spark, QUOTED, held=home, money=())) == only(run(spark, {}, held=home, money=()))
    assert len(only(run(spark, {}, held=home, money=()))) > 20


def test_the_order_of_positions_and_closes_changes_nothing(
    spark: SparkSession, friday: dict[str, tuple[float, ...]]
) -> None:
    backwards = dict(reversed(CLOSES.items()))
    found = run(spark, dict(reversed(QUOTED.items())), backwards, HELD[::-1], CASH[::-1])
    assert measured(found) == friday


def test_twice_the_rate_is_twice_the_risk_and_half_of_it_for_twice_the_price_the_same(
    spark: SparkSession, friday: dict[str, tuple[float, ...]]
) -> None:
    def times(quoted: Quoted, by: str) -> Quoted:
        return {
            name: {day: Decimal(str(each)) * Decimal(by) for day, each in listed.items()}
            for name, listed in quoted.items()
        }

    doubled = measured(run(spark, times(QUOTED, "2")))
    for account in ("stocks", "saver", "in-debt"):
        assert doubled[account][:3] == pytest.approx([2 * each for each in friday[account][:3]], abs=1e-2)
    assert doubled["home"] == friday["home"]
    dearer = {
        (name, currency): tuple(Decimal(str(each)) * (2 if currency == "EUR" else 1) for each in listed)
        for (name, currency), listed in CLOSES.items()
        if name != "paid-e"
    }
    held = tuple(each for each in HELD if each[0] in ("stocks", "funds", "home"))
    assert measured(run(spark, times(QUOTED, "0.5"), dearer, held, ())) == measured(
        run(spark, QUOTED, CLOSES, held, ())
    )


def test_two_currencies_of_jorion(spark: SparkSession) -> None:
    """2 million dollars of a currency with a deviation of 5 %, 1 million of another with 12 %, correlation 0: 257,738 at 1.65
    deviations (Jorion, "Value at Risk"); 95 % are 1.644854."""
    # +-5 % beside +-12 %, each pair once: divisor n.
    moved: Quoted = {
        "EUR": dict(zip(WEEK, ("1", "1.05", "1.1025", "1.047375", "0.99500625"), strict=True)),
        "GBP": dict(zip(WEEK, ("1", "1.12", "0.9856", "1.103872", "0.97140736"), strict=True)),
    }
    money = (("one", "EUR", "2010037.6254"), ("one", "GBP", "1029434.2427"))
    rows = only(run(spark, moved, money=money, held=()), *ASKED)
    [found] = [
        float(row["value_at_risk_amount"])
        for row in rows
        if row["portfolio_id"] == "book"
        and row["method_name"] == "normal"
        and float(row["confidence_ratio"]) == 0.95
    ]
    assert found == pytest.approx(257_738 * 1.644854 / 1.65, rel=1e-5)


ASKED = ("portfolio_id", "method_name", "confidence_ratio", "value_at_risk_amount")
