from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from jobs.risk.stress_daily import Params, stress_daily
from jobs.risk.stress_scenarios import (
    CurrencyMove,
    Episode,
    IndexMove,
    LargestName,
    LeastFall,
    LimitDown,
    RateMove,
    Scenario,
    Shock,
    StressedCovariances,
)
from lake.conform import conform
from schemas.clients import ACCOUNTS
from schemas.market import BARS, INSTRUMENTS
from schemas.risk import MARGIN_DAILY, STRESS_DAILY
from tests.jobs.acted import actions, split, suspects
from tests.jobs.exchanged import cash, rates
from tests.jobs.session_frames import FRI, MON, THU, TUE, WED, of_sessions, sessions_of
from tests.jobs.valued import position_values
from tests.rows import frame, only

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

WEEK = (MON, TUE, WED, THU, FRI)
BEFORE, AFTER = date(2008, 9, 12), date(2008, 11, 20)
SHOCKS: dict[str, Shock] = {
    "episode": Episode(BEFORE, AFTER),
    "this_week": Episode(BEFORE, FRI),
    "index": IndexMove(-0.10),
    "currency": CurrencyMove(-0.05),
    "as_it_is": StressedCovariances(0.99),
    "doubled": StressedCovariances(0.99, volatility_factor=2.0),
    "correlated": StressedCovariances(0.99, correlation=0.9),
    "largest": LargestName(-0.5),
    "limit": LimitDown(0.10, 3),
    "rates_up": RateMove(100),
    "rates_down": RateMove(-100),
    "one_in_five": LeastFall(0.2, 1.3),
    "two_in_five": LeastFall(0.4, 1.3),
    "three_in_five": LeastFall(0.6, 1.3),
    "four_in_five": LeastFall(0.8, 1.3),
}
PARAMS = replace(
    Params(),
    lookback_sessions=4,
    min_scenarios=2,
    scenarios=tuple(Scenario(name, f"{name}!", MON, "a desk", shock) for name, shock in SHOCKS.items()),
)

# `a` moves by 60 % up and down and `b` by 20 %, so that their mean moves by 40 %: betas 1.5 and 0.5. The bond does not move.
CLOSES = {
    "a": ("6.25", 10, 4, "6.4", "2.56"),
    "b": ("6.25", "7.5", 6, "7.2", "5.76"),
    "bond": (100, 100, 100, 100, 100),
    "deposit": (1, 1, 1, 1, 1),
    "fund": (None, None, None, 100, 100),
    "new": (None, None, None, None, 8),
}
EPISODE = {"a": (200, 60), "b": (50, None), "gone": (10, 1)}
HALVES = [{"instrument_id": name, "weight_ratio": "0.5"} for name in ("a", "b")]
# On Friday: one 1,000 of `a`; two 576 of `b`, 1,000 of the fund, 500 of the bond, 300 saved; three 80 of `new`; four -100 of `a`.
HELD = (
    ("one", "a", "390.625"), ("two", "b", 100), ("two", "fund", 10), ("two", "bond", 5), ("two", "deposit", 300),
    ("three", "new", 10), ("four", "a", "-39.0625"),
)  # fmt: skip
# Account, currency, cash, securities, debt. Five owe something in the book's currency. `five` is below 130 % already.
# one: 1,000 + 1,500 m = 910 at -6 %. two: 92.80 + 2,376 + (538 + 750) m = 2,340 at -10 %. four sold `a` short and gains from a
# fall; of what three holds no beta is known.
MARGIN = (
    ("one", "USD", 0, 1000, 700), ("two", "USD", "92.8", 2376, 1800), ("three", "USD", 0, 80, 40),
    ("four", "USD", 200, 0, 100), ("five", "USD", 100, 0, 80), ("six", "EUR", 0, 80, 80), ("seven", "USD", 0, 0, 0),
)  # fmt: skip
CLIENTS = (("one", "ordinary", "C3"), ("two", "professional", "C4"), ("three", "professional", "C5"))


def bars(spark: SparkSession) -> DataFrame:
    return frame(spark, BARS, *[
        {"instrument_id": name, "session_date": day, "close_price": close}
        for name, listed in CLOSES.items()
        for day, close in zip(WEEK, listed, strict=True)
        if close is not None
    ])  # fmt: skip


def named_bars(spark: SparkSession) -> DataFrame:
    """Of the sessions that bound the episodes."""
    old = [
        {"instrument_id": name, "session_date": day, "close_price": close}
        for name, listed in EPISODE.items()
        for day, close in zip((BEFORE, AFTER), listed, strict=True)
        if close is not None
    ]
    return frame(spark, BARS, *old).unionByName(of_sessions(bars(spark), FRI))


def run(spark: SparkSession, *days: date) -> DataFrame:
    positions = [
        {"session_date": day, "account_id": who, "instrument_id": what, "position_quantity": quantity}
        for day in days
        for who, what, quantity in HELD
    ]
    kinds = {"a": "stock", "b": "stock", "new": "stock", "bond": "bond", "fund": "fund", "deposit": "deposit"}
    instruments = [
        {
            "instrument_id": name,
            "instrument_type": kind,
            "basket": HALVES if kind == "fund" else None,
            # Four years of 365.25 days after Friday.
            "maturity_date": "2026-12-23" if kind == "bond" else None,
        }
        for name, kind in kinds.items()
    ]
    accounts = [
        {"account_id": who, "client_type": kind, "client_risk_level": level, "risk_level_expires_date": FRI}
        for who, kind, level in CLIENTS
    ]
    margin = [
        {
            "session_date": day,
            "account_id": who,
            "currency_code": currency,
            "closing_cash_amount": cash,
            "securities_amount": securities,
            "debt_amount": debt,
        }
        for day in days
        for who, currency, cash, securities, debt in MARGIN
    ]
    listed = f"explode(array({', '.join(f'''DATE'{day}' ''' for day in days)})) AS session_date"
    return stress_daily(
        position_values(spark, bars(spark), *positions),
        cash(spark, ("one", "USD", 1000), days=days),
        bars(spark),
        suspects(spark),
        named_bars(spark),
        # In the episode one of `a` became two: 200 before are 100 now. What comes later changes nothing.
        actions(spark, split("a", date(2008, 10, 1), 2), split("a", date(2022, 12, 27), 3)),
        rates(spark),
        rates(spark),
        frame(spark, INSTRUMENTS, *instruments).selectExpr("*", listed),
        frame(spark, ACCOUNTS, *accounts).selectExpr("*", listed),
        frame(spark, MARGIN_DAILY, *margin),
        sessions_of(spark, *days),
        PARAMS,
    )


@pytest.fixture(scope="module")
def both(spark: SparkSession) -> list[dict[str, Any]]:
    """Thursday and Friday as one run."""
    return only(conform(run(spark, THU, FRI), STRESS_DAILY))


@pytest.fixture(scope="module")
def friday(both: list[dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    """By portfolio and scenario. C3 is account one, C4 two, C5 three, unknown four."""
    return {(row["portfolio_id"], row["scenario_id"]): row for row in both if row["session_date"] == FRI}


LOSSES = {
    # 100 to 60. Of the fund half follows; half of it, `b` and the bond had no close at both ends.
    "episode": {"C3": 400, "C4": 200, "C5": 0, "book": 400 + 200 - 40},
    # 1.5 and 0.5 times 10 %: 150 of 1,000; 5 % of 576 and 500, and 15 % of 500; of `new` nothing is known.
    "index": {"C3": 150, "C4": 53.8 + 75, "C5": 0, "book": 150 + 128.8 - 15},
    "currency": {"C3": 0, "C4": 0, "C5": 0, "book": 0},
    # 2.326348 times 60 % of 1,000; 60 % of 500 and 20 % of 1,076 that move as one, then at 0.9.
    "as_it_is": {"C3": 1395.8087, "C4": 2.3263479 * 515.2, "C5": 0},
    "doubled": {"C3": 2791.6174, "C4": 4.6526957 * 515.2, "C5": 0},
    "correlated": {"C3": 1395.8087, "C4": 1169.0194, "C5": 0},
    # Half of 1,000; of 1,076 of `b`, funds looked through; of 80; the book holds most of `a`, 1,400.
    "largest": {"C3": 500, "C4": 538, "C5": 40, "book": 700},
    # 27.1 % of stocks.
    "limit": {"C3": 271, "C4": 427.096, "C5": 21.68, "book": 692.676},
    # exp(-0.04) = 0.960789, exp(0.04) = 1.040811.
    "rates_up": {"C3": 0, "C4": 19.6053, "book": 19.6053},
    "rates_down": {"C3": 0, "C4": -20.4054, "book": -20.4054},
}  # fmt: skip


@pytest.mark.parametrize("scenario", LOSSES)
def test_losses_by_hand(friday: dict[tuple[str, str], dict[str, Any]], scenario: str) -> None:
    found = {who: float(friday[who, scenario]["stress_loss_amount"]) for who in LOSSES[scenario]}
    assert found == pytest.approx(LOSSES[scenario], abs=2e-3 if scenario in ("doubled", "as_it_is") else 5e-4)


# What is not shocked, and how much of it is held; a short position counts as it is large.
NOT_SHOCKED = {
    ("C3", "episode"): ([], 0),
    ("C4", "episode"): (["b", "bond"], 576 + 500 + 500),
    ("C5", "episode"): (["new"], 80),
    ("book", "episode"): (["b", "bond", "new"], 1656),
    ("C4", "index"): ([], 0),
    ("book", "index"): (["new"], 80),
    ("book", "correlated"): (["new"], 80),
    # The book is in one currency: everything is listed but the deposit.
    ("book", "currency"): (["a", "b", "bond", "new"], 1000 + 500 + 100 + 1076 + 500 + 80),
    ("C4", "largest"): (["a", "bond"], 1000),
    ("C4", "limit"): (["bond"], 500),
    ("book", "rates_up"): (["a", "b", "new"], 1600 + 1076 + 80),
}  # fmt: skip


def test_what_has_no_move_is_listed_and_not_taken_for_unmoved(
    friday: dict[tuple[str, str], dict[str, Any]],
) -> None:
    found = {
        key: (friday[key]["not_shocked"], float(friday[key]["not_shocked_amount"])) for key in NOT_SHOCKED
    }
    assert found == NOT_SHOCKED


def test_the_least_fall_that_brings_a_share_of_margin_accounts_to_the_line(
    friday: dict[tuple[str, str], dict[str, Any]],
) -> None:
    asked = ("one_in_five", "two_in_five", "three_in_five", "four_in_five")
    rows = [friday["book", name] for name in asked]
    assert [row["least_index_move_ratio"] for row in rows] == [
        0.0,
        pytest.approx(-0.06),
        pytest.approx(-0.1),
        None,
    ]
    # The book loses 2,638 times the fall.
    losses = [row["stress_loss_amount"] for row in rows]
    assert [None if loss is None else float(loss) for loss in losses] == [0, 158.28, 263.8, None]
    assert float(friday["C3", "two_in_five"]["stress_loss_amount"]) == 90
    assert {(*row["not_shocked"], row["scenario_type"]) for row in rows} == {("new", "reverse")}


def test_a_row_says_whose_and_which(
    both: list[dict[str, Any]], friday: dict[tuple[str, str], dict[str, Any]]
) -> None:
    kinds = {(row["portfolio_type"], row["portfolio_id"]) for row in both}
    assert kinds == {
        ("client_type", "ordinary"), ("client_type", "professional"), ("client_type", "unknown"),
        ("client_risk_level", "C3"), ("client_risk_level", "C4"), ("client_risk_level", "C5"),
        ("client_risk_level", "unknown"), ("book", "book"),
    }  # fmt: skip
    row = friday["book", "episode"]
    assert {name: row[name] for name in row if name.startswith("scenario")} == {
        "scenario_id": "episode", "scenario_type": "historical", "scenario_name": "episode!",
        "scenario_defined_date": MON, "scenario_author_name": "a desk",
    }  # fmt: skip
    assert (float(row["market_value_amount"]), row["n_positions"], row["currency_code"]) == (3356, 7, "USD")
    assert friday["book", "index"]["scenario_type"] == "hypothetical"


def test_an_episode_is_replayed_once_it_is_over(both: list[dict[str, Any]]) -> None:
    days = {name: {row["session_date"] for row in both if row["scenario_id"] == name} for name in SHOCKS}
    assert days.pop("this_week") == {FRI}
    assert set(map(frozenset, days.values())) == {frozenset((THU, FRI))}


def test_any_cut_gives_the_same(spark: SparkSession, both: list[dict[str, Any]]) -> None:
    assert only(conform(run(spark, THU), STRESS_DAILY).unionByName(run(spark, FRI))) == both
