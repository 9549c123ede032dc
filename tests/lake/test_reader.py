"""What analysts ask and get, without a JVM."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from lake.errors import QueryError, UnknownTable
from lake.reader import query
from lake.settings import Settings
from schemas import catalog
from tests.written import new_lake, write

CASH = catalog.table("gold.cash_daily")
VALUE_AT_RISK = catalog.table("gold.value_at_risk_daily")
FILLS = catalog.table("silver.fills")


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = new_lake(tmp_path_factory.mktemp("lake"))
    write(settings, FILLS, {"fill_id": "f-1", "price": "10.25"}, {"fill_id": "f-2", "price": "10.50"})
    write(settings, VALUE_AT_RISK,
          {"session_date": "2022-12-22", "revision": 1, "portfolio_id": "a"},
          {"session_date": "2022-12-23", "revision": 1, "portfolio_id": "b"},
          {"session_date": "2022-12-23", "revision": 2, "portfolio_id": "c"})  # fmt: skip
    write(settings, catalog.table("quarantine.events"), {"raw": b"a person's data", "origin_offset": 7})
    write(settings, catalog.table("bronze.events"), {"raw": b"a person's data", "origin_offset": 7})
    return settings


@pytest.mark.parametrize(
    "name", ["silver.fills", "fills", '"silver"."fills"', "fills AS x", "/* a */ fills -- b"]
)
def test_a_table_goes_by_its_full_and_its_short_name(lake: Settings, name: str) -> None:
    answer = query(lake, f"SELECT fill_id, price FROM {name} ORDER BY fill_id")
    assert answer.to_pylist() == [
        {"fill_id": "f-1", "price": Decimal("10.2500")},
        {"fill_id": "f-2", "price": Decimal("10.5000")},
    ]


def test_a_name_of_the_query_s_own_hides_a_table(lake: Settings) -> None:
    assert query(lake, "WITH fills AS (SELECT 1 AS n) SELECT n FROM fills").to_pylist() == [{"n": 1}]


@pytest.mark.parametrize("name", ["gold.value_at_risk_daily_latest", "value_at_risk_daily_latest"])
def test_the_latest_revision_of_each_session(lake: Settings, name: str) -> None:
    answer = query(lake, f"SELECT session_date, portfolio_id FROM {name} ORDER BY session_date")
    assert answer.to_pylist() == [
        {"session_date": date(2022, 12, 22), "portfolio_id": "a"},
        {"session_date": date(2022, 12, 23), "portfolio_id": "c"},
    ]


def test_every_revision_is_there_under_the_table_s_own_name(lake: Settings) -> None:
    assert query(lake, "SELECT count(*) AS n FROM gold.value_at_risk_daily").to_pylist() == [{"n": 3}]


def test_a_limit_is_kept(lake: Settings) -> None:
    assert query(lake, "SELECT * FROM value_at_risk_daily", limit=2).num_rows == 2


@pytest.mark.parametrize(
    ("sql", "sentence"),
    [
        ("", "the query is empty"),
        ("DROP TABLE silver.fills", "DROP is not answered: only a query is"),
        ("COPY (SELECT 1) TO '/tmp/x.csv'", "COPY is not answered"),
        ("CREATE EXTERNAL TABLE x STORED AS CSV LOCATION '/etc/passwd'", "CREATE is not answered"),
        ("SELECT 1; DROP TABLE x", "more than one statement"),
        ("SELECT FROM WHERE x", "there is no table WHERE"),
        ("SELECT count( FROM fills", "the query cannot be read: "),
        ("SELECT pricee FROM fills", "there is no column pricee; did you mean price?"),
        ("SELECT nothing_like_it FROM gold.cash_daily", "the columns are account_id, "),
        ("SELECT 1 / 0", "Divide by zero"),
        ("SELECT sum(price, 1) FROM fills", "failed to match any signature"),
    ],
)  # fmt: skip
def test_what_is_not_answered_is_said_in_one_sentence(lake: Settings, sql: str, sentence: str) -> None:
    with pytest.raises(QueryError) as caught:
        query(lake, sql)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("fillz", "did you mean fills?"),
        ("gold.cash_dayly", "did you mean gold.cash_daily"),
        ("alerts", "write silver.alerts or gold.alerts"),
        ("xyz", "the tables are gold.alerts, gold.cash_daily, "),
        ("bronze.events", "read by the service only"),
        ('"bronze"."events"', "read by the service only"),
        ("being_registered", "there is no table being_registered"),
    ],
)
def test_an_unknown_table_is_named_with_what_comes_close(lake: Settings, name: str, sentence: str) -> None:
    with pytest.raises(UnknownTable, match=sentence):
        query(lake, f"SELECT * FROM {name}")


def test_analysts_see_no_bytes_as_received(lake: Settings) -> None:
    seen = query(lake, "SELECT * FROM quarantine.events").column_names
    assert "origin_offset" in seen
    assert not {"raw", "headers", "event_key"} & set(seen)
    with pytest.raises(QueryError, match="there is no column raw"):
        query(lake, "SELECT raw FROM quarantine.events")


def test_the_service_sees_them(lake: Settings) -> None:
    for name in ("bronze.events", "quarantine.events"):
        answer = query(lake, f"SELECT raw FROM {name}", for_service=True)
        assert answer.to_pylist() == [{"raw": b"a person's data"}]


def test_a_lake_that_was_never_made(tmp_path: Path) -> None:
    settings = Settings.from_environment({"BROKERLAKE_ROOT": str(tmp_path)})
    with pytest.raises(QueryError, match=r"silver\.fills was never created .* `make up`"):
        query(settings, "SELECT * FROM fills")
