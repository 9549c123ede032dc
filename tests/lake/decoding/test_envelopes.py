"""An envelope says the same in every spelling, names that are there twice are never passed over, numbers stay as spelled."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lake.decoding.envelopes import reader
from lake.decoding.texts import MALFORMED
from schemas.declaration import Event
from schemas.transactions import CASH_MOVEMENT as EVENT

NAMES = [column.name for column in EVENT.columns]
# Texts that look like the end of a name, or like a gap between a name and its colon.
TEXTS = st.text(max_size=12) | st.sampled_from(['":', '" :', '"\t:', 'a":b', '\\":', "{", "}", '":"'])
VALUES = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | TEXTS
RECORDS = st.dictionaries(st.sampled_from(NAMES) | TEXTS, VALUES, max_size=8)
SPELLINGS = st.fixed_dictionaries(
    {
        "indent": st.none() | st.integers(0, 2) | st.just("\t"),
        "separators": st.sampled_from([(",", ":"), (", ", ": "), (" ,", " : "), ("\n,", "\t:\r\n")]),
        "ensure_ascii": st.booleans(),
        "sort_keys": st.booleans(),
    }
)
read = reader(EVENT)


def envelope(record: object) -> dict[str, Any]:
    return {
        "specversion": "1.0", "id": "1", "source": "cash-ledger", "type": EVENT.topic, "dataschema": EVENT.schema_id,
        "sequence": "7", "data": record,
    }  # fmt: skip


def values(raw: bytes, event: Event = EVENT) -> dict[str, object]:
    said = reader(event)(raw)
    assert said.reason is None, said
    return dict(zip([column.name for column in event.columns], said.values, strict=True))


def as_text(value: object) -> str | None:
    return None if value is None else json.dumps(value) if type(value) in (bool, int) else str(value)


@given(RECORDS, SPELLINGS)
def test_every_spelling_says_the_same(record: dict[str, Any], spelling: dict[str, Any]) -> None:
    said = read(json.dumps(envelope(record), **spelling).encode())
    assert (said.reason, said.source_name, said.event_id, said.sequence) == (None, "cash-ledger", "1", 7)
    found = [as_text(value) for value in said.values]
    assert found == [as_text(record.get(name)) for name in NAMES]


@given(RECORDS, SPELLINGS, st.data())
def test_a_name_that_is_there_twice_is_refused(
    record: dict[str, Any], spelling: dict[str, Any], draw: st.DataObject
) -> None:
    """In the record, in the envelope, or deep inside a value; equal values or not."""
    name = draw.draw(TEXTS)
    twin = json.dumps(
        {name: draw.draw(VALUES), "a twin of it": draw.draw(VALUES)}, **{**spelling, "sort_keys": False}
    )
    doubled = twin.replace(
        json.dumps("a twin of it"), json.dumps(name, ensure_ascii=spelling["ensure_ascii"])
    )
    places = {
        "record": envelope("here"),
        "inside": envelope({**record, "account_id": "here"}),
        "attribute": {**envelope(record), "other": "here"},
    }
    whole = places[draw.draw(st.sampled_from(sorted(places)))]
    raw = json.dumps(whole, **spelling).replace('"here"', doubled).encode()
    assert read(raw).reason == MALFORMED


@pytest.mark.parametrize("gap", ["", " ", "\t", "\n", "\r", " \n"])
def test_a_name_twice_in_the_envelope_is_refused(gap: str) -> None:
    """Also where another name stands apart from its colon, so that there are as many pairs as different names."""
    raw = json.dumps(envelope({})).replace('"id": "1"', f'"id"{gap}: "1", "source": "1"').encode()
    assert read(raw).reason == MALFORMED
    assert read(raw.replace(b', "source": "1"', b"")).reason is None


@pytest.mark.parametrize("number", ["1.50", "1e3", "-0.0", "123456789012345678901234567890", "1e400", "0.1"])
def test_numbers_stay_as_they_are_spelled(number: str) -> None:
    raw = json.dumps(envelope({"cash_amount": "here"})).replace('"here"', number).encode()
    assert values(raw)["cash_amount"] == number


@pytest.mark.parametrize(
    "literal", ["NaN", "Infinity", "-Infinity", "01", "+1", ".5", "'a'", '"\\ud800"', "[1,]"]
)
def test_what_is_no_json_is_refused(literal: str) -> None:
    raw = json.dumps(envelope({"cash_amount": "here"})).replace('"here"', literal).encode()
    assert read(raw).reason == MALFORMED


@pytest.mark.parametrize(
    ("sequence", "read_as"),
    [("7", 7), (7, 7), (" 7 ", 7), ("-7", -7), ("7.0", None), (7.5, None), ("", None), (None, None), (True, None),
     ({}, None), (str(2**63), None), (str(2**63 - 1), 2**63 - 1)],
)  # fmt: skip
def test_a_sequence_is_a_whole_number_or_nothing(sequence: object, read_as: int | None) -> None:
    raw = json.dumps({**envelope({}), "sequence": sequence}).encode()
    assert read(raw).sequence == read_as


def test_of_undeclared_names_a_few_are_told_cut_off() -> None:
    record = {**{f"{number}": 1 for number in range(9)}, "account_id": "a", "0" * 100: 1}
    told = read(json.dumps(envelope(record)).encode()).undeclared
    assert list(told) == ["0", "0" * 64, "1", "2", "3"]
