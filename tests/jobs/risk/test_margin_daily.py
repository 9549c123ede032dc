"""Every case is an account of one table, so that all of them are one run: their days are Wednesday to Friday."""

from __future__ import annotations

from decimal import Decimal as D
from typing import TYPE_CHECKING, Any

import pytest

from jobs.risk.margin_daily import Params, margin_daily
from lake.conform import conform
from schemas.market import BARS
from schemas.risk import HAIRCUTS, MARGIN_CONTRACTS, MARGIN_DAILY
from schemas.transactions import CASH_DAILY, POSITIONS_DAILY
from tests.jobs.exchanged import rates
from tests.jobs.session_frames import FRI, THU, TUE, WED, of_sessions, sessions_of
from tests.jobs.valued import valued
from tests.rows import frame, only

if TYPE_CHECKING:
    from datetime import date

    from pyspark.sql import DataFrame, SparkSession

DAYS = (WED, THU, FRI)
# Of each account, day by day: cash, what it holds (everything has cost 7), financed, interest. `one` and `bare` close at 1 every
# day, `old` on Wednesday only, `lost` never.
ACCOUNTS: dict[str, list[tuple[Any, dict[str, Any], Any, Any]]] = {
    "vector": [
        (200_000, {"one": 800_000}, 500_000, 12_000),
        (200_000, {"one": 465_600}, 500_000, 12_000),
        (200_000, {"one": 440_000}, 500_000, 12_000),
    ],
    "printed": [(500_000, {"one": 1_000_000}, 1_000_000, 0)],
    "down": [(0, {"one": 1390}, 1000, 0), (0, {"one": 1415}, 1000, 0), (0, {"one": 1290}, 1000, 0)],
    "up": [(0, {"one": 1315}, 1000, 0), (0, {"one": 1320}, 1000, 0), (0, {"one": 1520}, 1000, 0)],
    "again": [(0, {"one": 1420}, 1000, 0), (0, {"one": 1399}, 1000, 0), (0, {"one": 1399}, 1000, 0)],
    "stale_fall": [(0, {"old": 1500}, 1000, 0), (0, {"old": 1200}, 1000, 0), (0, {"one": 1200}, 1000, 0)],
    "stale_rise": [(0, {"one": 1390}, 1000, 0), (0, {"old": 2000}, 1000, 0), (0, {"old": 2000}, 0, 0)],
    "at_cost": [(0, {"one": 1500, "lost": 10}, 1000, 0)],
    "short": [(300, {"one": -200}, 0, 0)],
    "overdrawn": [(-100, {"one": 700}, 400, 0)],
    "nothing": [(None, {}, 100, 0)],
    "idle": [(0, {}, 0, 0)],
    "hair": [("0.0001", {"one": "1499.9998"}, 1000, 0)],
    "bare": [(0, {"one": 1000, "bare": 500}, 1000, 0)],
    "rich": [(100_000_000_000_000, {}, "0.0001", 0)],
    "lends_nothing": [(5, {"one": 5}, None, None)],
}
# `old` has a bar on Thursday, and nothing may be valued at it: it is as if there were none.
HELD_BACK = {"session_date": THU, "instrument_id": "old", "close_price": 10}
# On Wednesday, account and currency: units of `one`, debt, cash. `both` has a contract in each of two currencies, and pounds.
ABROAD_HELD = (
    ("abroad", "EUR", 1000),
    ("abroad", "USD", 200),
    ("both", "EUR", 100),
    ("both", "GBP", 80),
    ("both", "USD", 50),
)
ABROAD_OWED = (("abroad", "USD", 1000), ("both", "EUR", 100), ("both", "USD", 100))
ABROAD_CASH = (("abroad", "EUR", -200), ("abroad", "USD", 140), ("both", "USD", 7))
BEFORE = {"up": "forced_sale", "again": "call"}


def story() -> list[tuple[date, str, Any, dict[str, Any], Any, Any]]:
    return [
        (day, who, *each) for who, days in ACCOUNTS.items() for day, each in zip(DAYS, days, strict=False)
    ]


def run(spark: SparkSession, opened: DataFrame, *days: date) -> DataFrame:
    contracts = [
        {"effective_date": day, "account_id": who, "financed_amount": financed, "interest_amount": interest}
        for day, who, _, _, financed, interest in story()
        if financed is not None
    ]
    haircuts = [
        {"effective_date": day, "instrument_id": what, "haircut_ratio": "0.40" if day == FRI else "0.25"}
        for day in DAYS
        for what in ("one", "old", "lost")
    ]
    positions = [
        {"session_date": day, "account_id": who, "instrument_id": what, "position_quantity": quantity, "cost_amount": 7}
        for day, who, _, held, _, _ in story()
        for what, quantity in held.items()
    ]  # fmt: skip
    positions += [
        {"session_date": WED, "account_id": who, "instrument_id": "one", "position_quantity": quantity, "currency_code": currency}
        for who, currency, quantity in ABROAD_HELD
    ]  # fmt: skip
    contracts += [
        {"effective_date": WED, "account_id": who, "currency_code": currency, "financed_amount": financed, "interest_amount": 0}
        for who, currency, financed in ABROAD_OWED
    ]  # fmt: skip
    cash = [
        {"session_date": day, "account_id": who, "closing_cash_amount": amount}
        for day, who, amount, *_ in story()
        if amount is not None
    ] + [
        {"session_date": WED, "account_id": who, "currency_code": currency, "closing_cash_amount": amount}
        for who, currency, amount in ABROAD_CASH
    ]
    closes = [(day, what) for day in DAYS for what in ("one", "bare")] + [(WED, "old")]
    bars = [{"session_date": day, "instrument_id": what, "close_price": 1} for day, what in closes]

    def as_of(made: DataFrame) -> DataFrame:
        return of_sessions(made.withColumnRenamed("effective_date", "session_date"), *days)

    listed = frame(spark, BARS, *bars, HELD_BACK)
    suspect = {name: HELD_BACK[name] for name in ("session_date", "instrument_id")}
    made = margin_daily(
        as_of(frame(spark, MARGIN_CONTRACTS, *contracts)),
        as_of(frame(spark, HAIRCUTS, *haircuts)),
        valued(of_sessions(frame(spark, POSITIONS_DAILY, *positions), *days), listed, [suspect]),
        of_sessions(frame(spark, CASH_DAILY, *cash), *days),
        rates(spark, {"EUR": {WED: "1.2"}, "GBP": {WED: "1.5"}}).unionByName(
            rates(spark, {"GBP": {WED: "1.25"}}, into="EUR")
        ),
        opened,
        sessions_of(spark, *days),
        Params(),
    )
    return conform(made, MARGIN_DAILY)


def opening(spark: SparkSession) -> DataFrame:
    cases = [{"session_date": TUE, "account_id": who, "margin_level": level} for who, level in BEFORE.items()]
    return frame(spark, MARGIN_DAILY, *cases)


@pytest.fixture(scope="module")
def made(spark: SparkSession) -> dict[tuple[str, date], dict[str, Any]]:
    """All rows by account and session; those of a contract in another currency have it in their key."""
    rows = only(run(spark, opening(spark), *DAYS))
    return {(_account(row), row["session_date"]): row for row in rows}


def _account(row: dict[str, Any]) -> str:
    return row["account_id"] + ("" if row["currency_code"] == "USD" else f" {row['currency_code']}")


def ladder(made: dict[tuple[str, date], dict[str, Any]], who: str) -> list[tuple[str, bool]]:
    """Of each day the level, and whether a call is issued."""
    return [
        (row["margin_level"], row["is_call_issued"])
        for (account, _), row in sorted(made.items())
        if account == who
    ]


def test_the_published_vectors(made: dict[tuple[str, date], dict[str, Any]]) -> None:
    names = ("maintenance_ratio", "margin_level", "restoring_cash_amount", "collateral_amount")
    found = {key: tuple(row[name] for name in names) for key, row in made.items()}
    assert found["printed", WED] == (D("1.5"), "none", 0, 1_250_000)
    # Haircuts of 25 %, and of 40 % from Friday on.
    assert found["vector", WED] == (D("1.953125"), "none", 0, 800_000)
    # Exactly on the line of a forced sale is not below it.
    assert found["vector", THU] == (D("1.3"), "call", 102_400, 549_200)
    assert found["vector", FRI] == (D("1.25"), "forced_sale", 128_000, 464_000)


def test_a_call_is_issued_when_the_level_gets_deeper_and_not_twice(
    made: dict[tuple[str, date], dict[str, Any]],
) -> None:
    assert ladder(made, "down") == [("call", True), ("call", False), ("forced_sale", True)]
    assert ladder(made, "up") == [("forced_sale", False), ("call", False), ("none", False)]
    assert ladder(made, "again") == [("warning", False), ("call", True), ("call", False)]
    assert ladder(made, "vector") == [("none", False), ("call", True), ("forced_sale", True)]


def test_a_stale_price_is_counted_and_moves_nobody(made: dict[tuple[str, date], dict[str, Any]]) -> None:
    assert ladder(made, "stale_fall") == [("none", False), ("none", False), ("forced_sale", True)]
    # It does not take a call back either; but who owes nothing is on no line.
    assert ladder(made, "stale_rise") == [("call", True), ("call", False), ("none", False)]
    seen = {key: (row["maintenance_ratio"], row["n_stale_prices"]) for key, row in made.items()}
    assert [seen["stale_fall", day] for day in DAYS] == [(D("1.5"), 0), (D("1.2"), 1), (D("1.2"), 0)]
    assert [seen["stale_rise", day] for day in DAYS] == [(D("1.39"), 0), (D("2"), 1), (None, 1)]
    # A cost of 7 stands for the price that there never was.
    assert seen["at_cost", WED] == (D("1.507"), 1)


def test_what_is_owed_and_what_is_collateral(made: dict[tuple[str, date], dict[str, Any]]) -> None:
    names = ("debt_amount", "maintenance_ratio", "margin_level", "restoring_cash_amount", "collateral_amount", "n_without_haircut")  # fmt: skip
    found = {who: tuple(made[who, WED][name] for name in names) for who in ACCOUNTS if who != "lends_nothing"}
    assert found["short"] == (200, D("1.5"), "none", 0, 300, 0)
    assert found["overdrawn"] == (500, D("1.4"), "warning", 50, 525, 0)
    assert found["nothing"] == (100, 0, "forced_sale", 150, 0, 0)
    assert found["idle"] == (0, None, "none", 0, 0, 0)
    # 1499.9999 over 1000 is rounded down, and a ten-thousandth brings it back. A quarter of 1499.9998 is 374.99995.
    assert found["hair"] == (1000, D("1.499999"), "warning", D("0.0001"), D("1125.0000"), 0)
    assert found["bare"] == (1000, D("1.5"), "none", 0, 750, 1)
    assert found["rich"] == (D("0.0001"), D("1e18"), "none", 0, 100_000_000_000_000, 0)
    assert not [key for key in made if key[0] == "lends_nothing"]


def test_what_is_in_another_currency_counts_at_the_rate_of_the_session(
    made: dict[tuple[str, date], dict[str, Any]],
) -> None:
    names = (
        "closing_cash_amount",
        "securities_amount",
        "collateral_amount",
        "debt_amount",
        "maintenance_ratio",
    )
    found = {who: tuple(made[who, WED][name] for name in names) for who in ("abroad", "both", "both EUR")}
    # 1,200 of euros and 200; 140 less 240 are owed beside the 1,000. A haircut of a quarter.
    assert found["abroad"] == (-100, 1400, 1050, 1100, D("1.272727"))
    # What is in dollars counts for the contract in dollars, all else for that in euros: 80 pounds are 100 of them.
    assert found["both"] == (7, 50, D("44.5"), 100, D("0.57"))
    assert found["both EUR"] == (0, 200, 150, 100, D("2"))


def test_any_cut_gives_the_same(spark: SparkSession, made: dict[tuple[str, date], dict[str, Any]]) -> None:
    first = run(spark, opening(spark), WED)
    second = run(spark, first, THU)
    cut = first.unionByName(second).unionByName(run(spark, second, FRI))
    found = {(_account(row), row["session_date"]): row for row in only(cut)}
    assert found == made
