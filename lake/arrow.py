"""Arrow's view of a declaration: what empty tables, conformed results and test frames are made with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from schemas.declaration import Column, Table, Type

_PLAIN: dict[str, pa.DataType] = {
    "string": pa.string(),
    "binary": pa.binary(),
    "boolean": pa.bool_(),
    "integer": pa.int64(),
    "double": pa.float64(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "date": pa.date32(),
}


def arrow_type(kind: Type) -> pa.DataType:
    """The Arrow type of a declared type: decimal128, timestamps in microseconds UTC, lists, structs."""
    if kind.name == "decimal":
        return pa.decimal128(kind.precision, kind.scale)
    if kind.name == "array":
        assert kind.element is not None
        return pa.list_(pa.field("element", arrow_type(kind.element)))
    if kind.name == "struct":
        return pa.struct([pa.field(name, arrow_type(of)) for name, of in kind.fields])
    return _PLAIN[kind.name]


def arrow_schema(table: Table) -> pa.Schema:
    """A table's columns, provenance last. Nullable: promises say what may be missing."""
    return arrow_fields(table.all_columns)


def arrow_fields(columns: tuple[Column, ...]) -> pa.Schema:
    """Some columns as a schema, in the given order."""
    return pa.schema([pa.field(column.name, arrow_type(column.type)) for column in columns])


def arrow_rows(
    schema: pa.Schema, varying: Mapping[str, pa.Array], stated: Mapping[str, Any], n_rows: int
) -> pa.Table:
    """Rows of a schema from the columns that vary, cast to their types, and one value for each of the others."""
    columns = [
        varying[field.name].cast(field.type)
        if field.name in varying
        else pa.repeat(pa.scalar(stated[field.name], field.type), n_rows)
        for field in schema
    ]
    return pa.table(columns, schema=schema)
