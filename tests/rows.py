"""Test rows that follow from the declarations: a case names only the columns that it is about.

Everything else is plain: the first of an enumeration, `account-1` for an `account_id`, one for numbers, 2022-12-23 for
days, 15:00 UTC on it for instants, null where a column is optional. Plain values keep the checks of each column;
promises over several columns are the case's own business.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from lake.arrow import arrow_schema
from schemas.checks import Above, AtLeast, Matches, OneOf
from schemas.declaration import Column, Event, Table, Type

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

Row = dict[str, Any]
Case = Mapping[str, Any]

DAY = date(2022, 12, 23)
INSTANT = datetime(2022, 12, 23, 15, tzinfo=UTC)
_CODES = ("XNYS", "USD")


class RowError(ValueError):
    """A case names a column that is not declared, or gives it a value that is not of its type."""


def rows(table: Table | Event, *cases: Case) -> list[Row]:
    """One whole row a case, its columns in declared order.

    Values are taken as their declared type: 10 as Decimal("10"), "2022-12-23" as a date, "2022-12-23T15:00:00Z" as an
    instant (UTC where no offset is given). None stays None, required or not.
    """
    return [_row(table, case) for case in cases]


def arrow_table(table: Table, *cases: Case) -> pa.Table:
    """The rows of `rows` as an Arrow table with the declared types, in declared order."""
    return pa.Table.from_pylist(rows(table, *cases), schema=arrow_schema(table))


def frame(spark: SparkSession, table: Table, *cases: Case) -> DataFrame:
    """The rows of `rows` as a Spark frame; no cases make an empty frame with the declared columns."""
    return spark.createDataFrame(arrow_table(table, *cases))


def only(frame: DataFrame, *names: str) -> list[Row]:
    """Some columns (all without names) as sorted plain rows; instants are aware, in UTC."""
    found = frame.select(*(names or frame.columns)).toArrow().to_pylist()
    return sorted(found, key=lambda row: [_sortable(value) for value in row.values()])


def plain(column: Column) -> Any:
    """The value of a column that a case does not name."""
    return _plain_of(column) if column.required else None


def _row(table: Table | Event, case: Case) -> Row:
    columns = table.columns if isinstance(table, Event) else table.all_columns
    unknown = sorted(case.keys() - {column.name for column in columns})
    if unknown:
        known = ", ".join(column.name for column in columns)
        name = table.topic if isinstance(table, Event) else table.name
        raise RowError(f"{name} has no column {', '.join(unknown)}; it has {known}")
    return {
        column.name: taken(column.name, column.type, case[column.name])
        if column.name in case
        else plain(column)
        for column in columns
    }


def taken(name: str, kind: Type, value: Any) -> Any:
    """A value as its declared type. Raises RowError where it is none."""
    if value is None:
        return None
    if kind.name == "array" and isinstance(value, list | tuple) and kind.element is not None:
        return [taken(name, kind.element, element) for element in value]
    if kind.name == "struct" and isinstance(value, Mapping) and value.keys() <= dict(kind.fields).keys():
        return {field: taken(f"{name}.{field}", of, value.get(field)) for field, of in kind.fields}
    match kind.name, value:
        case ("string", str()) | ("binary", bytes()) | ("boolean", bool()):
            return value
        case ("integer", int()) if not isinstance(value, bool):
            return value
        case ("double", int() | float()) if not isinstance(value, bool):
            return float(value)
        case ("decimal", int() | float() | str() | Decimal()) if not isinstance(value, bool):
            return Decimal(str(value))
        case ("date", str()):
            return date.fromisoformat(value)
        case ("timestamp", str()):
            return _in_utc(datetime.fromisoformat(value))
        case ("timestamp", datetime()):
            return _in_utc(value)
        case ("date", date()) if not isinstance(value, datetime):
            return value
    raise RowError(f"{name} is {kind.sql}, and {value!r} is none")


def _in_utc(instant: datetime) -> datetime:
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def _plain_of(column: Column) -> Any:
    for check in column.checks:
        if isinstance(check, OneOf):
            return check.values[0]
        if isinstance(check, Matches):
            return _matching(column.name, check.pattern)
    return _plain_number(column) if column.unit is not None else _plain_value(column.name, column.type)


def _plain_number(column: Column) -> Any:
    low = [
        check.bound + (1 if isinstance(check, Above) else 0)
        for check in column.checks
        if isinstance(check, Above | AtLeast)
    ]
    return taken(column.name, column.type, max([1, *low]))


def _plain_value(name: str, kind: Type) -> Any:
    if kind.name == "array" and kind.element is not None:
        return [_plain_value(name, kind.element)]
    if kind.name == "struct":
        return {field: _plain_value(field, of) for field, of in kind.fields}
    values = {"string": _text(name), "binary": b"bytes", "boolean": False, "timestamp": INSTANT, "date": DAY}
    return values[kind.name] if kind.name in values else taken(name, kind, 1)


def _matching(name: str, pattern: str) -> str:
    for candidate in (_text(name), *_CODES):
        if re.fullmatch(pattern, candidate):
            return candidate
    raise RowError(f"{name}: no plain value matches {pattern}; add one to tests/rows.py")


def _text(name: str) -> str:
    if name.endswith("_json"):
        return "{}"
    return f"{name.removesuffix('_id').replace('_', '-')}-1"


def _sortable(value: Any) -> tuple[bool, Any]:
    nested = isinstance(value, dict | list)
    return value is not None, str(value) if nested or value is None else value
