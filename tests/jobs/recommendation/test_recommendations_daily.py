"""Who is offered what: suitability before and after ranking, what may be traded today, reasons, any cut of a run."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.recommendation import lists as lists_module
from jobs.recommendation.lists import Day, History, lists
from jobs.recommendation.recommendations_daily import JOB, Params, recommendations_daily
from lake.gate import examine
from lake.sessions import book_calendar
from models.recommendation.ranking import UnsuitableRecommendation
from schemas.clients import ACCOUNTS
from schemas.market import BARS, INSTRUMENTS
from schemas.recommendation import INTERACTIONS_DAILY, RECOMMENDATIONS_DAILY
from schemas.transactions import CASH_DAILY, CORRECTED_FILLS, POSITIONS_DAILY
from tests.jobs.exchanged import rates
from tests.rows import Row, frame, only

CALENDAR = book_calendar()
DAY = date(2022, 12, 23)
RUN = CALENDAR.between(date(2022, 12, 21), DAY)
SMALL = JOB.params["small"]


def account(name: str, level: str | None, **more: Any) -> dict[str, Any]:
    expires = "2023-06-30" if level else None
    return {
        "account_id": f"{name}-1", "client_id": name, "client_risk_level": level, "risk_level_expires_date": expires,
        "client_type": "ordinary", "account_status": "open", **more,
    }  # fmt: skip


ACCOUNTS_HELD = [
    account("bold", "C5"), account("careful", "C1"), account("unknown", None),
    account("expired", "C5", risk_level_expires_date="2022-12-22"), account("last day", "C5", risk_level_expires_date=str(DAY)),
    account("professional", None, client_type="professional"),
    account("two levels", "C5"), account("two levels", "C2", account_id="two levels-2"),
    account("closed", "C5", account_status="closed"), account("no cash", "C5"),
]  # fmt: skip
PRODUCTS = [
    {"instrument_id": "R1-FUND", "product_risk_level": "R1"}, {"instrument_id": "R2-FUND", "product_risk_level": "R2"},
    {"instrument_id": "R5-FUND", "product_risk_level": "R5"}, {"instrument_id": "HELD", "instrument_name": "Held Inc."},
    {"instrument_id": "SUSPENDED", "is_tradable": False}, {"instrument_id": "MATURED", "maturity_date": str(RUN[0])},
    {"instrument_id": "UNPRICED"}, {"instrument_id": "SOLD"},
    # 1,001.25 dollars; and what nobody can tell in dollars.
    {"instrument_id": "DEAR", "minimum_order_amount": 801, "currency_code": "EUR"},
    {"instrument_id": "NO-RATE", "currency_code": "CHF"},
]  # fmt: skip
PLAIN = {
    "product_risk_level": "R1",
    "minimum_order_amount": 100,
    "is_tradable": True,
    "instrument_name": "Name",
}
POPULAR = [product["instrument_id"] for product in PRODUCTS]


def inputs(spark: SparkSession, run: list[date]) -> list[DataFrame]:
    """A crowd turns to everything on the first day; `bold` holds HELD; `bold` and `careful` sold SOLD a month ago."""
    crowd = [account(f"crowd {number}", "C5") for number in range(6)]
    interest = [
        {
            "session_date": str(RUN[0]),
            "client_id": each["client_id"],
            "instrument_id": name,
            "strength_score": 5,
        }
        for each in crowd
        for name in POPULAR
    ]
    everyone = [*ACCOUNTS_HELD, *crowd]
    cash = [
        {"session_date": str(day), "account_id": each["account_id"], "closing_cash_amount": 50 if each["client_id"] == "no cash" else 1000}
        for day in run
        for each in everyone
        if each["account_id"] != "two levels-2"
    ]  # fmt: skip
    # 1.50 dollars.
    cash += [
        {"session_date": str(day), "account_id": "two levels-2", "closing_cash_amount": "1.2", "currency_code": "EUR"}
        for day in run
    ]  # fmt: skip
    held = [{"session_date": str(day), "account_id": "bold-1", "instrument_id": "HELD"} for day in run]
    sold = [
        {"session_date": day, "account_id": account_id, "instrument_id": "SOLD", "side": "sell"}
        for day, account_id in (("2022-11-23", "bold-1"), ("2022-11-22", "careful-1"))
    ]
    prices = [
        {"session_date": "2022-12-01" if name == "UNPRICED" else "2022-12-20", "instrument_id": name}
        for name in POPULAR
    ]
    recent = F.col("session_date").between(CALENDAR.shift(run[0], -20), run[-1])
    return [
        frame(spark, INTERACTIONS_DAILY, *interest).where(recent),
        frame(spark, POSITIONS_DAILY, *held),
        frame(spark, CASH_DAILY, *cash),
        frame(spark, CORRECTED_FILLS, *sold),
        _each_session(spark, frame(spark, INSTRUMENTS, *({**PLAIN, **each} for each in PRODUCTS)), run),
        _each_session(spark, frame(spark, ACCOUNTS, *everyone), run),
        frame(spark, BARS, *prices),
        rates(spark, {"EUR": {run[0]: "1.25"}}),
        spark.createDataFrame([(day,) for day in run], "session_date date"),
    ]


def _each_session(spark: SparkSession, rows: DataFrame, run: list[date]) -> DataFrame:
    return rows.crossJoin(spark.createDataFrame([(day,) for day in run], "session_date date"))


def offered(spark: SparkSession, run: list[date]) -> list[Row]:
    assert isinstance(SMALL, Params)
    return only(recommendations_daily(*inputs(spark, run), SMALL))


@pytest.fixture(scope="module")
def found(spark: SparkSession) -> list[Row]:
    return offered(spark, RUN)


def of(found: list[Row], client: str, day: date = DAY) -> list[str]:
    rows = [row for row in found if row["client_id"] == client and row["session_date"] == day]
    assert [row["rank"] for row in rows] == list(range(1, len(rows) + 1))
    return [row["instrument_id"] for row in rows]


@pytest.mark.parametrize(
    ("client", "expected"),
    [
        ("bold", {"R1-FUND", "R2-FUND", "R5-FUND"}),
        ("careful", {"R1-FUND", "HELD", "SOLD"}),
        ("unknown", {"R1-FUND", "HELD", "SOLD"}),
        ("expired", {"R1-FUND", "HELD", "SOLD"}),
        ("last day", {"R1-FUND", "R2-FUND", "R5-FUND", "HELD", "SOLD"}),
        ("professional", {"R1-FUND", "R2-FUND", "R5-FUND", "HELD", "SOLD"}),
        ("closed", set()),
        ("no cash", set()),
    ],
)
def test_what_is_offered_to_a_client_that_is(found: list[Row], client: str, expected: set[str]) -> None:
    assert set(of(found, client)) == expected


def test_two_accounts_count_with_the_lowest_level_and_the_cash_of_both(found: list[Row]) -> None:
    assert set(of(found, "two levels")) == {"R1-FUND", "R2-FUND", "HELD", "SOLD", "DEAR"}
    assert {row["client_risk_level"] for row in found if row["client_id"] == "two levels"} == {"C2"}


def test_what_was_sold_is_not_offered_for_thirty_days(found: list[Row]) -> None:
    """`bold` sold thirty days before the last session, `careful` thirty-one."""
    assert ["SOLD" in of(found, "bold", day) for day in RUN] == [False, False, False]
    assert ["SOLD" in of(found, "careful", day) for day in RUN] == [False, False, True]


def test_reasons(found: list[Row]) -> None:
    bold = next(row for row in found if row["client_id"] == "bold" and row["session_date"] == DAY)
    assert (bold["reason_code"], bold["explanation"]) == ("similar_to_held", "Because you hold Held Inc.")
    new = next(row for row in found if row["client_id"] == "careful" and row["session_date"] == DAY)
    assert new["reason_code"] == "popular_and_suitable"
    assert (new["model_name"], new["rule_version"], new["product_risk_level"]) == (
        "ease-small",
        "suitability-1",
        "R1",
    )


def test_any_cut_of_a_run_gives_the_same_lists(spark: SparkSession, found: list[Row]) -> None:
    cut = offered(spark, RUN[:1]) + offered(spark, RUN[1:])
    assert {row["session_date"] for row in found} == set(RUN)
    assert cut == found


def test_an_unsuitable_row_stops_the_session_before_it_is_published(spark: SparkSession) -> None:
    planted = {"client_risk_level": "C2", "risk_level_expires_date": "2023-06-30", "client_type": "ordinary"}
    good = {**planted, "rank": 1, "product_risk_level": "R2"}
    assert examine(frame(spark, RECOMMENDATIONS_DAILY, good), RECOMMENDATIONS_DAILY, [DAY]) == {DAY: []}
    for bad in (
        {**planted, "rank": 2, "product_risk_level": "R3"},
        {**planted, "rank": 2, "product_risk_level": "R2", "risk_level_expires_date": "2022-12-22"},
        {**planted, "rank": 2, "product_risk_level": "R2", "risk_level_expires_date": None},
        {**planted, "rank": 2, "product_risk_level": "R2", "client_risk_level": None},
    ):
        rows = frame(spark, RECOMMENDATIONS_DAILY, good, bad)
        (broken,) = examine(rows, RECOMMENDATIONS_DAILY, [DAY])[DAY]
        assert (broken.subject, broken.n_rows) == ("suitable", 1)


def test_a_filter_that_lets_everything_through_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    def everything(levels: list[int], products: list[str]) -> NDArray[np.bool_]:
        return np.ones((len(levels), len(products)), dtype=np.bool_)

    client = {
        "client_id": "C", "client_type": "ordinary", "client_risk_level": "C2", "free_cash_amount": 9, "held": ["A"],
        "risk_level_expires_date": DAY, "not_now": None,
    }  # fmt: skip
    other = {**client, "client_id": "D", "held": ["A", "B"]}
    products = [
        {"instrument_id": name, "instrument_name": name, "product_risk_level": level, "minimum_order_amount": 1, "may_be_traded": True}
        for name, level in (("A", "R1"), ("B", "R3"))
    ]  # fmt: skip
    none = np.array([], dtype=np.int32)
    history = History((), (), none, none, none, np.array([]))
    assert isinstance(SMALL, Params)
    day = Day(DAY, [client, other], products)
    assert lists(day, history, DAY, SMALL.of_lists) == []
    monkeypatch.setattr(lists_module, "suitable", everything)
    with pytest.raises(
        UnsuitableRecommendation, match=r"client C .* at most R2 .* recommended B of level R3"
    ):
        lists(day, history, DAY, SMALL.of_lists)
