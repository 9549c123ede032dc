"""Test rows and strategies follow from the declarations."""

import json
import re
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from schemas.catalog import EVENTS, TABLES
from schemas.checks import Above, AtLeast, AtMost, Matches, OneOf
from schemas.clients import ACCOUNTS
from schemas.declaration import Type
from schemas.json_schema import json_schema
from schemas.market import INSTRUMENTS
from schemas.transactions import FILL, FILLS
from tests.rows import RowError, arrow_table, plain, rows, taken
from tests.strategies import KEEPERS, records, values

JSON_EVENTS = [event for event in EVENTS if not event.raw_line]
COLUMNS = {column.name: column for table in TABLES for column in table.all_columns}


def test_a_case_names_only_what_it_is_about() -> None:
    bought, sold = rows(FILL, {"side": "buy", "quantity": 10}, {"side": "sell", "quantity": "4.5"})
    assert bought == {
        "mic_code": "XNYS",
        "session_date": date(2022, 12, 23),
        "fill_id": "fill-1",
        "side": "buy",
        "report_type": "fill",
        "corrects_fill_id": None,
        "order_id": "order-1",
        "account_id": "account-1",
        "instrument_id": "instrument-1",
        "quantity": Decimal("10"),
        "price": Decimal("1"),
        "fee_amount": Decimal("1"),
        "currency_code": "USD",
        "liquidity_flag": "added",
        "counterparty_id": None,
        "executed_at": datetime(2022, 12, 23, 15, tzinfo=UTC),
        "reported_at": datetime(2022, 12, 23, 15, tzinfo=UTC),
    }
    assert sold == {**bought, "side": "sell", "quantity": Decimal("4.5")}


def test_an_unknown_column_is_named() -> None:
    with pytest.raises(RowError, match=r"silver\.fills has no column qty; it has mic_code, .*quantity"):
        rows(FILLS, {"qty": 10})


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        pytest.param("decimal", 10, Decimal("10"), id="integer as decimal"),
        pytest.param("decimal", 0.1, Decimal("0.1"), id="float as the decimal it prints"),
        pytest.param("date", "2022-12-23", date(2022, 12, 23), id="text as date"),
        pytest.param("timestamp", "2022-12-23T15:00:00Z", datetime(2022, 12, 23, 15, tzinfo=UTC), id="UTC"),
        pytest.param(
            "timestamp", "2022-12-23T10:00-05:00", datetime(2022, 12, 23, 15, tzinfo=UTC), id="New York"
        ),
        pytest.param(
            "timestamp", "2022-12-23T15:00", datetime(2022, 12, 23, 15, tzinfo=UTC), id="no offset is UTC"
        ),
        pytest.param("double", 2, 2.0, id="integer as double"),
        pytest.param("integer", None, None, id="missing stays missing"),
    ],
)
def test_values_become_their_declared_type(kind: str, given: object, expected: object) -> None:
    assert taken("it", Type(kind, 20, 8), given) == expected


def test_instants_are_kept_in_utc() -> None:
    new_york = datetime(2022, 12, 23, 10, tzinfo=timezone(timedelta(hours=-5)))
    assert taken("it", Type("timestamp"), new_york).tzinfo == UTC


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("integer", "10"),
        ("integer", True),
        ("string", 10),
        ("boolean", 1),
        ("double", "1"),
        ("date", 20221223),
    ],
)
def test_a_value_of_another_type_is_named(kind: str, wrong: object) -> None:
    with pytest.raises(RowError, match=r"it is .*, and .* is none"):
        taken("it", Type(kind), wrong)


def test_arrays_of_structs_are_taken_too() -> None:
    row = rows(INSTRUMENTS, {"basket": [{"instrument_id": "instrument-2", "weight_ratio": "0.5"}]})[0]
    assert row["basket"] == [{"instrument_id": "instrument-2", "weight_ratio": Decimal("0.5")}]


def test_an_arrow_table_has_the_declared_types_in_declared_order() -> None:
    table = arrow_table(FILLS, {"quantity": 10})
    assert table.schema.names == [column.name for column in FILLS.all_columns]
    assert table.schema.field("quantity").type == pa.decimal128(20, 8)
    assert table.schema.field("executed_at").type == pa.timestamp("us", tz="UTC")
    assert table.schema.field("session_date").type == pa.date32()
    assert table.column("quantity").to_pylist() == [Decimal("10")]


def test_no_cases_make_an_empty_arrow_table() -> None:
    assert arrow_table(ACCOUNTS).num_rows == 0


@pytest.mark.parametrize("name", sorted(COLUMNS))
def test_plain_values_keep_every_check(name: str) -> None:
    column = COLUMNS[name]
    value = plain(column)
    assert (value is None) == (not column.required)
    assert value is None or all(keeps(check, value) for check in column.checks)


@given(st.data())
def test_drawn_values_keep_every_check(data: st.DataObject) -> None:
    column = data.draw(st.sampled_from(sorted(COLUMNS.values(), key=lambda column: column.name)))
    value = data.draw(values(column))
    assert value is None or all(keeps(check, value) for check in column.checks)


@pytest.mark.parametrize("event", JSON_EVENTS, ids=lambda event: event.topic)
def test_drawn_records_keep_the_json_schema(event) -> None:
    validator = Draft202012Validator(json_schema(event))

    @settings(max_examples=25)
    @given(records(event))
    def valid(record: dict[str, object]) -> None:
        validator.validate(json.loads(json.dumps(record)))

    valid()


def test_every_promise_of_an_event_has_a_keeper() -> None:
    assert {promise.name for event in JSON_EVENTS for promise in event.promises} == set(KEEPERS)


def keeps(check: object, value: object) -> bool:
    match check:
        case Above(bound):
            return value > bound
        case AtLeast(bound):
            return value >= bound
        case AtMost(bound):
            return value <= bound
        case OneOf(allowed):
            return value in allowed
        case Matches(pattern):
            return re.fullmatch(pattern, value) is not None
    raise AssertionError(f"no oracle for {check}")
