from __future__ import annotations

import random
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from jobs.transactions.positions_daily import positions_daily
from lake.conform import conform
from schemas.transactions import CORRECTED_FILLS, POSITIONS_DAILY
from tests.jobs.session_frames import FRI, MON, NEXT, THU, TUE, WED, of_sessions, sessions_of
from tests.rows import frame, only

if TYPE_CHECKING:
    from datetime import date

    from pyspark.sql import DataFrame, SparkSession

WEEK = (MON, TUE, WED, THU, FRI)


def run(spark: SparkSession, fills: DataFrame, opening: DataFrame, *days: date) -> DataFrame:
    made = positions_daily(of_sessions(fills, *days), opening, sessions_of(spark, *days))
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
