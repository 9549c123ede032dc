from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.transactions.positions_daily import positions_daily
from jobs.transactions.realised_profit_daily import realised_profit_daily
from lake.conform import conform
from schemas.transactions import CORRECTED_FILLS, POSITIONS_DAILY, REALISED_PROFIT_DAILY
from tests.jobs.acted import actions, split
from tests.jobs.session_frames import FRI, MON, THU, TUE, WED, of_sessions, sessions_of
from tests.rows import frame, only

if TYPE_CHECKING:
    from datetime import date

    from pyspark.sql import DataFrame, SparkSession

WEEK = (MON, TUE, WED, THU, FRI)
# Day, instrument, side, quantity, price.
FILLS = (
    (MON, "sold", "buy", 10, 3), (MON, "sold", "buy", 10, 5),
    # Twenty cost 80: five cost 20 and bring 50; then ten cost 40 and bring 30; five of 20 at 4 are left.
    (TUE, "sold", "sell", 5, 10), (WED, "sold", "sell", 10, 3),
    # Three cost 10, by two fills; a third of it is 3.3333: 4 less that; then 6.6667 for what brings 8.
    (MON, "thirds", "buy", 1, 4), (MON, "thirds", "buy", 2, 3), (TUE, "thirds", "sell", 1, 4), (WED, "thirds", "sell", 2, 4),
    # Sold short at 8, bought back at 6 and turned: 2 gained on each of five.
    (MON, "short", "sell", 5, 8), (TUE, "short", "buy", 8, 6),
    # Ten at 100 become twenty at 50 on Wednesday; ten of them at 60 bring 100 more than they cost.
    (MON, "split", "buy", 10, 100), (WED, "split", "sell", 10, 60),
    # A split before anything is held is nothing, and one that leaves nothing loses what was paid: a cent.
    (THU, "split-before", "buy", 1, 1),
    (MON, "dust", "buy", "0.00000001", 1_000_000),
    # Nothing is realised by buying, nor by holding.
    (MON, "held", "buy", 1, 1), (WED, "held", "buy", 1, 9),
    # Sold at cost: a sale that realised nothing.
    (MON, "even", "buy", 1, 1), (THU, "even", "sell", 1, 1),
)  # fmt: skip
EXPECTED = [
    ("sold", 20, 30), ("thirds", 20, 0.6667), ("short", 20, 10),
    ("sold", 21, -10), ("thirds", 21, 1.3333), ("split", 21, 100), ("dust", 21, -0.01),
    ("even", 22, 0),
]  # fmt: skip


def fills(spark: SparkSession) -> DataFrame:
    return frame(
        spark,
        CORRECTED_FILLS,
        *[
            {"session_date": day, "executed_at": f"{day}T15:{number:02d}", "fill_id": f"{number:02d}", "instrument_id": what,
             "side": side, "quantity": quantity, "price": price}
            for number, (day, what, side, quantity, price) in enumerate(FILLS)
        ],
    )  # fmt: skip


def run(spark: SparkSession, opening: DataFrame, *days: date) -> DataFrame:
    acted = actions(
        spark,
        split("split", WED, 2),
        split("split-before", WED, 2),
        split("dust", WED, "0.1"),
        split("even", WED, 2, corporate_action_status="cancelled"),
    )
    made = realised_profit_daily(of_sessions(fills(spark), *days), opening, acted, sessions_of(spark, *days))
    return conform(made, REALISED_PROFIT_DAILY)


def found(made: DataFrame) -> list[tuple[str, int, float]]:
    rows = only(made, "session_date", "instrument_id", "realised_profit_amount")
    return [
        (row["instrument_id"], row["session_date"].day, float(row["realised_profit_amount"])) for row in rows
    ]


def test_what_sales_realise_in_any_cut(spark: SparkSession) -> None:
    nothing = frame(spark, POSITIONS_DAILY)
    whole = found(run(spark, nothing, *WEEK))
    assert sorted(whole) == sorted(EXPECTED)
    before = positions_daily(
        of_sessions(fills(spark), MON, TUE), nothing, actions(spark), sessions_of(spark, MON, TUE)
    )
    opening = of_sessions(conform(before, POSITIONS_DAILY), TUE).localCheckpoint()
    cut = found(run(spark, nothing, MON, TUE)) + found(run(spark, opening, WED, THU, FRI))
    assert cut == whole
