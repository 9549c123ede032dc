"""Each rule of a column, at its boundary."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from ingestion.publishing.records import violations
from schemas import fields as f
from schemas.behaviour import APP_EVENT
from schemas.catalog import EVENTS
from schemas.declaration import BOOLEAN, DOUBLE, Column, Event, Type
from schemas.json_schema import json_schema
from tests.strategies import records

NARROW = Column("narrow_price", Type.decimal(6, 2), "A price.", unit="USD", checks=f.PRICE.checks)
RATIO = Column("some_ratio", Type.decimal(6, 4), "A share.", unit="fraction of one", checks=f.SHARE)
MEASURED = Column("measured", DOUBLE, "A number.", unit="points").optional()
IS_GOOD = Column("is_good", BOOLEAN, "Whether.").optional()
EVENT = Event(
    topic="market.samples.v1",
    doc="A record with a column of each kind.",
    key=(f.SESSION_DATE,),
    happened_at=f.QUOTED_AT,
    dated_by=f.SESSION_DATE,
    columns=(
        f.SESSION_DATE,
        f.QUOTED_AT,
        NARROW,
        RATIO,
        f.ORDER_STEP,
        f.SIDE,
        f.MIC_CODE,
        MEASURED,
        IS_GOOD,
        f.BASKET,
        f.IP_ADDRESS,
    ),
)
GOOD = {
    "session_date": "2022-12-23",
    "quoted_at": "2022-12-23T15:00:00.000001Z",
    "narrow_price": "0.01",
    "some_ratio": "1",
    "order_step": 1,
    "side": "buy",
    "mic_code": "XNYS",
    "ip_address": "192.0.2.1",
}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"narrow_price": "9999.99"},
        {"some_ratio": "0"},
        {"some_ratio": "0.0000"},
        {"order_step": 2**63 - 1},
        {"measured": -1.5},
        {"measured": 3},
        {"measured": None},
        {"is_good": False},
        {"basket": []},
        {"basket": [{"instrument_id": "AAPL", "weight_ratio": "1.00000000"}]},
        {"quoted_at": "2022-12-23T15:00:00Z"},
        {"quoted_at": "2022-12-23T10:00:00-05:00"},
        {"session_date": "2024-02-29"},
    ],
)
def test_kept(change: dict[str, object]) -> None:
    assert violations(EVENT, {**GOOD, **change}) == ()


DECIMAL = "a decimal(6,2) has at most 4 digits before the point and 2 after it"
INSTANT = "an instant with its offset is wanted, like 2022-12-23T21:00:00.000000Z"
BROKEN = [
    ("missing", {"side": None}, "side is missing and is required"),
    ("empty text", {"side": ""}, "side is '': an empty text stands for nothing; what is missing is null"),
    ("decimal as a number", {"narrow_price": 1.5}, "narrow_price is 1.5: a decimal(6,2) travels as text"),
    ("one place too many", {"narrow_price": "1.001"}, f"narrow_price is '1.001': {DECIMAL}"),
    ("one digit too many", {"narrow_price": "10000.00"}, f"narrow_price is '10000.00': {DECIMAL}"),
    ("decimal not finite", {"narrow_price": "NaN"}, "narrow_price is 'NaN': a number is finite"),
    (
        "decimal in scientific notation",
        {"narrow_price": "1e2"},
        "narrow_price is '1e2': a decimal(6,2) is written with digits and one point",
    ),
    ("at the bound of Above", {"narrow_price": "0.00"}, "narrow_price is '0.00': narrow_price is above 0"),
    ("below AtLeast", {"some_ratio": "-0.0001"}, "some_ratio is '-0.0001': some_ratio is at least 0"),
    ("above AtMost", {"some_ratio": "1.0001"}, "some_ratio is '1.0001': some_ratio is at most 1"),
    ("integer below AtLeast", {"order_step": 0}, "order_step is 0: order_step is at least 1"),
    ("integer as text", {"order_step": "1"}, "order_step is '1': a whole number is wanted"),
    ("integer as a float", {"order_step": 1.0}, "order_step is 1.0: a whole number is wanted"),
    ("integer as a boolean", {"order_step": True}, "order_step is True: a whole number is wanted"),
    (
        "integer of 65 bits",
        {"order_step": 2**63},
        "order_step is 9223372036854775808: a whole number has at most 64 bits",
    ),
    ("not in the list", {"side": "hold"}, "side is 'hold': side is one of buy, sell"),
    ("text of another type", {"side": 1}, "side is 1: a text is wanted"),
    ("pattern", {"mic_code": "XNY"}, "mic_code is 'XNY': mic_code matches [A-Z0-9]{4}"),
    ("pattern and a line end", {"mic_code": "XNYS\n"}, "mic_code is 'XNYS\\n': mic_code matches [A-Z0-9]{4}"),
    ("half a character", {"mic_code": "\ud800"}, "mic_code is '\\ud800': the text is not valid Unicode"),
    ("double not a number", {"measured": float("nan")}, "measured is nan: a number is finite"),
    ("double infinite", {"measured": float("-inf")}, "measured is -inf: a number is finite"),
    ("double as text", {"measured": "1.5"}, "measured is '1.5': a number is wanted"),
    ("boolean as text", {"is_good": "true"}, "is_good is 'true': true or false is wanted"),
    ("boolean as a number", {"is_good": 1}, "is_good is 1: true or false is wanted"),
    (
        "instant without offset",
        {"quoted_at": "2022-12-23T15:00:00"},
        f"quoted_at is '2022-12-23T15:00:00': {INSTANT}",
    ),
    (
        "instant that does not exist",
        {"quoted_at": "2022-12-23T25:00:00Z"},
        f"quoted_at is '2022-12-23T25:00:00Z': {INSTANT}, and this one does not exist",
    ),
    (
        "day that does not exist",
        {"session_date": "2022-02-29"},
        "session_date is '2022-02-29': a day is wanted, like 2022-12-23, and this one does not exist",
    ),
    (
        "day in another form",
        {"session_date": "20221223"},
        "session_date is '20221223': a day is wanted, like 2022-12-23",
    ),
    ("list of another type", {"basket": "AAPL"}, "basket is 'AAPL': a list is wanted"),
    (
        "second item without a field",
        {"basket": [{"instrument_id": "A", "weight_ratio": "1"}, {"instrument_id": "B"}]},
        "item 2: an object with instrument_id, weight_ratio is wanted",
    ),
    (
        "a field inside an item",
        {"basket": [{"instrument_id": "A", "weight_ratio": 1}]},
        "item 1: weight_ratio: a decimal(12,8) travels as text",
    ),
    ("unknown column", {"colour": "red"}, "colour is no column of market.samples.v1"),
    ("personal value not repeated", {"ip_address": 3221225985}, "ip_address is its value: a text is wanted"),
]


@pytest.mark.parametrize(
    ("change", "sentence"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN]
)
def test_broken(change: dict[str, object], sentence: str) -> None:
    (found,) = violations(EVENT, {**GOOD, **change})
    assert found.endswith(sentence)


def test_every_broken_rule_is_named() -> None:
    found = violations(EVENT, {**GOOD, "side": "hold", "order_step": 0, "colour": "red"})
    assert [sentence.split()[0] for sentence in found] == ["order_step", "side", "colour"]


JSON_EVENTS = [event for event in EVENTS if not event.raw_line]


@given(st.data())
def test_no_valid_record_of_any_event_is_refused(data: st.DataObject) -> None:
    event = data.draw(st.sampled_from(JSON_EVENTS))
    assert violations(event, data.draw(records(event))) == ()


ODD_VALUES = st.sampled_from(
    [None, "", "x", "NaN", "1.5", "-1", "007", "2022-12-23", 0, -1, 1.5, True, [], {}]
)


@given(st.data())
def test_what_the_json_schema_refuses_is_refused(data: st.DataObject) -> None:
    event = data.draw(st.sampled_from([*JSON_EVENTS, APP_EVENT]))
    column = data.draw(st.sampled_from(event.columns))
    record = {**data.draw(records(event)), column.name: data.draw(ODD_VALUES)}
    if not Draft202012Validator(json_schema(event)).is_valid(record):
        assert violations(event, record)
