from __future__ import annotations

import random
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from jobs.transactions.positions_daily import positions_daily
from lake.conform import conform
from schemas.transactions import CORRECTED_FILLS, POSITIONS_DAILY
from tests.jobs.acted import Case, actions, dividend, split
from tests.jobs.session_frames import FRI, LAST, MON, NEXT, THU, TUE, WED, of_sessions, sessions_of
from tests.rows import frame, only

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

WEEK = (MON, TUE, WED, THU, FRI)


def run(
    spark: SparkSession, fills: DataFrame, opening: DataFrame, *days: date, acted: tuple[Case, ...] = ()
) -> DataFrame:
    made = positions_daily(
        of_sessions(fills, *days), opening, actions(spark, *acted), sessions_of(spark, *days)
    )
    return conform(made, POSITIONS_DAILY)


def fill(
    day: date, name: str, side: str, quantity: object, price: object, **case: object
) -> dict[str, object]:
    trade = {"side": side, "quantity": quantity, "price": price}
    return {"session_date": str(day), "executed_at": f"{day}T15:00", "fill_id": name, **trade, **case}


def found(frame: DataFrame) -> list[tuple[Any, ...]]:
    names = (
        "session_date",
        "account_id",
        "instrument_id",
        "position_quantity",
        "cost_amount",
        "currency_code",
    )
    return [tuple(row.values()) for row in only(frame, *names)]


def test_positions_of_a_week(spark: SparkSession) -> None:
    fills = frame(
        spark,
        CORRECTED_FILLS,
        fill(MON, "1", "buy", 10, 3),
        fill(WED, "2", "buy", 10, 5),
        fill(WED, "3", "sell", 5, 100),
        # Reported under smaller ids, executed later: the order is that of execution.
        fill(WED, "0", "sell", 5, 1, executed_at=f"{WED}T16:00"),
        fill(THU, "4", "sell", 10, 1),
        fill(TUE, "5", "buy", 4, "2.5", instrument_id="gone-by-night"),
        fill(TUE, "6", "sell", 4, 2, instrument_id="gone-by-night"),
        fill(TUE, "7", "sell", 2, 2, instrument_id="short"),
    )
    opening = frame(
        spark,
        POSITIONS_DAILY,
        {"session_date": "2022-12-16", "account_id": "old", "position_quantity": "1.5", "cost_amount": 9},
        {"session_date": "2022-12-16", "account_id": "sold-out", "position_quantity": 1, "cost_amount": 9},
    )
    sold = frame(spark, CORRECTED_FILLS, fill(TUE, "8", "sell", 1, 50, account_id="sold-out"))
    rows = only(run(spark, fills.unionByName(sold), opening, *WEEK), "account_id", "instrument_id", "session_date", "position_quantity", "cost_amount")  # fmt: skip
    shown = [(r["account_id"], r["instrument_id"], r["session_date"].day, float(r["position_quantity"]), float(r["cost_amount"])) for r in rows]  # fmt: skip
    assert shown == [
        ("account-1", "instrument-1", 19, 10, 30),
        ("account-1", "instrument-1", 20, 10, 30),
        ("account-1", "instrument-1", 21, 10, 40),
        ("account-1", "short", 20, -2, -4),
        ("account-1", "short", 21, -2, -4),
        ("account-1", "short", 22, -2, -4),
        ("account-1", "short", 23, -2, -4),
        *[("old", "instrument-1", day, 1.5, 9) for day in (19, 20, 21, 22, 23)],
        ("sold-out", "instrument-1", 19, 1, 9),
    ]


def random_fills(seed: int) -> list[dict[str, object]]:
    draw = random.Random(seed)
    return [
        fill(
            draw.choice(WEEK),
            f"{number:03d}",
            draw.choice(("buy", "buy", "sell")),
            f"{draw.randint(1, 9999) / 1000:.3f}",
            f"{draw.randint(1, 99999) / 10000:.4f}",
            account_id=draw.choice(("a", "b")),
            instrument_id=draw.choice(("x", "y")),
        )
        for number in range(120)
    ]


def half_up(value: Fraction) -> Fraction:
    size = Fraction(int(abs(value) * 10_000 + Fraction(1, 2)), 10_000)
    return size if value >= 0 else -size


def oracle(cases: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Average cost in fractions, by the book: what is closed leaves at the average, what is opened enters at its price."""
    held: dict[tuple[str, str], tuple[Fraction, Fraction]] = {}
    rows = []
    for day in WEEK:
        for case in sorted((c for c in cases if c["session_date"] == str(day)), key=lambda c: c["fill_id"]):
            key = (case["account_id"], case["instrument_id"])
            quantity, cost = held.get(key, (Fraction(0), Fraction(0)))
            sign = 1 if case["side"] == "buy" else -1
            size = Fraction(case["quantity"])
            closed = min(size, abs(quantity)) if quantity * sign < 0 else Fraction(0)
            if closed:
                cost -= half_up(cost * closed / abs(quantity))
            cost += half_up(sign * (size - closed) * Fraction(case["price"]))
            held[key] = (quantity + sign * size, cost)
        rows += [(day, *key, *map(Fraction, value), "USD") for key, value in sorted(held.items()) if value[0]]
    return rows


def test_any_cut_gives_what_plain_fractions_give(spark: SparkSession) -> None:
    cases = random_fills(7)
    fills = frame(spark, CORRECTED_FILLS, *cases).repartition(3, "fill_id")
    nothing = frame(spark, POSITIONS_DAILY)
    whole = found(run(spark, fills, nothing, *WEEK))
    first = run(spark, fills, nothing, MON, TUE).localCheckpoint()
    second = run(spark, fills, of_sessions(first, TUE), WED).localCheckpoint()
    third = run(spark, fills, of_sessions(second, WED), THU, FRI)
    assert whole == [tuple(row) for row in oracle(cases)]
    assert found(first) + found(second) + found(third) == whole


def test_a_position_is_carried_over_a_holiday(spark: SparkSession) -> None:
    opening = frame(
        spark, POSITIONS_DAILY, {"session_date": str(FRI), "position_quantity": 2, "cost_amount": 3}
    )
    assert [row[0] for row in found(run(spark, frame(spark, CORRECTED_FILLS), opening, NEXT))] == [NEXT]


# A split of `x` on Wednesday, 2 for 1: before that day's fills, to openings, and not to what is bought later.
SPLIT = (split("x", WED, 2),)
SPLIT_FILLS = (
    fill(MON, "1", "buy", 10, 100, instrument_id="x"),
    fill(MON, "1", "buy", 10, 100, instrument_id="y"),
    fill(WED, "0", "buy", 10, 50, instrument_id="x"),
    fill(WED, "2", "buy", 4, 50, instrument_id="x", account_id="new"),
    fill(THU, "3", "sell", 15, 60, instrument_id="x"),
)


def held(made: DataFrame) -> list[tuple[Any, ...]]:
    """Account, instrument, day of the month, quantity, cost."""
    return [(who, what, day.day, float(n), float(cost)) for day, who, what, n, cost, _ in found(made)]


def test_a_split_multiplies_what_is_held_and_leaves_what_it_cost(spark: SparkSession) -> None:
    fills = frame(spark, CORRECTED_FILLS, *SPLIT_FILLS)
    nothing = frame(spark, POSITIONS_DAILY)
    whole = run(spark, fills, nothing, *WEEK, acted=SPLIT)
    assert [row for row in held(whole) if row[1] == "x"] == [
        ("account-1", "x", 19, 10, 1000),
        ("account-1", "x", 20, 10, 1000),
        # Twice ten that cost 1000, and ten more at 50.
        ("account-1", "x", 21, 30, 1500),
        ("new", "x", 21, 4, 200),
        ("account-1", "x", 22, 15, 750),
        ("new", "x", 22, 4, 200),
        ("account-1", "x", 23, 15, 750),
        ("new", "x", 23, 4, 200),
    ]
    assert {row[3:] for row in held(whole) if row[1] == "y"} == {(10, 1000)}
    first = run(spark, fills, nothing, MON, TUE, acted=SPLIT).localCheckpoint()
    second = run(spark, fills, of_sessions(first, TUE), WED, acted=SPLIT).localCheckpoint()
    third = run(spark, fills, of_sessions(second, WED), THU, FRI, acted=SPLIT)
    assert found(first) + found(second) + found(third) == found(whole)


def test_which_version_of_an_action_counts_and_when(spark: SparkSession) -> None:
    opening = frame(
        spark,
        POSITIONS_DAILY,
        *[
            {"session_date": FRI, "instrument_id": what, "position_quantity": quantity, "cost_amount": 9}
            for what, quantity in (
                ("a", 10),
                ("b", 10),
                ("c", "-1.5"),
                ("d", 10),
                ("e", 10),
                ("f", "0.00000001"),
            )
        ],
    )
    acted = (
        split("a", NEXT, 2, corporate_action_id="a"),
        split("a", NEXT, 3, corporate_action_id="a", corporate_action_version=2),
        split("b", NEXT, 2, corporate_action_id="b"),
        split("b", NEXT, 2, corporate_action_id="b", corporate_action_version=2, corporate_action_status="cancelled"),
        # A holiday: it counts on Tuesday. Two at once.
        split("c", date(2022, 12, 26), 2),
        split("c", NEXT, "0.1"),
        # The opening is split already; the next one is still to come.
        split("d", FRI, 2),
        split("d", LAST, 2),
        dividend("e", NEXT, 5),
        # A tenth of the smallest fraction is nothing.
        split("f", NEXT, "0.1"),
    )  # fmt: skip
    made = run(spark, frame(spark, CORRECTED_FILLS), opening, NEXT, acted=acted)
    assert [row[1:] for row in held(made)] == [
        ("a", 27, 30, 9),
        ("b", 27, 10, 9),
        ("c", 27, -0.3, 9),
        ("d", 27, 10, 9),
        ("e", 27, 10, 9),
    ]
