"""The envelope, byte by byte."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from lake.envelope import json_values, message_key, wrap
from schemas.behaviour import WEB_ACCESS
from schemas.operations import SESSION_CLOSE

CLOSE = {
    "session_date": "2022-12-23",
    "closing_source_name": "order-system",
    "last_sequence": 42,
    "closed_at": "2022-12-23T21:30:00.000001Z",
}


def test_bytes_are_compact_and_in_order() -> None:
    assert wrap(SESSION_CLOSE, CLOSE, source="order-system", sequence=42) == (
        b'{"specversion":"1.0","id":"order-system-42","source":"order-system",'
        b'"type":"operations.session_closes.v1","time":"2022-12-23T21:30:00.000001Z",'
        b'"dataschema":"brokerlake:operations.session_closes.v1","subject":"order-system","sequence":"42",'
        b'"datacrc32c":"0d85d6ad","data":{"session_date":"2022-12-23","closing_source_name":"order-system","last_sequence":42,'
        b'"closed_at":"2022-12-23T21:30:00.000001Z"}}'
    )


def test_an_id_and_a_trace_of_ones_own() -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    found = json.loads(
        wrap(SESSION_CLOSE, CLOSE, source="s", sequence=None, event_id="e-1", traceparent=trace)
    )
    assert found["id"] == "e-1"
    assert found["traceparent"] == trace
    assert "sequence" not in found


def test_text_beyond_ascii_travels_as_utf_8() -> None:
    assert '"source":"Börse-7"'.encode() in wrap(SESSION_CLOSE, CLOSE, source="Börse-7", sequence=1)


def test_an_event_without_a_subject_has_no_key() -> None:
    data = {"requested_at": "2022-12-23T15:00:00Z"}
    assert "subject" not in json.loads(wrap(WEB_ACCESS, data, source="w", sequence=1))
    assert message_key(WEB_ACCESS, data) is None


def test_the_key_is_the_subject() -> None:
    assert message_key(SESSION_CLOSE, CLOSE) == b"order-system"


@pytest.mark.parametrize(
    "value",
    [datetime(2022, 12, 23, tzinfo=UTC), Decimal("1.5"), b"bytes"],
    ids=["datetime", "Decimal", "bytes"],
)
def test_values_that_json_does_not_know_are_refused(value: object) -> None:
    with pytest.raises(ValueError, match="unsupported type"):
        wrap(SESSION_CLOSE, {**CLOSE, "last_sequence": value}, source="s", sequence=1)


def test_neither_sequence_nor_id() -> None:
    with pytest.raises(ValueError, match=r"operations\.session_closes\.v1 needs a sequence or an id"):
        wrap(SESSION_CLOSE, CLOSE, source="s", sequence=None)


def test_values_as_json_has_them() -> None:
    record = {
        "session_date": date(2022, 12, 23),
        "closing_source_name": "order-system",
        "last_sequence": 42,
        "closed_at": datetime(2022, 12, 23, 22, 30, 0, 1, tzinfo=timezone(timedelta(hours=1))),
    }
    assert json_values(SESSION_CLOSE, record) == CLOSE
