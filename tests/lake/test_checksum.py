"""The checksum of a record, against published vectors and against the library that says RFC 8785."""

from __future__ import annotations

import json

import pytest
import rfc8785
from crc32c import crc32c
from hypothesis import given
from hypothesis import strategies as st

from lake.checksum import canonical_json, checksum, is_altered
from lake.envelope import wrap
from schemas.operations import SESSION_CLOSE

# RFC 8785, section 3.2.2 and 3.2.3: what it takes and what it gives.
RFC_INPUT = r"""{
  "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
  "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
  "literals": [null, true, false]
}"""
RFC_OUTPUT = (
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
    '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
)
CLOSE = {
    "session_date": "2022-12-23",
    "closing_source_name": "order-system",
    "last_sequence": 42,
    "closed_at": "2022-12-23T21:30:00.000001Z",
}
MESSAGE = wrap(SESSION_CLOSE, CLOSE, source="order-system", sequence=42)


def test_the_rfc_s_own_example() -> None:
    assert canonical_json(json.loads(RFC_INPUT)).decode() == RFC_OUTPUT


def test_the_checksum_is_castagnoli_s() -> None:
    """Its check value, as catalogues of such sums give it."""
    assert f"{crc32c(b'123456789'):08x}" == "e3069283"
    assert checksum({}) == f"{crc32c(b'{}'):08x}"


@given(
    st.dictionaries(
        st.text(),
        st.none() | st.booleans() | st.text() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False),
    )
)  # fmt: skip
def test_every_record_is_written_as_the_library_writes_it(record: dict[str, object]) -> None:
    assert canonical_json(record) == rfc8785.dumps(record)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [2**53 + 1, float("nan"), float("inf")])
def test_what_canonical_json_cannot_say_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"\d|nan|inf"):
        checksum({"value": value})


def test_a_message_is_as_it_was_made_in_any_spelling() -> None:
    assert not is_altered(MESSAGE)
    again = json.dumps(json.loads(MESSAGE), indent=2, sort_keys=True).encode()
    assert again != MESSAGE
    assert not is_altered(again)


def test_each_changed_digit_of_the_record_shows() -> None:
    start = MESSAGE.index(b'"data":')
    places = [place for place in range(start, len(MESSAGE)) if chr(MESSAGE[place]).isdigit()]
    assert len(places) > 20
    for place in places:
        digit = b"%d" % ((MESSAGE[place] - ord("0") + 1) % 10)
        assert is_altered(MESSAGE[:place] + digit + MESSAGE[place + 1 :]), place


@pytest.mark.parametrize(
    "raw", [None, b"", b"\xff", b"[]", b'{"datacrc32c":"0"}', b'{"datacrc32c":null,"data":{}}']
)
def test_what_has_no_record_or_no_checksum_is_not_called_altered(raw: bytes | None) -> None:
    assert not is_altered(raw)
