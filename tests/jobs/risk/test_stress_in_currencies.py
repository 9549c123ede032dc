"""Stress losses of a book in several currencies."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from jobs.risk.stress_daily import Params, stress_daily
from jobs.risk.stress_scenarios import CurrencyMove, Episode, LargestName, LimitDown, Scenario, Shock
from lake.conform import conform
from schemas.clients import ACCOUNTS
from schemas.market import BARS, INSTRUMENTS
from schemas.risk import MARGIN_DAILY, STRESS_DAILY
from tests.jobs.acted import actions, suspects
from tests.jobs.exchanged import cash, rates
from tests.jobs.session_frames import FRI, MON, THU, sessions_of
from tests.jobs.valued import position_values
from tests.rows import frame, only

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

BEFORE, AFTER, NO_RATE = date(2008, 9, 12), date(2008, 11, 20), date(2020, 2, 19)
SHOCKS: dict[str, Shock] = {
    "down": CurrencyMove(-0.05),
    "up": CurrencyMove(0.05),
    "episode": Episode(BEFORE, AFTER),
    "no_rate": Episode(BEFORE, NO_RATE),
    "largest": LargestName(-0.5),
    "limit": LimitDown(0.10, 3),
}
PARAMS = replace(
    Params(),
    lookback_sessions=4,
    min_scenarios=1,
    scenarios=tuple(Scenario(name, f"{name}!", MON, "a desk", shock) for name, shock in SHOCKS.items()),
)
KINDS = {"stock-e": ("stock", "EUR"), "deposit-e": ("deposit", "EUR"), "stock-u": ("stock", "USD")}
EPISODE = {("stock-e", "EUR"): (200, 60, 50), ("stock-u", "USD"): (10, 9, 8)}


def bars(spark: SparkSession, days: tuple[date, ...], closes: dict[tuple[str, str], tuple[object, ...]]):
    return frame(spark, BARS, *[
        {"instrument_id": name, "currency_code": currency, "session_date": day, "close_price": close}
        for (name, currency), listed in closes.items()
        for day, close in zip(days, listed, strict=True)
    ])  # fmt: skip


@pytest.fixture(scope="module")
def friday(spark: SparkSession) -> dict[str, tuple[float, list[str], float]]:
    """By scenario, of the book: loss, what was not shocked and how much of it is held."""
    held = (("stock-e", 10, "EUR"), ("deposit-e", 50, "EUR"), ("stock-u", 5, "USD"))
    listed = bars(spark, (THU, FRI), {("stock-e", "EUR"): (99, 100), ("stock-u", "USD"): (50, 40)})
    made = stress_daily(
        position_values(spark, listed, *[
            {"session_date": FRI, "instrument_id": what, "position_quantity": quantity, "currency_code": currency,
             "cost_amount": quantity}
            for what, quantity, currency in held
        ]),
        # With the deposit 2,500 euros, which are 3,000 dollars.
        cash(spark, ("account-1", "EUR", 2450), ("account-1", "USD", 7), days=(FRI,)),
        listed,
        suspects(spark),
        bars(spark, (BEFORE, AFTER, NO_RATE), EPISODE),
        actions(spark),
        rates(spark, {"EUR": {THU: 1, FRI: "1.2"}}),
        rates(spark, {"EUR": {BEFORE: "1.4", AFTER: "1.25"}}),
        frame(spark, INSTRUMENTS, *[
            {"instrument_id": name, "instrument_type": kind, "currency_code": currency}
            for name, (kind, currency) in KINDS.items()
        ]).selectExpr("*", f"DATE'{FRI}' AS session_date"),
        frame(spark, ACCOUNTS).selectExpr("*", f"DATE'{FRI}' AS session_date"),
        frame(spark, MARGIN_DAILY),
        sessions_of(spark, FRI),
        PARAMS,
    )  # fmt: skip
    rows = [row for row in only(conform(made, STRESS_DAILY)) if row["portfolio_id"] == "book"]
    assert {(float(row["market_value_amount"]), row["n_positions"]) for row in rows} == {(4400, 4)}
    return {
        row["scenario_id"]: (
            float(row["stress_loss_amount"]),
            row["not_shocked"],
            float(row["not_shocked_amount"]),
        )
        for row in rows
    }


@pytest.mark.parametrize(
    ("scenario", "expected"),
    [
        # 1,200 of the stock and 3,000 of money.
        pytest.param("down", (210, ["stock-u"], 200), id="a fall of other currencies"),
        pytest.param("up", (-210, ["stock-u"], 200), id="a rise"),
        # 280 to 75 dollars of 1,200; 1.4 to 1.25 of 3,000; 10 to 9 of 200.
        pytest.param("episode", (878.5714 + 321.4286 + 20, [], 0), id="price and rate of an episode"),
        pytest.param("no_rate", (40, ["EUR", "stock-e"], 4200), id="an episode without a rate at its end"),
        pytest.param("largest", (600, ["EUR", "stock-u"], 3200), id="a currency is nobody's name"),
        pytest.param("limit", (0.271 * 1400, ["EUR"], 3000), id="stocks fall in their own currency"),
    ],
)
def test_losses_by_hand(
    friday: dict[str, tuple[float, list[str], float]], scenario: str, expected: tuple[float, list[str], float]
) -> None:
    loss, listed, amount = friday[scenario]
    assert (loss, amount) == pytest.approx((expected[0], expected[2]), abs=5e-4)
    assert listed == expected[1]
