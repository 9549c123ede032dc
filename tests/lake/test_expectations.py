"""The suite and the gate read the same declaration in different ways, and must come to the same verdict."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import count
from math import inf, nan
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lake.expectations import SecondOpinion, suite_of
from lake.gate import examine
from schemas import catalog
from schemas import fields as f
from schemas.checks import AtLeast, AtMost
from schemas.declaration import DOUBLE, Column, Promise, Table
from schemas.provenance import MADE
from tests.rows import DAY, Case, frame

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

WEIGHT = Column("weight_ratio", DOUBLE, "Part of the book.", unit="fraction", checks=(AtLeast(0), AtMost(1)))
TREND = Column("trend_ratio", DOUBLE, "Against the month before.", unit="ratio", required=False)
HOLDINGS = Table(
    name="gold.holdings",
    doc="A little of everything that can be promised.",
    domain="transactions",
    key=(f.SESSION_DATE, f.ACCOUNT_ID, f.REVISION),
    columns=(f.SESSION_DATE, f.ACCOUNT_ID, f.REVISION, f.SIDE, f.QUANTITY, f.LIMIT_PRICE, WEIGHT, TREND),
    promises=(
        Promise("fits", "weight_ratio * limit_price <= 100", "No holding outweighs the limit."),
        Promise("no_braces", "account_id NOT LIKE '{%}'", "An account is not put in braces."),
    ),
    provenance=MADE,
    second_answer="revise",
    sessions_by=f.SESSION_DATE,
    min_rows=1,
)
GOOD: Case = {"account_id": "account-1", "weight_ratio": 0.5}
OTHER: Case = {"account_id": "account-2", "weight_ratio": 0.5}

KEPT = {
    "plain rows": [GOOD, OTHER],
    "values on their bounds": [
        {**GOOD, "weight_ratio": 0, "quantity": "0.00000001"},
        {**OTHER, "weight_ratio": 1},
    ],
    "a promise about what is not known": [{**GOOD, "limit_price": None}],
    "a promise at its boundary": [{**GOOD, "limit_price": 200}],
    "another session's broken rows": [GOOD, {**GOOD, "session_date": "2022-12-22", "weight_ratio": nan}],
}
BROKEN: dict[str, tuple[list[Case], set[str]]] = {
    "no rows": ([], {"row_count"}),
    "rows of another session only": ([{**GOOD, "session_date": "2022-12-22"}], {"row_count"}),
    "a required value is null": ([GOOD, {**OTHER, "side": None}], {"missing"}),
    "a number on an open bound": ([GOOD, {**OTHER, "quantity": 0}], {"out_of_range"}),
    "a number just below its range": ([GOOD, {**OTHER, "weight_ratio": -1e-300}], {"out_of_range"}),
    "a number just above its range": ([GOOD, {**OTHER, "weight_ratio": 1.0000000000000002}], {"out_of_range"}),
    "a text that is not in its list": ([GOOD, {**OTHER, "side": "Buy"}], {"not_allowed"}),
    "a text that matches only in part": ([GOOD, {**OTHER, "account_id": "account 2"}], {"pattern"}),
    "an optional number is NaN": ([GOOD, {**OTHER, "trend_ratio": nan}], {"not_finite"}),
    "an optional number is infinite": ([GOOD, {**OTHER, "trend_ratio": -inf}], {"not_finite"}),
    "a key twice, revision aside": ([{**GOOD, "revision": 1}, {**GOOD, "revision": 2}], {"doubled_key"}),
    "a promise about two columns": ([GOOD, {**OTHER, "limit_price": "200.0001"}], {"promise"}),
    "a promise with braces": ([GOOD, {**OTHER, "account_id": "{2}"}], {"promise", "pattern"}),
}  # fmt: skip


@pytest.fixture(scope="module")
def opinion(tmp_path_factory: pytest.TempPathFactory) -> SecondOpinion:
    return SecondOpinion(tmp_path_factory.mktemp("data_docs"))


def gate_codes(spark: SparkSession, cases: list[Case]) -> set[str]:
    found = examine(frame(spark, HOLDINGS, *cases), HOLDINGS, [DAY, date(2022, 12, 22)])
    return {broken.code for broken in found[DAY]}


@pytest.mark.parametrize("cases", KEPT.values(), ids=KEPT.keys())
def test_both_pass(spark: SparkSession, opinion: SecondOpinion, cases: list[Case]) -> None:
    made = frame(spark, HOLDINGS, *cases).drop("revision")
    assert gate_codes(spark, cases) == set()
    assert opinion.examine(made, HOLDINGS, DAY)


@pytest.mark.parametrize(("cases", "codes"), BROKEN.values(), ids=BROKEN.keys())
def test_both_fail(spark: SparkSession, opinion: SecondOpinion, cases: list[Case], codes: set[str]) -> None:
    made = frame(spark, HOLDINGS, *cases).drop("revision")
    assert gate_codes(spark, cases) == codes
    assert not opinion.examine(made, HOLDINGS, DAY)


def test_spark_judges_sessions_of_more_rows_alike(spark: SparkSession, tmp_path: Path) -> None:
    opinion = SecondOpinion(tmp_path, most_in_memory=1)
    whole = frame(spark, HOLDINGS, *KEPT["plain rows"]).drop("revision")
    assert opinion.examine(whole, HOLDINGS, DAY)
    for name in ("an optional number is NaN", "a promise about two columns", "a key twice, revision aside"):
        broken = frame(spark, HOLDINGS, *BROKEN[name][0]).drop("revision")
        assert not opinion.examine(broken, HOLDINGS, DAY), name
    judged_by = {path.stem.split("-")[0] for path in (tmp_path / "results").rglob("*.json")}
    assert judged_by == {"spark"}
    assert not [view.name for view in spark.catalog.listTables() if view.isTemporary]


def test_a_table_that_may_be_empty_passes_without_rows(spark: SparkSession, opinion: SecondOpinion) -> None:
    alerts = catalog.table("gold.alerts")
    assert opinion.examine(frame(spark, alerts), alerts, DAY)


def test_a_key_of_one_column_is_unique(spark: SparkSession, opinion: SecondOpinion) -> None:
    days = Table("gold.days", "One row a day.", "market", (f.SESSION_DATE,), (f.SESSION_DATE, TREND))
    assert opinion.examine(frame(spark, days, {}), days, DAY)
    assert not opinion.examine(frame(spark, days, {}, {"trend_ratio": 2}), days, DAY)


def test_nothing_of_it_stays_in_the_session(spark: SparkSession, opinion: SecondOpinion) -> None:
    cached = spark.sparkContext._jsc.getPersistentRDDs().size()
    opinion.examine(frame(spark, HOLDINGS, GOOD), HOLDINGS, DAY)
    assert spark.sparkContext._jsc.getPersistentRDDs().size() == cached
    assert not [view.name for view in spark.catalog.listTables() if view.isTemporary]


def test_pages_show_every_result_and_no_values(spark: SparkSession, tmp_path: Path) -> None:
    first = SecondOpinion(tmp_path, now=_clock())
    first.examine(frame(spark, HOLDINGS, GOOD), HOLDINGS, DAY)
    # None of them can be part of an id or of a time.
    values = {"account_id": "account-unshown", "limit_price": "27182.8182", "weight_ratio": 31415.926}
    first.examine(frame(spark, HOLDINGS, values), HOLDINGS, DAY)
    index = first.write_docs().read_text()
    assert (index.count(">passed<"), index.count(">failed: 2 broken<")) == (1, 1)
    assert 'href="expectations/gold/holdings.html"' in index

    passed, failed = (page.read_text() for page in sorted((tmp_path / "validations").rglob("*.html")))
    assert "Passed" not in failed
    assert "Failed" in failed.split("Status")[1][:200]
    for sentence in ("No holding outweighs the limit.", "weight_ratio is at most 1"):
        assert sentence in passed
        assert sentence in failed
    kept = [path.read_text() for path in tmp_path.rglob("*.*") if path.suffix in (".json", ".html")]
    assert not [text for text in kept for value in ("unshown", "27182.8", "31415.9") if value in text]


def test_results_of_earlier_runs_stay(spark: SparkSession, tmp_path: Path) -> None:
    clock = _clock()
    for _ in range(2):
        again = SecondOpinion(tmp_path, now=clock)
        again.examine(frame(spark, HOLDINGS, GOOD), HOLDINGS, DAY)
        index = again.write_docs().read_text()
    assert index.count(">passed<") == 2
    assert "2026-01-01T00:00:00" in index
    assert "2026-01-01T00:01:00" in index


@pytest.mark.parametrize("table", catalog.TABLES, ids=lambda table: table.name)
def test_every_table_has_a_suite_that_counts_rows_first(table: Table) -> None:
    suite = suite_of(table)
    assert suite.expectations[0].expectation_type == "expect_table_row_count_to_be_between"
    named = {expectation.configuration.kwargs.get("column") for expectation in suite.expectations}
    required = {column.name for column in table.columns if column.required} - {"revision"}
    assert named - {None} >= required
    assert not named & {"revision", *(column.name for column in table.provenance)}


def _clock():
    minutes = count()
    return lambda: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=next(minutes))
