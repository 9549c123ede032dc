"""Bytes to decoded rows: every trap of real input ends with its reason, never as a silent null."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from lake.checksum import checksum
from lake.decoding.decode import decode, key_text, payload_hash
from lake.envelope import json_values, wrap
from schemas.behaviour import APP_EVENT, WEB_ACCESS
from schemas.declaration import Event
from schemas.market import INSTRUMENT
from schemas.reasons import REASONS
from schemas.transactions import FILL
from tests.rows import rows

RECEIVED = datetime(2022, 12, 23, 21, tzinfo=UTC)
MESSAGES = (
    "origin_topic string, origin_partition bigint, origin_offset bigint, received_at timestamp, event_key binary, "
    "headers array<struct<key: string, value: binary>>, raw binary"
)
DATA = {
    "mic_code": "XNYS", "session_date": "2022-12-23", "fill_id": "fill-1", "side": "buy", "report_type": "fill",
    "order_id": "order-1", "account_id": "account-1", "instrument_id": "stock-1", "quantity": "10",
    "price": "12.5", "fee_amount": "1", "currency_code": "USD", "liquidity_flag": "added",
    "executed_at": "2022-12-23T15:00:00.000001Z", "reported_at": "2022-12-23T15:00:00Z",
}  # fmt: skip


def envelope(without: str | None = None, around: dict[str, Any] | None = None, **data: Any) -> bytes:
    """A good fill, but for what the case is about."""
    record = {name: value for name, value in {**DATA, **data}.items() if name != without}
    whole = {
        "specversion": "1.0", "id": "1", "source": "execution-venue", "type": "transactions.fills.v1",
        "dataschema": "brokerlake:transactions.fills.v1", "sequence": "1", "data": record,
    }  # fmt: skip
    return json.dumps({**whole, **(around or {})}).encode()


def messages(spark: SparkSession, topic: str, raw: list[bytes | None], headers: Any = None) -> DataFrame:
    rows = [
        (topic, 0, place, RECEIVED, None, headers, None if each is None else bytearray(each))
        for place, each in enumerate(raw)
    ]
    return spark.createDataFrame(rows, MESSAGES)


def payload_hashes(spark: SparkSession, event: Event, raw: list[bytes | None]) -> list[int]:
    decoded = decode(messages(spark, event.topic, raw), event, "key").orderBy("origin_offset")
    rows = decoded.select("record.*").select(payload_hash(event).alias("payload_hash")).collect()
    return [row["payload_hash"] for row in rows]


FILLS: dict[str, tuple[bytes | None, list[tuple[str, str]]]] = {
    "a good one": (envelope(), []),
    "a column that the contract does not know": (envelope(colour="red"), []),
    "a number where a text is usual": (envelope(price=12.5), []),
    "no bytes": (None, [("malformed", "raw")]),
    "empty bytes": (b"", [("malformed", "raw")]),
    "not UTF-8": (b"\xff\xfe{}", [("malformed", "raw")]),
    "cut": (envelope()[:-20], [("malformed", "raw")]),
    "text after the object": (envelope() + b" and more", [("malformed", "raw")]),
    "two objects": (envelope() + envelope(), [("malformed", "raw")]),
    "two objects and a comma": (envelope() + b"," + envelope(), [("malformed", "raw")]),
    "a list": (b"[1]", [("malformed", "raw")]),
    "a doubled name": (envelope().replace(b'"side"', b'"price": "1", "side"'), [("malformed", "raw")]),
    "a bare NaN": (envelope().replace(b'"12.5"', b"NaN"), [("malformed", "raw")]),
    "a type that nobody declared": (envelope(around={"type": "x.y.v1"}), [("unknown_type", "type")]),
    "another topic's type": (envelope(around={"type": "market.bars.v1"}), [("misrouted", "type")]),
    "another version": (envelope(around={"dataschema": "other"}), [("unknown_version", "dataschema")]),
    "no source": (envelope(around={"source": None}), [("missing", "source")]),
    "the checksum of another record": (envelope(around={"datacrc32c": "00000000"}), [("altered", "data")]),
    "the checksum of the record": (envelope(around={"datacrc32c": checksum(DATA)}), []),
    "a checksum and an altered amount": (
        envelope(quantity="1000", around={"datacrc32c": checksum(DATA)}), [("altered", "data")],
    ),
    "a checksum and no record": (envelope(around={"datacrc32c": checksum(DATA), "data": 5}), [("missing", "data")]),
    "a checksum and a record without end": (
        envelope(deep=json.loads("[" * 900 + "]" * 900), around={"datacrc32c": "00000000"}), [("altered", "data")],
    ),
    "data that is no object": (envelope(around={"data": 5}), [("missing", "data")]),
    "names in capitals": (envelope(without="price", PRICE="12.5"), [("missing", "price")]),
    "an empty text": (envelope(fill_id=""), [("missing", "fill_id")]),
    "NaN as a price": (envelope(price="NaN"), [("not_finite", "price")]),
    "minus infinity as a price": (envelope(price="-Infinity"), [("not_finite", "price")]),
    "an overflow": (envelope(price="1e400"), [("wrong_type", "price")]),
    "a word as a quantity": (envelope(quantity="many"), [("wrong_type", "quantity")]),
    "an object as a quantity": (envelope(quantity={"a": 1}), [("wrong_type", "quantity")]),
    "more places than declared": (envelope(price="12.50001"), [("inexact", "price")]),
    "a day of the year 0": (envelope(session_date="0000-01-01"), [("wrong_type", "session_date")]),
    "an instant in the year 10000, by its offset": (
        envelope(reported_at="9999-12-31T23:59:59-14:00"), [("wrong_type", "reported_at")],
    ),
    "nothing bought": (envelope(quantity="0"), [("out_of_range", "quantity")]),
    "less than nothing": (envelope(quantity="-1"), [("out_of_range", "quantity")]),
    "a side that does not exist": (envelope(side="short"), [("not_allowed", "side")]),
    "a venue in lower case": (envelope(mic_code="xnys"), [("pattern", "mic_code")]),
    "a line end after a good text": (envelope(mic_code="XNYS\n"), [("pattern", "mic_code")]),
    "a day as an instant": (envelope(executed_at="2022-12-23"), [("wrong_type", "executed_at")]),
    "a day that does not exist": (envelope(session_date="2022-02-30"), [("wrong_type", "session_date")]),
    "a bust of nothing": (envelope(report_type="bust"), [("promise", "corrections_point_back")]),
    "five minutes ahead": (envelope(executed_at="2022-12-23T21:05:00Z"), []),
    "more than five minutes ahead": (
        envelope(executed_at="2022-12-23T21:05:00.000001Z"), [("future", "executed_at")],
    ),
    "the year 2099": (envelope(executed_at="2099-01-01T00:00:00Z"), [("future", "executed_at")]),
    "two broken promises": (
        envelope(side="short", quantity="0"), [("not_allowed", "side"), ("out_of_range", "quantity")],
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def decoded(spark: SparkSession) -> dict[str, Any]:
    """All cases in one pass, by name."""
    rows = decode(messages(spark, FILL.topic, [raw for raw, _ in FILLS.values()]), FILL, "key").collect()
    by_offset = {row["origin_offset"]: row for row in rows}
    assert len(rows) == len(FILLS), "no message may be dropped or doubled"
    return {name: by_offset[place] for place, name in enumerate(FILLS)}


@pytest.mark.parametrize("case", FILLS)
def test_each_message_has_its_reasons(case: str, decoded: dict[str, Any]) -> None:
    found = sorted((reason["code"], reason["subject"]) for reason in decoded[case]["reasons"])
    assert found == FILLS[case][1]
    assert {code for code, _ in found} <= set(REASONS)


def test_a_good_row_is_typed_and_keyed(decoded: dict[str, Any]) -> None:
    row = decoded["a good one"]
    assert str(row["record"]["price"]) == "12.5000"
    assert row["record"]["corrects_fill_id"] is None
    assert row["sequence"] == 1


def test_the_key_is_told_in_full(spark: SparkSession) -> None:
    [row] = decode(messages(spark, FILL.topic, [envelope()]), FILL, "key").select("record.*").select(
        key_text(FILL).alias("key_text")
    ).collect()  # fmt: skip
    assert json.loads(row["key_text"]) == {
        "mic_code": "XNYS", "session_date": "2022-12-23", "fill_id": "fill-1", "side": "buy",
    }  # fmt: skip


def test_equal_keys_have_equal_hashes(decoded: dict[str, Any]) -> None:
    hashes = {name: row["key_hash"] for name, row in decoded.items()}
    assert hashes["a good one"] == hashes["nothing bought"] != hashes["a side that does not exist"]


def test_the_payload_is_what_was_said_and_not_how(spark: SparkSession) -> None:
    cases = [envelope(), envelope(price=12.5), envelope(side="sell")]
    hashes = payload_hashes(spark, FILL, cases)
    assert hashes[0] == hashes[1] != hashes[2]


def test_a_value_in_the_next_column_is_another_payload(spark: SparkSession) -> None:
    """The hash passes over nulls: these columns stand side by side, and both may be absent."""
    plain = json_values(APP_EVENT, rows(APP_EVENT, {})[0])
    cases = [{"instrument_id": "x"}, {"page_name": "x"}, {"instrument_id": "x"}]
    raw = [wrap(APP_EVENT, {**plain, **case}, source="app", sequence=1) for case in cases]
    first, moved, again = payload_hashes(spark, APP_EVENT, raw)
    assert first == again != moved


def test_a_basket_is_read_with_its_weights(spark: SparkSession) -> None:
    data = {
        "effective_date": "2022-12-23", "instrument_id": "fund-1", "mic_code": "XNYS", "instrument_name": "Fund",
        "instrument_type": "fund", "currency_code": "USD", "product_risk_level": "R3",
        "minimum_order_amount": "1", "is_tradable": True, "recorded_at": "2022-12-23T10:00:00Z",
    }  # fmt: skip
    around = {"type": INSTRUMENT.topic, "dataschema": INSTRUMENT.schema_id}
    halves = [{"instrument_id": "a", "weight_ratio": "0.5"}, {"instrument_id": "b", "weight_ratio": "0.5"}]
    raw = [
        envelope(around={**around, "data": {**data, "basket": halves}}),
        envelope(around={**around, "data": {**data, "basket": halves[:1]}}),
        envelope(around={**around, "data": {**data, "basket": "a"}}),
        envelope(around={**around, "data": data}),
    ]
    rows = (
        decode(messages(spark, INSTRUMENT.topic, raw), INSTRUMENT, "key").orderBy("origin_offset").collect()
    )
    assert [[(r["code"], r["subject"]) for r in row["reasons"]] for row in rows] == [
        [],
        [("promise", "weights_add_up")],
        [("wrong_type", "basket"), ("promise", "funds_have_baskets")],
        [("promise", "funds_have_baskets")],
    ]
    assert [str(part["weight_ratio"]) for part in rows[0]["record"]["basket"]] == ["0.50000000", "0.50000000"]


def test_access_log_lines_are_known_by_where_they_stand(spark: SparkSession) -> None:
    line = b'10.0.0.1 - - [17/May/2015:12:05:03 +0200] "GET /a?x=1 HTTP/1.1" 200 203 "http://x" "Mo \\"z\\""'
    raw = [line, line, b"rubbish", b'10.0.0.1 - bob [17/May/2015:10:05:03 +0000] "GET / HTTP/1.0" 304 -']
    headers = [
        ("host", bytearray(b"web-1")),
        ("file", bytearray(b"/logs/a.log")),
        ("byteoffset", bytearray(b"7")),
    ]
    rows = decode(messages(spark, WEB_ACCESS.topic, raw, headers), WEB_ACCESS, "key").collect()
    first, equal, rubbish, dashed = sorted(rows, key=lambda row: row["origin_offset"])
    assert [[r["code"] for r in row["reasons"]] for row in (first, rubbish, dashed)] == [
        [],
        ["malformed"],
        [],
    ]
    record = first["record"]
    assert (record["status_code"], record["response_bytes"], record["request_path"]) == (200, 203, "/a?x=1")
    assert (record["log_file"], record["byte_offset"], record["requested_at"].isoformat()[:19]) == (
        "a.log", 7, "2015-05-17T10:05:03",
    )  # fmt: skip
    assert "10.0.0.1" not in str(record)
    assert equal["record"]["ip_address_hash"] == dashed["record"]["ip_address_hash"]
    assert (dashed["record"]["response_bytes"], dashed["record"]["referrer"]) == (None, None)


@pytest.mark.parametrize(
    ("file", "known_as"),
    [
        ("/logs/access.log", "access.log"),
        ("/logs/access.log.1", "access.log"),
        ("/logs/access.log-20221223", "access.log"),
        ("/logs/access-2022-12-23.log", "access-2022-12-23.log"),
        ("/logs/access.log.old", "access.log.old"),
    ],
)
def test_a_line_is_known_by_the_name_that_its_file_had_before_a_rotation(
    spark: SparkSession, file: str, known_as: str
) -> None:
    headers = [
        ("host", bytearray(b"web-1")),
        ("file", bytearray(file.encode())),
        ("byteoffset", bytearray(b"7")),
    ]
    line = b'10.0.0.1 - - [20/May/2015:12:05:17 +0000] "GET /a HTTP/1.1" 200 235'
    [row] = decode(messages(spark, WEB_ACCESS.topic, [line], headers), WEB_ACCESS, "key").collect()
    assert (row["record"]["log_file"], row["event_id"]) == (known_as, f"web-1:{known_as}:7")


def test_an_agent_that_its_server_cut_costs_nothing_but_its_end(spark: SparkSession) -> None:
    start = b'10.0.0.1 - - [20/May/2015:12:05:17 +0000] "GET /a HTTP/1.1" 200 235 '
    raw = [start + b'"-" "Mozilla/5.0 (comp', start + b'"-" "Mozilla/5.0 (comp"', start + b'"http://cut']
    headers = [
        ("host", bytearray(b"web-1")),
        ("file", bytearray(b"/logs/a.log")),
        ("byteoffset", bytearray(b"7")),
    ]
    rows = decode(messages(spark, WEB_ACCESS.topic, raw, headers), WEB_ACCESS, "key").collect()
    agent, whole, referrer = sorted(rows, key=lambda row: row["origin_offset"])
    assert (agent["reasons"], agent["record"]["status_code"]) == ([], 200)
    assert agent["record"]["user_agent_hash"] == whole["record"]["user_agent_hash"]
    assert [reason["code"] for reason in referrer["reasons"]] == ["malformed"]
