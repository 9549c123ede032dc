"""Refresh on a real lake of a few rows: what is published, what is not, and what that stops."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from lake.errors import SessionError
from lake.inputs import Reader
from lake.job import Job, lookback, named
from lake.job_runs import JobRun, JobRuns
from lake.refresh import Refresher
from lake.run import Run
from lake.sessions import book_calendar
from lake.settings import Settings
from lake.store import Store
from lake.tables import create_missing
from schemas import catalog
from schemas.market import BARS
from schemas.operations import JOB_RUNS
from schemas.risk import VALUE_AT_RISK_DAILY
from schemas.transactions import CASH_DAILY, CORRECTED_FILLS, FILLS, POSITIONS_DAILY
from tests.lake.jobs_for_tests import ALL, CASH, FIRST, POSITIONS
from tests.rows import frame, only
from tests.written import new_lake, write

WED, THU, FRI = date(2022, 12, 21), date(2022, 12, 22), date(2022, 12, 23)
NOW = datetime(2022, 12, 24, tzinfo=UTC)
Lake = tuple[Store, Callable[..., dict[date, str]]]


@pytest.fixture
def lake(spark: SparkSession, tmp_path: Path) -> Lake:
    """A lake with three sessions of one fill each, and a function that runs a job and gives statuses by session."""
    settings = replace(Settings.from_environment({"BROKERLAKE_ROOT": str(tmp_path)}), params="standard")
    create_missing(
        settings, (FILLS, CORRECTED_FILLS, CASH_DAILY, POSITIONS_DAILY, *catalog.operations.TABLES)
    )
    store = Store(spark, settings)
    store.append(FILLS, frame(spark, FILLS, *[fill(day) for day in (WED, THU, FRI)]))

    def run(job: Job, *sessions: date, params: str = "standard") -> dict[date, str]:
        clock = Run("run-1", NOW, "test", params, lambda: NOW)
        refresher = Refresher(store, book_calendar(), clock, JobRuns.read(settings, ALL), None)
        outcomes: list[JobRun] = refresher.refresh(job, sessions)
        refresher.job_runs.write(store)
        return {each.session_date: each.job_status for each in outcomes}

    return store, run


def fill(day: date, **values: Any) -> dict[str, Any]:
    return {"session_date": day, "fill_id": f"fill-{day}", "quantity": 10, "fee_amount": 3, **values}


def test_a_run_of_sessions_is_published_and_recorded(lake: Lake) -> None:
    store, run = lake
    assert run(FIRST, WED, THU, FRI) == dict.fromkeys((WED, THU, FRI), "published")
    assert only(store.read(CORRECTED_FILLS), "session_date", "fill_id") == [
        {"session_date": day, "fill_id": f"fill-{day}"} for day in (WED, THU, FRI)
    ]
    rows = only(store.read(JOB_RUNS), "session_date", "job_name", "job_status", "input_versions_json")
    assert [row["job_name"] for row in rows] == ["corrected_fills"] * 3
    assert json.loads(rows[0]["input_versions_json"]) == {"silver.fills": 1}


def test_a_session_is_replaced_and_its_neighbours_stay(lake: Lake) -> None:
    store, run = lake
    run(FIRST, WED, THU, FRI)
    late = frame(store.spark, FILLS, fill(THU, fill_id="late"))
    store.append(FILLS, late)
    run(FIRST, THU)
    run(FIRST, THU)
    found = only(store.read(CORRECTED_FILLS), "session_date", "fill_id")
    assert [(row["session_date"], row["fill_id"]) for row in found] == [
        (WED, f"fill-{WED}"), (THU, f"fill-{THU}"), (THU, "late"), (FRI, f"fill-{FRI}"),
    ]  # fmt: skip


def test_a_failed_gate_stops_that_session_and_what_depends_on_it(lake: Lake) -> None:
    store, run = lake
    store.append(FILLS, frame(store.spark, FILLS, fill(THU, fill_id="dear", fee_amount=1000)))
    run(FIRST, WED, THU, FRI)
    assert run(CASH, WED, THU, FRI) == {WED: "published", THU: "failed_gate", FRI: "published"}
    assert {row["session_date"] for row in only(store.read(CASH_DAILY), "session_date")} == {WED, FRI}
    errors = only(store.read(JOB_RUNS).where("job_status = 'failed_gate'"), "error")
    assert "1 rows break cash_adds_up (promise): Opening and flows make closing." in errors[0]["error"]
    assert run(POSITIONS, WED) == {WED: "published"}


def test_readers_keep_the_last_good_rows(lake: Lake) -> None:
    store, run = lake
    run(FIRST, THU)
    run(CASH, THU)
    store.append(FILLS, frame(store.spark, FILLS, fill(THU, fill_id="dear", fee_amount=1000)))
    run(FIRST, THU)
    assert run(CASH, THU) == {THU: "failed_gate"}
    assert [str(row["trade_fee_amount"]) for row in only(store.read(CASH_DAILY), "trade_fee_amount")] == [
        "3.0000"
    ]


def test_what_is_not_published_is_not_read(lake: Lake) -> None:
    _, run = lake
    run(FIRST, WED)
    assert run(CASH, WED, THU) == {WED: "published", THU: "skipped"}


def test_an_opening_carries_over_and_a_gap_is_refused(lake: Lake) -> None:
    store, run = lake
    run(FIRST, WED, THU, FRI)
    assert [run(POSITIONS, day)[day] for day in (WED, FRI, THU, FRI)] == [
        "published", "skipped", "published", "published",
    ]  # fmt: skip
    held = only(store.read(POSITIONS_DAILY), "session_date", "position_quantity")
    assert [int(row["position_quantity"]) for row in held] == [10, 20, 30]


def test_params_are_chosen_by_name_and_recorded(lake: Lake) -> None:
    store, run = lake
    run(FIRST, THU)
    run(CASH, THU, params="small")
    assert [str(row["trade_fee_amount"]) for row in only(store.read(CASH_DAILY), "trade_fee_amount")] == [
        "6.0000"
    ]
    recorded = only(store.read(JOB_RUNS).where("job_name = 'cash_daily'"), "params_json")
    assert recorded == [{"params_json": '{"fee_factor": 2}'}]


def test_a_forecast_is_read_as_it_stands_or_as_it_was_published(spark: SparkSession, tmp_path: Path) -> None:
    settings = Settings.from_environment({"BROKERLAKE_ROOT": str(tmp_path)})
    create_missing(settings, (VALUE_AT_RISK_DAILY,))
    store = Store(spark, settings)
    for amount in (10, 12):
        published = frame(spark, VALUE_AT_RISK_DAILY, {"session_date": THU, "value_at_risk_amount": amount})
        store.append_revision(VALUE_AT_RISK_DAILY, published.drop("revision"), [THU], {})
    reader = Reader(store, book_calendar(), {})
    amounts = [
        only(reader.read(each, [FRI], None), "revision", "value_at_risk_amount")
        for each in (
            lookback(VALUE_AT_RISK_DAILY, sessions=5),
            lookback(VALUE_AT_RISK_DAILY, sessions=5, as_published=True),
        )
    ]
    assert amounts == [
        [{"revision": 2, "value_at_risk_amount": 12}],
        [{"revision": 1, "value_at_risk_amount": 10}],
    ]


@dataclass(frozen=True)
class Named:
    old_sessions: tuple[date, ...]


def test_sessions_are_read_by_name_whatever_the_run(spark: SparkSession, tmp_path: Path) -> None:
    settings = new_lake(tmp_path)
    days = (date(2008, 9, 12), date(2008, 9, 15), date(2020, 3, 16), THU)
    write(settings, BARS, *[{"session_date": day, "refine_batch": n} for n, day in enumerate(days)])
    store, each = Store(spark, settings), named(BARS, sessions="old_sessions")

    def read(*asked: date, up_to: int | None = None) -> list[date]:
        reader = Reader(store, book_calendar(), {}, up_to)
        return [row["session_date"] for row in only(reader.read(each, [FRI], Named(asked)), "session_date")]

    assert read(days[0], days[2]) == [days[0], days[2]]
    assert read(days[0], days[2], up_to=1) == [days[0]]
    with pytest.raises(SessionError, match="2008-09-13 is not a session"):
        read(date(2008, 9, 13))


def test_only_the_newest_sessions_are_kept_in_any_order_of_runs(lake: Lake) -> None:
    store, run = lake
    newest_two = Job(
        writes=replace(CORRECTED_FILLS, keep_sessions=2), reads=(FILLS,), transform=FIRST.transform
    )

    def kept() -> list[date]:
        return [row["session_date"] for row in only(store.read(CORRECTED_FILLS), "session_date")]

    assert run(newest_two, WED) == {WED: "published"}
    assert run(newest_two, THU, FRI) == dict.fromkeys((THU, FRI), "published")
    assert kept() == [THU, FRI]
    # An old session is made again: it is not kept, and takes nothing with it.
    assert run(newest_two, WED) == {WED: "published"}
    assert kept() == [THU, FRI]
    assert run(newest_two, THU) == {THU: "published"}
    assert kept() == [THU, FRI]
