"""Spark's view of a declaration: struct types with comments, SQL of the promises, a hash of a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import Column as SparkColumn
from pyspark.sql import functions as F
from pyspark.sql import types as T

from schemas.declaration import DOUBLE, Column, Table, Type

_PLAIN: dict[str, T.DataType] = {
    "string": T.StringType(),
    "binary": T.BinaryType(),
    "boolean": T.BooleanType(),
    "integer": T.LongType(),
    "double": T.DoubleType(),
    "timestamp": T.TimestampType(),
    "date": T.DateType(),
}


@dataclass(frozen=True)
class RowPromise:
    """A promise about one row: `sql` is never null, and true where the promise is kept."""

    code: str
    subject: str
    sql: str
    words: str


def spark_type(kind: Type) -> T.DataType:
    """The Spark type of a declared type."""
    if kind.name == "decimal":
        return T.DecimalType(kind.precision, kind.scale)
    if kind.name == "array":
        assert kind.element is not None
        return T.ArrayType(spark_type(kind.element))
    if kind.name == "struct":
        return T.StructType([T.StructField(name, spark_type(of)) for name, of in kind.fields])
    return _PLAIN[kind.name]


def struct_type(columns: tuple[Column, ...]) -> T.StructType:
    """Columns as a struct type, with their sentences as comments. Nullable: promises say what may be missing."""
    return T.StructType(
        [
            T.StructField(column.name, spark_type(column.type), True, {"comment": column.doc})
            for column in columns
        ]
    )


def row_hash(columns: Sequence[Column]) -> SparkColumn:
    """A 64-bit hash of what columns hold, nulls and their places included."""
    nulls = F.concat(*[F.isnull(column.name).cast("tinyint").cast("string") for column in columns])
    # The hash passes over nulls: without their places, a value would hash alike in either of two columns.
    return F.xxhash64(nulls, *[_hashable(column) for column in columns])


def _hashable(column: Column) -> SparkColumn:
    """Inside arrays and structs the hash passes over nulls too; their text does not."""
    value = F.col(column.name)
    return F.to_json(value) if column.type.name in ("array", "struct") else value


def column_promises(columns: tuple[Column, ...]) -> tuple[RowPromise, ...]:
    """What each column promises by itself: present, finite, and its checks."""
    return tuple(promise for column in columns for promise in _promises_of(column))


def row_promises(table: Table) -> tuple[RowPromise, ...]:
    """Every promise of a table about one row: its columns' and its own."""
    own = tuple(
        RowPromise(promise.code, promise.name, f"coalesce({promise.sql}, true)", promise.doc)
        for promise in table.promises
    )
    return (*column_promises(table.columns), *own)


def _promises_of(column: Column) -> list[RowPromise]:
    name = column.name
    found = []
    if column.required:
        found.append(RowPromise("missing", name, f"{name} IS NOT NULL", f"{name} is present"))
    if column.type == DOUBLE:
        # SQL holds NaN for larger than any number, so a bound alone would let it through.
        finite = f"NOT (isnan({name}) OR abs({name}) = double('Infinity'))"
        found.append(
            RowPromise("not_finite", name, f"coalesce({finite}, true)", f"{name} is a finite number")
        )
    for check in column.checks:
        sql = f"coalesce({check.sql(name)}, true)"
        found.append(RowPromise(check.code, name, sql, check.words(name)))
    return found
