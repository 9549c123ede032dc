"""A session on which nothing happened: every table has it, and it says that nothing changed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from pyspark.sql import SparkSession

from jobs.catalog import JOBS
from jobs.pending import pending
from lake.sessions import book_calendar
from lake.store import Store
from schemas.behaviour import APP_EVENTS
from schemas.clients import ACCOUNTS
from schemas.declaration import Table
from schemas.market import BARS, INSTRUMENTS
from schemas.operations import SESSION_CLOSES
from schemas.recommendation import INTERACTIONS_DAILY
from schemas.risk import VALUE_AT_RISK_DAILY
from schemas.transactions import (
    CASH_DAILY,
    CASH_MOVEMENTS,
    CORRECTED_FILLS,
    FILLS,
    POSITIONS_DAILY,
    PROFIT_AND_LOSS_DAILY,
)
from tests.jobs.making import made
from tests.rows import Row, only
from tests.written import new_lake, write

CALENDAR = book_calendar()
*BUSY, QUIET = CALENDAR.last(date(2022, 12, 23), 30)
CLIENTS = [f"client-{n}" for n in range(3)]


def test_every_table_is_published_and_says_that_nothing_changed(spark: SparkSession, tmp_path: Path) -> None:
    store = Store(spark, new_lake(tmp_path, BROKERLAKE_PARAMS="small"))
    _write_busy_sessions(store)
    _errors_of(store, BUSY[-1])

    write(store.settings, SESSION_CLOSES, {"session_date": QUIET})
    errors = _errors_of(store, QUIET)

    assert [(name, error) for name, error in errors.items() if error] == []
    assert set(errors) >= {job.name for job in JOBS if job.name not in ("churn_labels_daily", "churn_models")}
    for table in (CORRECTED_FILLS, INTERACTIONS_DAILY):
        assert _of(store, table, QUIET, "session_date") == []
    held = ("account_id", "instrument_id", "position_quantity", "cost_amount")
    assert _of(store, POSITIONS_DAILY, QUIET, *held) == _of(store, POSITIONS_DAILY, BUSY[-1], *held) != []
    cash = _of(store, CASH_DAILY, QUIET, "account_id", "opening_cash_amount", "closing_cash_amount")
    assert [row["opening_cash_amount"] for row in cash] == [row["closing_cash_amount"] for row in cash]
    assert len(cash) == len(CLIENTS)
    gained = _of(store, PROFIT_AND_LOSS_DAILY, QUIET, "account_id", "profit_amount", "n_stale_prices")
    assert [(int(row["profit_amount"]), row["n_stale_prices"]) for row in gained] == [(0, 1)] * len(CLIENTS)
    at_risk = _of(store, VALUE_AT_RISK_DAILY, QUIET, "portfolio_type", "portfolio_id")
    measured = {(row["portfolio_type"], row["portfolio_id"]) for row in at_risk}
    assert len(measured) == len(CLIENTS) + 2 + 1  # a client type, a risk level, and the book


def _of(store: Store, table: Table, day: date, *names: str) -> list[Row]:
    assert table.sessions_by is not None
    return only(store.read_days(table, table.sessions_by, [day]), *names)


def _errors_of(store: Store, up_to: date) -> dict[str, str | None]:
    """The jobs that made the last session, with what kept them from publishing it. The first of all lack a history."""
    found = pending(store.settings, JOBS, up_to, CALENDAR)
    return {
        each.job_name: each.error
        for result in made(store, JOBS, found)
        for each in result.outcomes
        if each.session_date == up_to
    }


def _write_busy_sessions(store: Store) -> None:
    """Each client pays in, buys one stock, and logs in, on every session but the last."""
    places = [(day, client) for day in BUSY for client in CLIENTS]
    fills: list[Row] = []
    payments: list[Row] = []
    logins: list[Row] = []
    for number, (day, client) in enumerate(places):
        place = {"origin_offset": number, "sequence": number}
        own = {**place, "session_date": day, "account_id": client.replace("client", "account")}
        payments.append({**own, "cash_movement_id": f"movement-{number}", "cash_amount": 1_000})
        fills.append({**own, "fill_id": f"fill-{number}", "side": "buy", "report_type": "fill",
                      "corrects_fill_id": None, "quantity": 1, "price": 100, "instrument_id": "stock"})  # fmt: skip
        logins.append({**place, "event_date": day, "client_id": client, "app_event_type": "log_in",
                       "client_event_id": f"event-{number}", "occurred_at": f"{day}T15:00:00Z"})  # fmt: skip
    write(store.settings, FILLS, *fills)
    write(store.settings, CASH_MOVEMENTS, *payments)
    write(store.settings, APP_EVENTS, *logins)
    write(store.settings, BARS, *[{"session_date": day, "instrument_id": "stock", "close_price": 100 + n % 3}
                                  for n, day in enumerate(BUSY)])  # fmt: skip
    write(store.settings, INSTRUMENTS, {"effective_date": BUSY[0], "instrument_id": "stock", "instrument_type": "stock",
                                        "basket": None, "recorded_at": f"{BUSY[0]}T10:00:00Z"})  # fmt: skip
    write(store.settings, ACCOUNTS, *[{"effective_date": BUSY[0], "account_id": client.replace("client", "account"),
                                       "client_id": client, "effective_at": f"{BUSY[0]}T10:00:00Z",
                                       "recorded_at": f"{BUSY[0]}T10:00:00Z"} for client in CLIENTS])  # fmt: skip
    write(store.settings, SESSION_CLOSES, *[{"session_date": day} for day in BUSY])
