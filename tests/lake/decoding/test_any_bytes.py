"""Whatever bytes come: each message is decoded or has a reason, and no value that was sent turns into a null."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from lake.decoding.judge import judged
from schemas.transactions import FILL
from tests.lake.decoding.test_decode import DATA, envelope

GOOD = envelope()
NAMES = [column.name for column in FILL.columns]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
# Texts that are nearly numbers, days and instants, which is where parsers take what they should not.
NEARLY = st.sampled_from(
    ["", " ", " 1", "1 ", "+1", "1e3", "1E400", "-0", "0x1", "١", "1_000", "1,5", "NaN", "-Infinity", "null", "true",
     "2022-12-23", "2022-02-30", "2022-12-23T15:00:00", "2022-12-23T15:00:00Z", "2022-12-23T24:00:00Z", "0000-01-01",
     "99999-01-01", "2022-12-23T15:00:00.0000001Z", "2022-12-23T15:00:00+99:00", "\x00", "\ufffd"]
)  # fmt: skip


def changed(data: dict[str, Any]) -> bytes:
    return envelope(**data)


def spliced(pieces: tuple[int, int, bytes]) -> bytes:
    start, length, middle = pieces
    return GOOD[:start] + middle + GOOD[start + length :]


MESSAGES: st.SearchStrategy[bytes] = st.one_of(
    st.binary(max_size=60),
    JSON.map(lambda value: json.dumps(value).encode()),
    st.dictionaries(st.sampled_from(NAMES), JSON | NEARLY, min_size=1, max_size=3).map(changed),
    st.tuples(st.integers(0, len(GOOD)), st.integers(0, 4), st.binary(max_size=3)).map(spliced),
)


@settings(max_examples=300)
@given(raw=st.lists(MESSAGES, min_size=20, max_size=20))
def test_any_bytes_end_decoded_or_with_a_reason(raw: list[bytes]) -> None:
    rows = read([*raw, GOOD])
    assert [row["origin_offset"] for row in rows] == list(range(len(raw) + 1))
    for row, sent in zip(rows, [*raw, GOOD], strict=True):
        if not row["reasons"]:
            assert silent_nulls(row, sent) == [], sent
    assert not rows[-1]["reasons"]


def read(raw: list[bytes]) -> list[dict[str, Any]]:
    places = range(len(raw))
    batch = pa.RecordBatch.from_pydict(
        {"origin_partition": [0] * len(raw), "origin_offset": places, "received_at": places, "raw": raw}
    )
    return [row for each in judged(FILL, [batch]) for row in each.to_pylist()]


def silent_nulls(record: dict[str, Any], raw: bytes) -> list[str]:
    """Columns of an accepted record that are null although the message gave them a value, or that it needs."""
    data = json.loads(raw)["data"]
    is_given: Callable[[str], bool] = lambda name: data.get(name) not in (None, "")  # noqa: E731
    nulls = [column for column in FILL.columns if record[column.name] is None]
    return [column.name for column in nulls if column.required or is_given(column.name)]


def test_the_messages_are_not_all_rubbish() -> None:
    """A property that only ever saw what is malformed would say little."""
    assert silent_nulls({**dict.fromkeys(NAMES, "x"), "price": None}, envelope()) == ["price"]
    assert not read([changed({"price": "1"})])[0]["reasons"]
    assert set(DATA) <= set(NAMES)
