"""Features of tiny clients, by hand; and that nothing after the session, and no cut of a run, changes one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from math import log, log1p
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.churn.client_features_daily import JOB, Params, client_features_daily
from lake.sessions import book_calendar
from schemas.behaviour import APP_EVENTS
from schemas.clients import ACCOUNTS
from schemas.declaration import Table
from schemas.market import BARS, CORPORATE_ACTIONS, INSTRUMENTS
from schemas.risk import ORDER_CHECKS
from schemas.transactions import CASH_DAILY, CORRECTED_FILLS, POSITIONS_DAILY, PROFIT_AND_LOSS_DAILY
from tests.jobs.acted import dividend, split
from tests.rows import Row, frame, only

CALENDAR = book_calendar()
LAST = date(2022, 12, 23)
TABLES = (
    APP_EVENTS, CORRECTED_FILLS, ORDER_CHECKS, CASH_DAILY, PROFIT_AND_LOSS_DAILY, POSITIONS_DAILY, ACCOUNTS,
    INSTRUMENTS, BARS, CORPORATE_ACTIONS,
)  # fmt: skip
Cases = Mapping[str, list[dict[str, Any]]]


def ago(n_sessions: int) -> date:
    return CALENDAR.shift(LAST, -n_sessions)


def day(n_sessions: int) -> str:
    return str(ago(n_sessions))


def app(client: str, kind: str, n_sessions: int, *, times: int = 1) -> list[dict[str, Any]]:
    at = datetime.combine(ago(n_sessions), datetime.min.time(), UTC) + timedelta(hours=15)
    return [
        {"client_id": client, "app_event_type": kind, "occurred_at": at, "client_event_id": f"E{number}"}
        for number in range(times)
    ]


def account(account: str, client: str, **more: Any) -> dict[str, Any]:
    return {
        "account_id": account, "client_id": client, "account_status": "open", "opened_date": "2022-01-03",
        "effective_at": "2022-01-03T15:00:00Z", "recorded_at": "2022-01-03T15:00:00Z", **more,
    }  # fmt: skip


def book(account: str, n_sessions: int, opening: int, flow: int, profit: int) -> dict[str, Any]:
    told = {
        "opening_value_amount": opening, "external_flow_amount": flow, "profit_amount": profit,
        "closing_value_amount": opening + flow + profit,
    }  # fmt: skip
    in_book = {f"book_{name}": amount for name, amount in told.items()}
    return {"account_id": account, "session_date": day(n_sessions), **told, **in_book}


# keen: in the app and the market. idle: money and nothing else. gone: money moved out. closed: no open account.
# poor: an account with nothing in it. late: an account that the broker hears of only after the session.
CASES: Cases = {
    "app_events": [
        *app("keen", "log_in", 0), *app("keen", "log_in", 4, times=2), *app("keen", "log_in", 5),
        *app("keen", "log_in", 20), *app("keen", "log_in", 59), *app("keen", "log_in", 60, times=9),
        *app("keen", "page_view", 19, times=3), *app("keen", "page_view", 20), *app("keen", "help_page_view", 1),
        *app("keen", "close_account_page_view", 2), *app("keen", "log_in_failed", 3, times=2),
        *app("gone", "log_in", 1), *app("closed", "log_in", 1), *app("late", "log_in", 1),
    ],
    "corrected_fills": [
        {"account_id": "keen-1", "session_date": day(2), "fill_id": "F1"},
        {"account_id": "keen-2", "session_date": day(20), "fill_id": "F2"},
        {"account_id": "keen-2", "session_date": day(21), "fill_id": "F3"},
    ],
    "order_checks": [
        {"account_id": "keen-1", "session_date": day(1), "order_check_id": "K1", "check_outcome": "rejected"},
        {"account_id": "keen-1", "session_date": day(1), "order_check_id": "K2", "check_outcome": "passed"},
    ],
    "cash_daily": [
        {"account_id": "keen-1", "session_date": day(0), "closing_cash_amount": 300, "trade_flow_amount": -100},
        {"account_id": "keen-1", "session_date": day(19), "closing_cash_amount": 9, "trade_flow_amount": 600},
        {"account_id": "idle-1", "session_date": day(0), "closing_cash_amount": 100, "trade_flow_amount": 0},
    ],
    "profit_and_loss_daily": [
        book("keen-1", 59, 1000, 0, 200), book("keen-1", 19, 1200, 0, -50), book("keen-1", 5, 1150, 850, 0),
        book("keen-1", 1, 2000, -1000, 0), book("keen-1", 0, 1000, 0, 0), book("keen-2", 0, 0, 500, 0),
        book("idle-1", 0, 100, 0, 0), book("gone-1", 3, 1000, -800, 0), book("poor-1", 0, 99, 0, 0),
    ],
    "positions_daily": [
        {"account_id": "keen-1", "session_date": day(0), "instrument_id": "X", "cost_amount": 300},
        {"account_id": "keen-2", "session_date": day(0), "instrument_id": "X", "cost_amount": 300},
        {"account_id": "keen-1", "session_date": day(0), "instrument_id": "Y", "cost_amount": 200},
    ],
    "exchange_rates": [],
    "accounts": [
        account("keen-1", "keen"), account("keen-2", "keen", opened_date="2022-12-13"), account("idle-1", "idle"),
        account("gone-1", "gone"), account("poor-1", "poor"), account("closed-1", "closed", account_status="closed"),
        account("late-1", "late", recorded_at="2022-12-23T21:00:01Z"),
    ],
    "instruments": [
        {"instrument_id": "X", "instrument_type": "stock"}, {"instrument_id": "Y", "instrument_type": "stock"},
        {"instrument_id": "B", "instrument_type": "bond"}, {"instrument_id": "N", "instrument_type": "stock"},
        {"instrument_id": "S", "instrument_type": "stock"},
    ],
    "bars": [
        {"instrument_id": name, "session_date": day(n), "close_price": price}
        for name, n, price in (
            ("X", 20, 100), ("X", 0, 50), ("Y", 20, 200), ("Y", 0, 180), ("Y", 19, 1),
            ("B", 20, 100), ("B", 0, 500), ("N", 19, 10), ("N", 0, 90), ("S", 20, 10), ("S", 0, 100),
        )
    ],
    # Ten times what it was, and held back.
    "suspect_prices_daily": [{"instrument_id": "S", "session_date": day(0)}],
    # Who held X at 100 was paid 10, and holds two at 50: a gain of a tenth, as much as Y lost.
    "corporate_actions": [
        dividend("X", ago(15), 10), split("X", ago(10), 2), split("Y", ago(20), 7), split("X", ago(-1), 5),
    ],
}  # fmt: skip


def features(spark: SparkSession, cases: Cases, *run: date) -> list[Row]:
    """The job over a run, each input cut to what the runner would read."""
    sessions = spark.createDataFrame(
        [(CALENDAR.session(each).day, CALENDAR.session(each).closes_at) for each in run],
        "session_date date, closes_at timestamp",
    )
    inputs = [
        _read(frame(spark, each.table, *cases[each.table.short_name]), each.table, each.kind, each.length(None), sessions, run)
        for each in JOB.inputs
    ]  # fmt: skip
    return only(client_features_daily(*inputs, sessions, Params()))


def _read(
    rows: DataFrame, table: Table, kind: str, before: int, sessions: DataFrame, run: tuple[date, ...]
) -> DataFrame:
    if kind == "whole":
        return rows
    if kind == "as_of":
        return rows.join(sessions, F.col("recorded_at") <= F.col("closes_at")).drop("closes_at")
    dated = rows.withColumn("session_date", F.to_date("occurred_at")) if table == APP_EVENTS else rows
    first = CALENDAR.shift(run[0], -before) if kind == "lookback" else run[0]
    return dated.where(F.col("session_date").between(first, run[-1]))


@pytest.fixture(scope="module")
def found(spark: SparkSession) -> dict[str, Row]:
    return {row["client_id"]: row for row in features(spark, CASES, LAST)}


def test_the_population_has_an_open_account_and_is_active(found: dict[str, Row]) -> None:
    assert found.keys() == {"keen", "idle"}


def test_features_of_a_client_who_does_everything(found: dict[str, Row]) -> None:
    gaps = [1 / 59, 4 / 59, 15 / 59, 39 / 59]
    assert found["keen"] == {
        "session_date": LAST, "client_id": "keen",
        "sessions_since_log_in": 0, "sessions_since_trade": 2, "n_log_ins_5": 3, "n_log_ins_20": 4,
        "log_in_trend_ratio": pytest.approx((4 / 20 - 2 / 40) / (4 / 20 + 2 / 40)),
        "n_fills_20": 1, "fill_trend_ratio": pytest.approx((1 / 20 - 2 / 40) / (1 / 20 + 2 / 40)),
        "n_page_views_20": 3, "n_help_page_views_20": 1, "n_close_account_page_views_20": 1,
        "n_failed_log_ins_20": 2,
        # Base: 1200 before the 20 sessions and 850 + 500 paid in.
        "net_flow_ratio_20": pytest.approx((850 + 500 - 1000) / 2550),
        "withdrawal_ratio_60": pytest.approx(1000 / 2350),
        "net_sales_ratio_20": pytest.approx(500 / 2550),
        "log_assets": pytest.approx(log1p(1500)), "cash_ratio": pytest.approx(0.2),
        "profit_ratio_20": pytest.approx(-50 / 2550), "drawdown_ratio_60": pytest.approx(50 / 2350),
        "n_positions_held": 2, "largest_position_ratio": pytest.approx(0.75), "n_rejected_checks_20": 1,
        "log_in_gap_entropy": pytest.approx(-sum(gap * log(gap) for gap in gaps)),
        "account_age_days": 354, "market_return_20": pytest.approx(0.0),
    }  # fmt: skip


def test_what_is_not_known_is_null_and_what_did_not_happen_is_zero(found: dict[str, Row]) -> None:
    idle = found["idle"]
    unknown = {name for name, value in idle.items() if value is None}
    assert unknown == {
        "sessions_since_log_in", "sessions_since_trade", "log_in_trend_ratio", "fill_trend_ratio",
        "largest_position_ratio", "log_in_gap_entropy",
    }  # fmt: skip
    assert (idle["n_log_ins_20"], idle["n_fills_20"], idle["n_positions_held"]) == (0, 0, 0)


def test_nothing_after_the_session_changes_a_feature(spark: SparkSession, found: dict[str, Row]) -> None:
    """The run goes on for two sessions in which everything happens; of the first it says the same."""
    kinds = ("log_in", "page_view", "help_page_view", "close_account_page_view", "log_in_failed")
    shifted = {"app_events": [row for kind in kinds for row in app("keen", kind, -1, times=7)]}
    for name in ("corrected_fills", "order_checks", "cash_daily", "profit_and_loss_daily", "bars"):
        shifted[name] = [
            {**row, "session_date": day(-1)} for row in CASES[name] if row["session_date"] == day(0)
        ]
        shifted[name] += [
            {**row, "session_date": day(-2)} for row in CASES[name] if row["session_date"] != day(0)
        ]
    shifted["corrected_fills"] = [{**row, "session_date": day(-1)} for row in CASES["corrected_fills"]]
    later = {name: [*rows, *_once(name, shifted.get(name, []))] for name, rows in CASES.items()}
    rows = features(spark, later, LAST, ago(-1), ago(-2))
    assert {row["client_id"]: row for row in rows if row["session_date"] == LAST} == found
    assert len(rows) > 2 * len(found)


def _once(name: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    key = {"bars": "instrument_id", "cash_daily": "account_id", "profit_and_loss_daily": "account_id"}.get(
        name
    )
    return list({(row["session_date"], row[key]): row for row in rows}.values()) if key else rows


def test_any_cut_of_a_run_gives_the_same_features(spark: SparkSession) -> None:
    whole = features(spark, CASES, ago(2), ago(1), LAST)
    cut = features(spark, CASES, ago(2)) + features(spark, CASES, ago(1), LAST)
    assert len(whole) > 3
    assert whole == sorted(cut, key=lambda row: (row["session_date"], row["client_id"]))


def test_what_is_in_another_currency_counts_in_that_of_the_book(
    spark: SparkSession, found: dict[str, Row]
) -> None:
    """All that `keen` does in the first account in dollars is done in units that are worth half of one."""
    halves = {name: list(rows) for name, rows in CASES.items()}
    rates = [
        {"base_currency_code": "XXX", "quote_currency_code": "USD", "session_date": day(n), "exchange_rate": "0.5"}
        for n in range(60)
    ]  # fmt: skip

    def in_halves(row: dict[str, Any]) -> dict[str, Any]:
        if row["account_id"] != "keen-1":
            return row
        own = {
            name: 2 * value for name, value in row.items() if name.endswith("_amount") and "book" not in name
        }
        return {**row, **own, "currency_code": "XXX"}

    for name in ("cash_daily", "positions_daily", "profit_and_loss_daily"):
        halves[name] = [in_halves(row) for row in CASES[name]]
    assert {
        row["client_id"]: row for row in features(spark, {**halves, "exchange_rates": rates}, LAST)
    } == found
