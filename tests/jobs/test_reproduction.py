"""A published session made again from silver: as it was known then, and as it is known now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from deltalake import DeltaTable

from jobs.__main__ import parser
from jobs.catalog import find
from jobs.looking_back import explain_session
from jobs.reproduction import AsKnown, Reproduction, publication_of, reproduce
from jobs.running import run_jobs
from lake.errors import JobError
from lake.reader import query
from lake.run import Run
from lake.sessions import book_calendar
from lake.store import Store
from schemas.market import BARS, CORPORATE_ACTIONS, EXCHANGE_RATES, INSTRUMENTS
from schemas.operations import SESSION_CLOSES, TOUCHED_SESSIONS
from schemas.risk import VALUE_AT_RISK_DAILY
from schemas.transactions import FILLS
from tests.jobs.acted import split
from tests.jobs.making import jobs_up_to
from tests.written import new_lake, write

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lake.settings import Settings
    from schemas.declaration import Table

DAYS = book_calendar().between(date(2022, 12, 14), date(2022, 12, 21))
LAST = DAYS[-1]
JOBS = jobs_up_to("value_at_risk_daily")
[RISK] = find(["value_at_risk_daily"])


@dataclass
class Lake:
    """Silver that grows batch by batch, and runs of the jobs over it, an hour apart."""

    store: Store
    now: datetime = datetime(2022, 12, 22, tzinfo=UTC)
    n_batches: int = 0

    @property
    def settings(self) -> Settings:
        return self.store.settings

    def fills(self, *cases: dict[str, Any]) -> None:
        """A batch of refine."""
        self._batch(FILLS, *cases)

    def actions(self, *cases: dict[str, Any]) -> None:
        """A batch of refine."""
        self._batch(CORPORATE_ACTIONS, *cases)

    def rates(self, *cases: tuple[date, str]) -> None:
        """A batch of refine: what euros cost in dollars."""
        pair = {"base_currency_code": "EUR", "quote_currency_code": "USD"}
        rows = [{**pair, "session_date": day, "exchange_rate": rate} for day, rate in cases]
        self._batch(EXCHANGE_RATES, *rows)

    def _batch(self, table: Table, *cases: dict[str, Any]) -> None:
        assert table.sessions_by is not None
        self.n_batches += 1
        write(self.settings, table, *[{**case, "refine_batch": self.n_batches} for case in cases])
        touched = {case[table.sessions_by.name] for case in cases}
        for day in sorted(touched):
            write(
                self.settings,
                TOUCHED_SESSIONS,
                {"table_name": table.name, "session_date": day, "refine_batch": self.n_batches},
            )

    def run(self, *days: date, code: str = "code-1") -> None:
        self.now += timedelta(hours=1)
        clock = Run(f"run-{self.now:%H}", self.now, code, "small", lambda: self.now)
        results = run_jobs(self.store, JOBS, {job.name: list(days) for job in JOBS}, clock, None)
        assert all(result.is_good for result in results), [result.line() for result in results]

    def again(self, as_known: datetime | None = None, code: str = "code-1") -> Reproduction:
        found = publication_of(self.store, VALUE_AT_RISK_DAILY, LAST, as_known)
        return reproduce(self.store, book_calendar(), RISK, found, "small", code)


@pytest.fixture(scope="module")
def published(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """As `bought` gives it; nothing changes it any more."""
    return bought(spark, tmp_path_factory.mktemp("published"))


def bought(spark: SparkSession, root: Path, currency: str = "USD") -> Lake:
    """One account buys ten of a stock on the first session; everything is published up to the last."""
    found = for_sale(spark, root, currency)
    found.fills({**fill("first", DAYS[0], 10), "currency_code": currency})
    found.run(*DAYS)
    return found


def for_sale(spark: SparkSession, root: Path, currency: str) -> Lake:
    found = Lake(Store(spark, new_lake(root)))
    write(found.settings, SESSION_CLOSES, *[{"session_date": day} for day in DAYS])
    stock = {
        "instrument_id": "stock",
        "effective_date": "2022-01-03",
        "refine_batch": 0,
        "currency_code": currency,
    }
    write(found.settings, INSTRUMENTS, stock)
    closes = (95, 104, 101, 100, 110, 99, 120, 90, 95)
    bars = [
        {
            "session_date": day,
            "instrument_id": "stock",
            "close_price": close,
            "refine_batch": 0,
            "currency_code": currency,
        }
        for day, close in zip(book_calendar().last(LAST, len(closes)), closes, strict=True)
    ]
    write(found.settings, BARS, *bars)
    return found


def fill(name: str, day: date, quantity: int) -> dict[str, Any]:
    return {
        "fill_id": name,
        "session_date": day,
        "instrument_id": "stock",
        "quantity": quantity,
        "price": 100,
    }


def test_a_session_is_made_again_from_silver_byte_for_byte(published: Lake) -> None:
    answer = published.again()
    assert answer.is_equal
    assert answer.revision == 1
    # One account, two groups and the book at three confidences; five methods more for groups and book, two for the book.
    assert answer.n_rows == 3 * (4 + 3 * 5 + 2)


def test_other_params_are_named_and_refused(published: Lake) -> None:
    found = publication_of(published.store, VALUE_AT_RISK_DAILY, LAST, None)
    with pytest.raises(
        JobError, match="than standard has: lookback_sessions was 20 and is 500; min_scenarios was 2"
    ):
        reproduce(published.store, book_calendar(), RISK, found, "standard", "code-1")


def test_as_it_was_known_then_and_as_it_is_known_now(spark: SparkSession, tmp_path: Path) -> None:
    lake = bought(spark, tmp_path)
    known_at = lake.now
    # Learnt of days after its ex-date: two units for one, and then it was three.
    lake.actions(split("stock", DAYS[1], 2, corporate_action_id="split"))
    lake.actions(split("stock", DAYS[1], 3, corporate_action_id="split", corporate_action_version=2))
    lake.fills(fill("late", DAYS[1], 5))
    # Accepted too, but its batch is not over: it has not said what it touched, and no run reads it yet.
    write(lake.settings, FILLS, {**fill("next", LAST, 7), "refine_batch": 5})
    lake.run(*DAYS[1:])
    before, after = lake.again(as_known=known_at), lake.again()
    assert (before.is_equal, before.revision, before.publication.refine_batch) == (True, 1, 1)
    assert (after.is_equal, after.revision, after.publication.refine_batch) == (True, 2, 4)
    assert positions(lake) == {DAYS[0]: 10, DAYS[1]: 35, LAST: 35}
    tamper(lake.settings)
    found = lake.again()
    assert not found.is_equal
    assert len(found.published_only) == len(found.made_only) == 3 * (1 + 5 + 2)


def test_a_rate_that_came_later_was_not_known_then(spark: SparkSession, tmp_path: Path) -> None:
    lake = for_sale(spark, tmp_path, "EUR")
    lake.rates(*[(day, "1") for day in DAYS[:-1]])
    lake.fills({**fill("first", DAYS[0], 10), "currency_code": "EUR"})
    lake.run(*DAYS)
    known_at = lake.now
    lake.rates((LAST, "1.2"))
    lake.run(LAST)
    before, after = lake.again(as_known=known_at), lake.again()
    assert (before.is_equal, before.revision, before.publication.refine_batch) == (True, 1, 2)
    assert (after.is_equal, after.revision, after.publication.refine_batch) == (True, 2, 3)
    worth = query(
        lake.settings,
        f"SELECT DISTINCT revision, market_value_amount FROM {VALUE_AT_RISK_DAILY.name} "
        f"WHERE session_date = DATE '{LAST}' ORDER BY revision",
    ).to_pylist()
    # Ten at 95 euros, and 1,001 that are owed for them.
    assert [float(row["market_value_amount"]) for row in worth] == [-51, -61.2]


def positions(lake: Lake) -> dict[date, int]:
    """What is held, on some sessions."""
    rows = query(
        lake.settings, "SELECT session_date, position_quantity FROM gold.positions_daily"
    ).to_pylist()
    held = {row["session_date"]: int(row["position_quantity"]) for row in rows}
    return {day: held[day] for day in (DAYS[0], DAYS[1], LAST)}


def tamper(settings: Settings) -> None:
    """Another number in every row of the book."""
    table = DeltaTable(settings.table_path(VALUE_AT_RISK_DAILY.name))
    table.update(predicate="portfolio_id = 'book'", updates={"value_at_risk_amount": "1.0000"})


def test_other_code_is_named_and_refused(published: Lake) -> None:
    with pytest.raises(JobError, match="was made by code code-1 and this is code-2"):
        published.again(code="code-2")


def test_a_session_that_was_never_published_is_refused(published: Lake) -> None:
    with pytest.raises(JobError, match="was not published for 2022-12-21 up to 2022-12-21T00:00:00"):
        published.again(as_known=datetime(2022, 12, 21, tzinfo=UTC))


def test_what_was_decided_at_its_own_time_is_not_made_from_silver(published: Lake) -> None:
    [backtests] = find(["value_at_risk_backtests"])
    tables = AsKnown(published.store, book_calendar(), 1, "small")
    with pytest.raises(JobError, match=r"gold\.value_at_risk_daily was decided at its own time"):
        tables.made(backtests, [LAST])


def test_an_explanation_adds_up_to_what_was_published(
    published: Lake, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("jobs.looking_back.spark_session", lambda *_: published.store.spark)
    options = parser().parse_args(
        [
            "explain",
            "value_at_risk_daily",
            "--session",
            str(LAST),
            "--account",
            "account-1",
            "--confidence",
            "0.95",
        ]
    )
    assert explain_session(options, replace(published.settings, params="small")) == 0
    shown = capsys.readouterr().out
    # 950 of stock: moves of 104/95 ... 95/90. The worst is 90/120, a quarter, on the last session but one.
    assert "account account-1, session 2022-12-21, one day at 95.00 %" in shown
    assert "2022-12-20  237.50  stock 237.50" in shown


def test_an_account_that_holds_nothing_is_not_explained(
    published: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.looking_back.spark_session", lambda *_: published.store.spark)
    options = parser().parse_args(
        ["explain", "value_at_risk_daily", "--session", str(LAST), "--account", "nobody"]
    )
    with pytest.raises(JobError, match="account nobody holds nothing at the session"):
        explain_session(options, replace(published.settings, params="small"))
