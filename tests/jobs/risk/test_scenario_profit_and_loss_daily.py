from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from jobs.risk.scenario_profit_and_loss_daily import scenario_profit_and_loss_daily
from jobs.risk.value_at_risk_daily import Params, value_at_risk_daily
from lake.conform import conform
from lake.sessions import book_calendar
from models.risk.value_at_risk import historical_value_at_risk
from schemas.clients import ACCOUNTS
from schemas.market import BARS, INSTRUMENTS
from schemas.risk import SCENARIO_PROFIT_AND_LOSS_DAILY, VALUE_AT_RISK_DAILY
from tests.jobs.acted import actions, suspects
from tests.jobs.exchanged import cash, rates
from tests.jobs.session_frames import FRI, THU, of_sessions, sessions_of
from tests.jobs.valued import position_values
from tests.rows import frame, only

if TYPE_CHECKING:
    from datetime import date

    from pyspark.sql import DataFrame, SparkSession

PARAMS = replace(Params(), lookback_sessions=4, min_scenarios=2, n_blocks=0)
# Thirty sessions that end with Friday; the last moves of `a`: +10 %, -10 %, -20 %, +25 %.
LONG = book_calendar().last(FRI, 30)
CLOSES = {"a": (*[100] * 26, 110, 99, "79.2", 99), "b": (*[50] * 29, "33.333")}
HELD = (("one", "a", 10), ("one", "b", 1), ("two", "a", "-0.5"), ("three", "b", 3))
CLIENTS = (("one", "ordinary", "C3"), ("two", "professional", None))


def run(spark: SparkSession, job, *days: date) -> DataFrame:
    positions = [
        {"session_date": day, "account_id": who, "instrument_id": what, "position_quantity": quantity}
        for day in LONG
        for who, what, quantity in HELD
    ]
    bars = [
        {"session_date": day, "instrument_id": what, "close_price": close}
        for what, closes in CLOSES.items()
        for day, close in zip(LONG, closes, strict=True)
    ]
    listed = f"explode(array({', '.join(f'''DATE'{day}' ''' for day in days)})) AS session_date"
    accounts = [
        {
            "account_id": who,
            "client_type": kind,
            "client_risk_level": level,
            "risk_level_expires_date": level and FRI,
        }
        for who, kind, level in CLIENTS
    ]
    closes = frame(spark, BARS, *bars)
    return job(
        of_sessions(position_values(spark, closes, *positions), *days),
        cash(spark),
        closes,
        suspects(spark),
        actions(spark),
        rates(spark),
        frame(spark, INSTRUMENTS, *[{"instrument_id": name} for name in CLOSES]).selectExpr("*", listed),
        frame(spark, ACCOUNTS, *accounts).selectExpr("*", listed),
        sessions_of(spark, *days),
        PARAMS,
    )


@pytest.fixture(scope="module")
def friday(spark: SparkSession) -> dict[str, dict[str, object]]:
    made = conform(run(spark, scenario_profit_and_loss_daily, FRI), SCENARIO_PROFIT_AND_LOSS_DAILY)
    return {row["account_id"]: row for row in only(made)}


def test_vectors_by_hand(friday: dict[str, dict[str, object]]) -> None:
    # 990 and 33.333 held: +10 %, -10 %, -20 %, +25 % of `a`, and of `b` a third down on Friday.
    assert {who: row["scenario_profits"] for who, row in friday.items()} == {
        "one": [9900, -9900, -19800, 24750 - 1111],
        # -49.50 of `a`.
        "two": [-495, 495, 990, -1238],
        "three": [0, 0, 0, -3333],
    }
    assert {who: (row["client_type"], row["client_risk_level"]) for who, row in friday.items()} == {
        "one": ("ordinary", "C3"),
        "two": ("professional", None),
        "three": (None, None),
    }


def test_vectors_of_any_group_add_up_to_what_is_published_of_it(
    spark: SparkSession, friday: dict[str, dict[str, object]]
) -> None:
    published = only(conform(run(spark, value_at_risk_daily, FRI), VALUE_AT_RISK_DAILY))
    found = {
        row["portfolio_id"]: float(row["value_at_risk_amount"])
        for row in published
        if row["method_name"] == "historical_simulation" and float(row["confidence_ratio"]) == 0.95
    }
    for portfolio, accounts in (
        ("book", ("one", "two", "three")),
        ("ordinary", ("one",)),
        ("C3", ("one",)),
        ("three", ("three",)),
    ):
        cents = np.sum([friday[who]["scenario_profits"] for who in accounts], axis=0)
        assert found[portfolio] == pytest.approx(historical_value_at_risk(cents / 100, 0.95), abs=5e-5)


def test_only_the_newest_sessions_of_a_run_are_made(spark: SparkSession) -> None:
    made = run(spark, scenario_profit_and_loss_daily, *LONG[5:])
    assert [row["session_date"] for row in only(made.select("session_date").distinct())] == LONG[10:]


def test_any_cut_gives_the_same(spark: SparkSession) -> None:
    cut = run(spark, scenario_profit_and_loss_daily, THU).unionByName(
        run(spark, scenario_profit_and_loss_daily, FRI)
    )
    assert only(cut) == only(run(spark, scenario_profit_and_loss_daily, THU, FRI))
