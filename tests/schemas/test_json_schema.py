"""The JSON Schema of an event: fills by literal, good and bad records judged by an independent validator."""

from dataclasses import replace

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from schemas import fields as f
from schemas.behaviour import WEB_ACCESS
from schemas.declaration import BINARY, DOUBLE, Column, DeclarationError, Type
from schemas.json_schema import json_schema
from schemas.market import INSTRUMENT
from schemas.transactions import FILL

ID_PATTERN = "^(?:[A-Za-z0-9][A-Za-z0-9._:/-]{0,63})$"
INSTANT_PATTERN = (
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})$"
)
A_FILL = {
    "mic_code": "XNYS",
    "session_date": "2022-12-23",
    "fill_id": "fill-1",
    "side": "buy",
    "report_type": "fill",
    "order_id": "order-1",
    "account_id": "account-1",
    "instrument_id": "AAPL",
    "quantity": "10.5",
    "price": "131.8600",
    "fee_amount": "0.01",
    "currency_code": "USD",
    "liquidity_flag": "added",
    "executed_at": "2022-12-23T10:00:00.123456-05:00",
    "reported_at": "2022-12-23T15:00:01Z",
}
A_FUND = {
    "effective_date": "2022-12-23",
    "instrument_id": "FUND1",
    "mic_code": "XNYS",
    "instrument_name": "First fund",
    "instrument_type": "fund",
    "currency_code": "USD",
    "product_risk_level": "R3",
    "minimum_order_amount": "0",
    "is_tradable": True,
    "basket": [{"instrument_id": "AAPL", "weight_ratio": "1"}],
    "recorded_at": "2022-12-23T00:00:00Z",
}


def test_the_schema_of_fills() -> None:
    schema = json_schema(FILL)
    assert {keyword: value for keyword, value in schema.items() if keyword != "properties"} == {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "brokerlake:transactions.fills.v1",
        "title": "transactions.fills.v1",
        "description": "One execution report, as the venue sent it: a fill, its correction or its bust.",
        "type": "object",
        "required": [
            "mic_code", "session_date", "fill_id", "side", "report_type", "order_id", "account_id", "instrument_id",
            "quantity", "price", "fee_amount", "currency_code", "liquidity_flag", "executed_at", "reported_at",
        ],
        "additionalProperties": True,
        "x-key": ["mic_code", "session_date", "fill_id", "side"],
        "x-happened-at": "executed_at",
        "x-dated-by": "session_date",
        "x-subject": "account_id",
        "x-promises": {"corrections_point_back": "(report_type = 'fill') = (corrects_fill_id IS NULL)"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "quantity",
            {
                "type": "string",
                "pattern": "^-?(0|[1-9][0-9]{0,11})([.][0-9]{1,8})?$",
                "x-exclusiveMinimum": "0",
                "description": "Always positive; the side carries the sign.",
                "x-unit": "units",
                "x-class": "internal",
            },
        ),
        (
            "corrects_fill_id",
            {
                "type": ["string", "null"],
                "pattern": ID_PATTERN,
                "minLength": 1,
                "description": "The report that a correction or bust points at.",
                "x-class": "internal",
            },
        ),
        (
            "side",
            {
                "type": "string",
                "minLength": 1,
                "enum": ["buy", "sell"],
                "description": "The side, which signs the quantity.",
                "x-class": "internal",
            },
        ),
        (
            "executed_at",
            {
                "type": "string",
                "format": "date-time",
                "pattern": INSTANT_PATTERN,
                "description": "When the fill happened.",
                "x-class": "internal",
            },
        ),
    ],
)
def test_the_schema_of_a_column(name: str, expected: dict[str, object]) -> None:
    assert json_schema(FILL)["properties"][name] == expected


def test_an_optional_enumeration_allows_null() -> None:
    level = json_schema(replace(FILL, columns=(*FILL.columns, f.CLIENT_RISK_LEVEL)))["properties"][
        "client_risk_level"
    ]
    assert (level["type"], level["enum"][-1]) == (["string", "null"], None)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Type.decimal(4, 4), {"type": "string", "pattern": "^-?0([.][0-9]{1,4})?$"}),
        (Type.decimal(3, 0), {"type": "string", "pattern": "^-?(0|[1-9][0-9]{0,2})$"}),
        (Type.decimal(1, 0), {"type": "string", "pattern": "^-?(0|[1-9][0-9]{0,0})$"}),
        (DOUBLE, {"type": "number"}),
        (BINARY, {"type": "string", "contentEncoding": "base64"}),
    ],
)
def test_the_schema_of_a_type(kind: Type, expected: dict[str, object]) -> None:
    column = Column("it", kind, "It.", unit="its")
    schema = json_schema(replace(FILL, columns=(*FILL.columns, column)))["properties"]["it"]
    assert schema == {**expected, "description": "It.", "x-unit": "its", "x-class": "internal"}


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({}, id="plain"),
        pytest.param({"corrects_fill_id": None}, id="an optional column is null"),
        pytest.param({"corrects_fill_id": "fill-0", "report_type": "bust"}, id="an optional column is given"),
        pytest.param({"quantity": "999999999999.99999999"}, id="twelve digits and eight places"),
        pytest.param({"liquidity_note": "new"}, id="a column that is not known yet"),
    ],
)
def test_good_fills(changed: dict[str, object]) -> None:
    Draft202012Validator(json_schema(FILL)).validate({**A_FILL, **changed})


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        pytest.param({"quantity": 10.5}, "quantity", id="a decimal as a number"),
        pytest.param({"quantity": "1000000000000"}, "quantity", id="thirteen digits"),
        pytest.param({"quantity": "0.123456789"}, "quantity", id="nine places"),
        pytest.param({"quantity": "1e3"}, "quantity", id="an exponent"),
        pytest.param({"quantity": "NaN"}, "quantity", id="not a number"),
        pytest.param({"quantity": None}, "quantity", id="a required column is null"),
        pytest.param({"side": "short"}, "side", id="outside the list"),
        pytest.param({"currency_code": "usd"}, "currency_code", id="against the pattern"),
        pytest.param({"fill_id": ""}, "fill_id", id="an empty text"),
        pytest.param({"executed_at": "2022-12-23T15:00:00"}, "executed_at", id="no offset"),
        pytest.param(
            {"executed_at": "2022-12-23T15:00:00.1234567Z"}, "executed_at", id="seven fractional digits"
        ),
        pytest.param({"executed_at": "2022-12-23"}, "executed_at", id="a day for an instant"),
        pytest.param({"session_date": "2022-12-23T00:00:00Z"}, "session_date", id="an instant for a day"),
    ],
)
def test_bad_fills(changed: dict[str, object], field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Draft202012Validator(json_schema(FILL)).validate({**A_FILL, **changed})
    assert list(caught.value.absolute_path) == [field]


def test_a_missing_column_is_named() -> None:
    without = {name: value for name, value in A_FILL.items() if name != "price"}
    with pytest.raises(ValidationError, match="'price' is a required property"):
        Draft202012Validator(json_schema(FILL)).validate(without)


def test_arrays_of_structs() -> None:
    validator = Draft202012Validator(json_schema(INSTRUMENT))
    validator.validate(A_FUND)
    wrong = {**A_FUND, "basket": [{"instrument_id": "AAPL", "weight_ratio": 1}]}
    with pytest.raises(ValidationError) as caught:
        validator.validate(wrong)
    assert list(caught.value.absolute_path) == ["basket", 0, "weight_ratio"]


def test_raw_lines_have_no_schema() -> None:
    with pytest.raises(DeclarationError, match=r"behaviour\.web_access\.v1 carries raw lines"):
        json_schema(WEB_ACCESS)


def test_bounds_of_numbers_are_checked() -> None:
    validator = Draft202012Validator(json_schema(FILL)["properties"]["quantity"])
    assert validator.is_valid("-1"), (
        "the bound of a decimal is an annotation: JSON Schema cannot compare texts"
    )
    rank = Column("rank", f.RANK.type, "It.", unit="places", checks=f.RANK.checks)
    schema = json_schema(replace(FILL, columns=(*FILL.columns, rank)))["properties"]["rank"]
    assert [Draft202012Validator(schema).is_valid(value) for value in (0, 1, 1.5)] == [False, True, False]
