from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import chain
from typing import TYPE_CHECKING

import pytest

from jobs.risk.account_blocks import laid_out
from jobs.risk.value_at_risk_daily import JOB, Params, value_at_risk_daily
from lake.conform import conform
from lake.sessions import book_calendar
from schemas.clients import ACCOUNTS
from schemas.market import BARS, INSTRUMENTS
from schemas.risk import VALUE_AT_RISK_DAILY
from schemas.transactions import POSITIONS_DAILY
from tests.jobs.acted import Case, actions, dividend, split, suspects
from tests.jobs.exchanged import cash, rates
from tests.jobs.session_frames import FRI, LAST, MON, NEXT, THU, TUE, WED, of_sessions, sessions_of
from tests.jobs.valued import valued
from tests.rows import frame, only

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

WEEK = (MON, TUE, WED, THU, FRI)
PARAMS = replace(Params(), lookback_sessions=4, min_scenarios=2, n_blocks=0)
PUBLISHED = "method_name = 'historical_simulation'"

# Moves of stock-a: +10 %, -10 %, -20 %, +25 %; of stock-b: none, -20 %, +25 %, none.
CLOSES = {
    "stock-a": (100, 110, 99, "79.2", 99),
    "stock-b": (50, 50, 40, 50, 50),
    "fund": (None, None, None, None, 200),
    "deposit": (1, 1, 1, 1, 1),
    "gap": (10, None, 11, 11, 11),
    "young": (None, None, 20, 20, 25),
    "listed-on-friday": (None, None, None, None, 8),
}
# There is a bar, and nothing may come of it: it is as if there were none.
HELD_BACK = {"instrument_id": "gap", "session_date": TUE}
HALVES = [
    {"instrument_id": "stock-a", "weight_ratio": "0.5"},
    {"instrument_id": "stock-b", "weight_ratio": "0.5"},
]
# Account, instrument, quantity.
HELD = (
    ("stocks", "stock-a", 10),
    ("funds", "fund", 1),
    ("saver", "deposit", 1000),
    ("short", "stock-a", -10),
    ("patchy", "gap", 1),
    ("patchy", "young", 2),
    ("patchy", "listed-on-friday", 1),
    ("twice", "stock-b", 1),
    ("twice", "fund", 1),
    ("unpriced", "unheard-of", 1),
)


def bars(spark: SparkSession, closes: dict[str, tuple[object, ...]] = CLOSES) -> DataFrame:
    cases = [
        {"instrument_id": name, "session_date": str(day), "close_price": close}
        for name, listed in closes.items()
        for day, close in zip((*WEEK, NEXT, LAST), listed, strict=False)
        if close is not None
    ]
    return frame(spark, BARS, *cases)


def positions(
    spark: SparkSession, *held: tuple[str, str, object], days: tuple[date, ...] = (FRI,)
) -> DataFrame:
    cases = [
        {"session_date": str(day), "account_id": who, "instrument_id": what, "position_quantity": quantity, "cost_amount": 77}
        for day in days
        for who, what, quantity in held
    ]  # fmt: skip
    return frame(spark, POSITIONS_DAILY, *cases)


def instruments(spark: SparkSession, baskets: dict[date, object]) -> DataFrame:
    """As `as_of` gives them: each instrument once a session."""
    kinds = {"fund": "fund", "deposit": "deposit", "stock-a": "stock", "stock-b": "stock"}
    days = [
        frame(
            spark,
            INSTRUMENTS,
            *[
                {"instrument_id": name, "instrument_type": kind, "basket": basket if kind == "fund" else None}
                for name, kind in kinds.items()
            ],
        ).selectExpr("*", f"DATE '{day}' AS session_date")
        for day, basket in baskets.items()
    ]
    first, *others = days
    for other in others:
        first = first.unionByName(other)
    return first


# Account, client's type, risk level; `short` is not known, `unpriced` was never assessed.
CLIENTS = (
    ("stocks", "ordinary", "C3"), ("funds", "ordinary", "C1"), ("saver", "ordinary", "C1"), ("patchy", "professional", "C5"),
    ("twice", "professional", "C5"), ("unpriced", "professional", None),
)  # fmt: skip


def accounts(spark: SparkSession, *days: date) -> DataFrame:
    """As `as_of` gives them: each account once a session."""
    cases = [
        {
            "account_id": who,
            "client_type": kind,
            "client_risk_level": level,
            "risk_level_expires_date": level and FRI,
        }
        for who, kind, level in CLIENTS
    ]
    listed = ", ".join(f"DATE'{day}'" for day in days)
    return frame(spark, ACCOUNTS, *cases).selectExpr("*", f"explode(array({listed})) AS session_date")


def run(spark: SparkSession, held: DataFrame, closes: DataFrame, baskets: dict[date, object], params: Params = PARAMS, acted: tuple[Case, ...] = ()) -> DataFrame:  # fmt: skip
    days = sorted(baskets)
    calendar = book_calendar()
    known = closes["session_date"].between(calendar.shift(days[0], -params.lookback_sessions), days[-1])
    listed = closes.where(known).unionByName(frame(spark, BARS, {**HELD_BACK, "close_price": 1000}))
    made = value_at_risk_daily(
        valued(of_sessions(held, *days), listed, [HELD_BACK], acted),
        cash(spark, ("saver", "USD", 1000), days=tuple(days)),
        listed,
        suspects(spark, HELD_BACK),
        actions(spark, *acted),
        rates(spark),
        instruments(spark, baskets),
        accounts(spark, *days),
        sessions_of(spark, *days),
        params,
    )
    return conform(made, VALUE_AT_RISK_DAILY)


@pytest.fixture(scope="module")
def friday(spark: SparkSession) -> dict[tuple[str, float], dict[str, object]]:
    """Friday's published rows by portfolio and confidence."""
    rows = only(run(spark, positions(spark, *HELD), bars(spark), {FRI: HALVES}).where(PUBLISHED))
    return {(row["portfolio_id"], float(row["confidence_ratio"])): row for row in rows}


def amounts(row: dict[str, object]) -> tuple[float, ...]:
    """Value at risk, expected shortfall, k-th worst loss, market value."""
    names = ("value_at_risk_amount", "expected_shortfall_amount", "tail_loss_amount", "market_value_amount")
    return tuple(float(str(row[name])) for name in names)


@pytest.mark.parametrize(
    ("account", "confidence", "expected"),
    [
        # 990 of stock-a: losses -247.5, -99, 99, 198, and the quantile lies 0.85 of the way between the last two.
        pytest.param("stocks", 0.95, (183.15, 198, 198, 990), id="a stock by its closes"),
        pytest.param("stocks", 0.975, (190.575, 198, 198, 990), id="97.5 %"),
        pytest.param("stocks", 0.99, (195.03, 198, 198, 990), id="99 %"),
        # Half of each move: losses of 200 are -25, -10, -5, 30.
        pytest.param("funds", 0.95, (24.75, 30, 30, 200), id="a fund by its basket, not by its own closes"),
        pytest.param("saver", 0.95, (0, 0, 0, 1000), id="a deposit without closes of its own"),
        # What the owner of a stock gains is lost: 247.5 and 99 are the two largest losses.
        pytest.param("short", 0.95, (225.225, 247.5, 247.5, -990), id="a short position"),
        # gap: 11 moves 0, +10 %, 0, 0. young: 50 moves 0, 0, 0, +25 %. listed-on-friday: no move.
        pytest.param("patchy", 0.95, (0, 0, 0, 69), id="missing closes do not move"),
        # Losses of stock-b 0, 10, -12.5, 0, of the fund -10, 30, -5, -25; together -25, -17.5, -10, 40.
        pytest.param("twice", 0.95, (32.5, 40, 40, 250), id="a stock beside a fund that holds it"),
        pytest.param("unpriced", 0.95, (0, 0, 0, 77), id="without any close: at cost, without a move"),
    ],
)  # fmt: skip
def test_losses_of_accounts(
    friday: dict[tuple[str, float], dict[str, object]],
    account: str,
    confidence: float,
    expected: tuple[float, ...],
) -> None:
    assert amounts(friday[account, confidence]) == expected


@pytest.mark.parametrize(
    ("portfolio", "n_positions", "n_missing"),
    [
        ("stocks", 1, 0),
        ("funds", 1, 0),
        ("saver", 1, 0),
        # One gap, two before the first close, four before a close on the last day.
        ("patchy", 3, 1 + 2 + 4),
        ("twice", 2, 0),
        ("unpriced", 1, 4),
        ("book", 10, 1 + 2 + 4 + 4),
    ],
)
def test_counts(
    friday: dict[tuple[str, float], dict[str, object]], portfolio: str, n_positions: int, n_missing: int
) -> None:
    row = friday[portfolio, 0.99]
    assert (row["n_positions"], row["n_missing_prices"], row["n_scenarios"]) == (n_positions, n_missing, 4)


def test_the_book_nets_scenario_by_scenario(friday: dict[tuple[str, float], dict[str, object]]) -> None:
    # stocks and short cancel. Two funds, stock-b, gap and young gain 20; -60 - 10 + 1.1; 10 + 12.5; 50 + 12.5.
    # Losses are -62.5, -22.5, -20, 68.9, and 0.85 of the way from the third to the last is 55.565.
    assert amounts(friday["book", 0.95]) == (55.565, 68.9, 68.9, 990 + 200 + 1000 - 990 + 69 + 250 + 77)
    assert friday["book", 0.95]["portfolio_type"] == "book"


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        pytest.param(("client_type", "ordinary"), ("stocks", "funds", "saver"), id="ordinary"),
        pytest.param(("client_type", "professional"), ("patchy", "twice", "unpriced"), id="professional"),
        pytest.param(("client_type", "unknown"), ("short",), id="an account that is not known"),
        pytest.param(("client_risk_level", "C1"), ("funds", "saver"), id="C1"),
        pytest.param(("client_risk_level", "unknown"), ("short", "unpriced"), id="never assessed"),
    ],
)
def test_a_group_is_measured_like_one_account_that_holds_what_its_accounts_hold(
    spark: SparkSession, group: tuple[str, str], expected: tuple[str, ...]
) -> None:
    held = positions(spark, *HELD)
    [found] = only(
        run(spark, held, bars(spark), {FRI: HALVES}).where(
            f"{PUBLISHED} AND portfolio_type = '{group[0]}' AND portfolio_id = '{group[1]}' AND confidence_ratio = 0.95"
        )
    )
    alone = positions(spark, *[each for each in HELD if each[0] in expected])
    [book] = only(
        run(spark, alone, bars(spark), {FRI: HALVES}).where(
            f"{PUBLISHED} AND portfolio_type = 'book' AND confidence_ratio = 0.95"
        )
    )
    for name in ("n_positions", "n_missing_prices", "market_value_amount"):
        assert found[name] == book[name]
    assert amounts(found) == amounts(book)


def test_methods_beside_the_published_one_for_groups_and_the_book(spark: SparkSession) -> None:
    held = positions(spark, ("stocks", "stock-a", 10))
    rows = only(run(spark, held, bars(spark), {FRI: HALVES}, replace(PARAMS, n_blocks=1)))
    by_portfolio: dict[str, set[str]] = {}
    for row in rows:
        by_portfolio.setdefault(row["portfolio_type"], set()).add(row["method_name"])
    beside = {
        "historical_simulation", "age_weighted_historical_simulation", "filtered_historical_simulation", "normal",
        "ewma_normal", "cornish_fisher",
    }  # fmt: skip
    assert by_portfolio == {
        "account": {"historical_simulation"},
        "client_type": beside,
        "client_risk_level": beside,
        "book": beside | {"monte_carlo_normal", "monte_carlo_t_copula"},
    }
    found = {
        row["method_name"]: row for row in rows
        if row["portfolio_type"] == "book" and float(row["confidence_ratio"]) == 0.95
    }  # fmt: skip
    # 990 of stock-a gains 99, -99, -198, 247.5: mean 12.375, deviation 172.81; 1.644854 deviations less the mean.
    assert float(found["normal"]["value_at_risk_amount"]) == pytest.approx(271.87, abs=0.01)
    drawn = found["monte_carlo_normal"]
    error = float(drawn["standard_error_amount"])
    assert abs(float(drawn["value_at_risk_amount"]) - 1.644854 * 172.81) < 3 * error
    assert found["normal"]["standard_error_amount"] is None
    assert found["normal"]["tail_loss_amount"] is None


def test_the_convention_is_in_the_row(friday: dict[tuple[str, float], dict[str, object]]) -> None:
    names = ("window_sessions", "horizon_days", "method_name", "quantile_name", "return_type", "weighting_name", "missing_data_policy", "currency_code")  # fmt: skip
    assert [friday["stocks", 0.95][name] for name in names] == [
        4,
        1,
        "historical_simulation",
        "type_7",
        "simple",
        "equal",
        "carry_forward",
        "USD",
    ]


# Two sessions more: the first closes leave the window, and the fund's basket changes.
LONGER = {
    "stock-a": (100, 110, 99, "79.2", 99, 99, "49.5"),
    "stock-b": (50, 50, 40, 50, 50, None, 100),
    "fund": (None, None, None, None, 200, 200, 200),
}
BASKETS = {
    FRI: HALVES,
    NEXT: [{"instrument_id": "stock-a", "weight_ratio": 1}],
    # A part that is listed twice is one part.
    LAST: [
        {"instrument_id": "stock-b", "weight_ratio": "0.4"},
        {"instrument_id": "stock-b", "weight_ratio": "0.6"},
    ],
}


def test_any_cut_gives_the_same(spark: SparkSession) -> None:
    held = positions(spark, ("funds", "fund", 1), ("stocks", "stock-b", 2), days=(FRI, LAST))
    closes = bars(spark, LONGER)
    drawing = replace(PARAMS, n_blocks=1)
    whole = only(run(spark, held, closes, BASKETS, drawing))
    one_by_one = [only(run(spark, held, closes, {day: basket}, drawing)) for day, basket in BASKETS.items()]
    assert list(chain.from_iterable(one_by_one)) == whole
    worst = {
        (row["session_date"], row["portfolio_id"]): float(row["tail_loss_amount"])
        for row in whole
        if float(row["confidence_ratio"]) == 0.99
        and row["tail_loss_amount"] is not None
        and row["portfolio_type"] in ("account", "book")
    }
    # The book holds nothing on the Tuesday between, and has a row all the same.
    assert worst == {
        (FRI, "funds"): 30,
        (FRI, "stocks"): 20,
        (FRI, "book"): 50,
        (NEXT, "book"): 0,
        (LAST, "funds"): 0,
        (LAST, "stocks"): 0,
        (LAST, "book"): 0,
    }


def test_any_number_of_partitions_gives_the_same(spark: SparkSession) -> None:
    held = positions(spark, *HELD, days=(FRI, LAST))
    closes = bars(spark, LONGER)
    drawing = replace(PARAMS, n_blocks=1)
    days = {FRI: HALVES, LAST: HALVES}
    found = {}
    # Otherwise Spark would merge partitions this small.
    spark.conf.set("spark.sql.adaptive.coalescePartitions.enabled", "false")
    n_before = spark.conf.get("spark.sql.shuffle.partitions")
    try:
        for n_partitions in (1, 2, 8):
            spark.conf.set("spark.sql.shuffle.partitions", str(n_partitions))
            assert laid_out(held).rdd.getNumPartitions() == n_partitions
            found[n_partitions] = only(run(spark, held, closes, days, drawing))
    finally:
        spark.conf.set("spark.sql.shuffle.partitions", n_before)
        spark.conf.unset("spark.sql.adaptive.coalescePartitions.enabled")
    assert found[1] == found[2] == found[8]
    assert len({row["portfolio_id"] for row in found[1]}) > len(HELD)


def test_short_histories_give_fewer_scenarios_and_too_short_ones_no_rows(spark: SparkSession) -> None:
    held = positions(spark, ("stocks", "stock-a", 10), days=WEEK)
    made = run(spark, held, bars(spark), dict.fromkeys(WEEK, HALVES))
    rows = only(made, "session_date", "n_scenarios")
    assert sorted({(row["session_date"].day, row["n_scenarios"]) for row in rows}) == [
        (21, 2),
        (22, 3),
        (23, 4),
    ]


def test_params_say_what_the_convention_says() -> None:
    standard, small = JOB.params_of("standard"), JOB.params_of("small")
    assert isinstance(standard, Params)
    assert isinstance(small, Params)
    assert (standard.convention.window_sessions, small.convention.window_sessions) == (500, 20)


# What holders see where nothing is split or paid, and where it is: the moves are the same. stock-a splits 4 for 1 on
# Wednesday; a unit of stock-b is paid 8 of 40 on Thursday, and 32 then rise by a quarter; gap splits without a bar.
PLAIN = {
    "stock-a": (100, 110, 99, "79.2", 99),
    "stock-b": (50, 50, 40, 50, 50),
    "gap": (100, None, None, 99, 99),
}
ACTED = {
    "stock-a": (400, 440, 99, "79.2", 99),
    "stock-b": (50, 50, 40, 40, 40),
    "gap": (200, None, None, 99, 99),
}
ACTIONS = (
    split("stock-a", WED, 4), dividend("stock-b", THU, 8), split("gap", TUE, 2),
    split("stock-a", NEXT, 9), split("stock-b", date(2022, 12, 16), 3),
)  # fmt: skip


def test_splits_and_dividends_are_no_risk(spark: SparkSession) -> None:
    plain = positions(spark, ("a", "stock-a", 10), ("b", "stock-b", 4), ("c", "gap", 10))
    acted = positions(spark, ("a", "stock-a", 10), ("b", "stock-b", 5), ("c", "gap", 10))
    expected = only(run(spark, plain, bars(spark, PLAIN), {FRI: HALVES}))
    found = only(run(spark, acted, bars(spark, ACTED), {FRI: HALVES}, acted=ACTIONS))
    assert found == expected
    worst = {
        row["portfolio_id"]: float(row["tail_loss_amount"])
        for row in found
        if row["portfolio_type"] == "account"
    }
    # A fifth of 990, a fifth of 200, a hundredth of 990.
    assert worst == {"a": 198, "b": 40, "c": 9.9}
    split_only = only(run(spark, acted, bars(spark, ACTED), {FRI: HALVES}))
    assert max(float(row["tail_loss_amount"] or 0) for row in split_only) > 700
