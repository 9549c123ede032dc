"""Rows as bytes, so that two rows have the same bytes exactly when all their values are the same.

Every value begins with a byte that says whether it is there. Numbers, days and instants have a fixed width; texts,
bytes and lists say their length first. So a null, an empty text and an empty list differ, and no value can reach into
its neighbour.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

_NOTHING = pa.scalar(b"", pa.binary())
_ABSENT, _PRESENT = pa.scalar(b"\x00", pa.binary()), pa.scalar(b"\x01", pa.binary())


def row_bytes(table: pa.Table) -> pa.Array:
    """One binary value a row, never null. The table has one type a column, as `lake.arrow` gives them."""
    columns = [column.combine_chunks() for column in table.columns]
    return _joined([part for column in columns for part in _parts(column)])


def _parts(values: pa.Array) -> list[pa.Array]:
    """What a value's bytes are put together from, in order; null parts count as empty."""
    return [pc.if_else(values.is_valid(), _PRESENT, _ABSENT), *_content(values)]


def _content(values: pa.Array) -> list[pa.Array]:
    kind = values.type
    if pa.types.is_list(kind):
        return [_fixed(pc.cast(pc.list_value_length(values), pa.int64())), _elements(values)]
    if pa.types.is_struct(kind):
        return [part for field in values.flatten() for part in _parts(field)]
    if pa.types.is_string(kind) or pa.types.is_binary(kind):
        return [_fixed(pc.cast(pc.binary_length(values), pa.int64())), pc.cast(values, pa.binary())]
    if pa.types.is_boolean(kind):
        return [pc.if_else(values, _PRESENT, _ABSENT)]
    return [_fixed(values)]


def _elements(lists: pa.Array) -> pa.Array:
    """The elements of each list, one after the other."""
    encoded = _joined(_parts(lists.values)) if len(lists.values) else pa.array([], pa.binary())
    joined = pc.binary_join(pa.ListArray.from_arrays(lists.offsets, encoded), _NOTHING)
    return pc.if_else(lists.is_valid(), joined, pa.scalar(None, pa.binary()))


def _fixed(values: pa.Array) -> pa.Array:
    """Values of a fixed width as their bytes in memory."""
    return pc.cast(values.view(pa.binary(values.type.bit_width // 8)), pa.binary())


def _joined(parts: list[pa.Array]) -> pa.Array:
    return pc.binary_join_element_wise(*parts, _NOTHING, null_handling="replace", null_replacement=b"")
