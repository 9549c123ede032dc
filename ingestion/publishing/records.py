"""Whether a record keeps what its event declares, before it is sent."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal

from schemas.checks import Above, AtLeast, AtMost, Check, Matches, OneOf
from schemas.declaration import Column, Event, Type

_DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)(?:\.([0-9]+))?")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NOT_FINITE = re.compile(r"[+-]?(nan|inf|infinity)", re.IGNORECASE)
_CHARACTERS_SHOWN = 60


def violations(event: Event, data: Mapping[str, object]) -> tuple[str, ...]:
    """One sentence a broken rule, none for a record that keeps them all.

    `data` is what JSON holds: decimals as text, instants with a Z or an offset, days, integers and booleans as such. Checked
    are each column's presence, type and checks, and that every name is declared. An event's promises about several
    columns are SQL and are checked when it is refined, as is what needs a clock: a record without violations may still
    be quarantined. Values of personal columns are not repeated in the sentences.
    """
    declared = {column.name for column in event.columns}
    unknown = [f"{name} is no column of {event.topic}" for name in data if name not in declared]
    return (*(each for column in event.columns for each in _of(column, data.get(column.name))), *unknown)


def _of(column: Column, value: object) -> Iterator[str]:
    if value is None:
        if column.required:
            yield f"{column.name} is missing and is required"
        return
    shown = "its value" if column.data_class == "personal" else _shown(value)
    problem = _type_problem(column.type, value)
    if problem is not None:
        yield f"{column.name} is {shown}: {problem}"
        return
    for check in column.checks:
        if not _keeps(check, _comparable(column.type, value)):
            yield f"{column.name} is {shown}: {check.words(column.name)}"


def _type_problem(kind: Type, value: object) -> str | None:
    """What the type wants, where the value is not of it."""
    return _TYPES[kind.name](kind, value)


def _decimal(kind: Type, value: object) -> str | None:
    if not isinstance(value, str):
        return f"a {kind.sql} travels as text"
    if _NOT_FINITE.fullmatch(value):
        return "a number is finite"
    found = _DECIMAL.fullmatch(value)
    if found is None:
        return f"a {kind.sql} is written with digits and one point"
    whole, places = found.group(1).lstrip("0"), found.group(2) or ""
    if len(whole) > kind.precision - kind.scale or len(places) > kind.scale:
        return f"a {kind.sql} has at most {kind.precision - kind.scale} digits before the point and {kind.scale} after it"
    return None


def _double(_: Type, value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return "a number is wanted"
    return None if abs(value) <= sys.float_info.max else "a number is finite"


def _integer(_: Type, value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return "a whole number is wanted"
    return None if -(2**63) <= value < 2**63 else "a whole number has at most 64 bits"


def _boolean(_: Type, value: object) -> str | None:
    return None if isinstance(value, bool) else "true or false is wanted"


def _string(_: Type, value: object) -> str | None:
    if not isinstance(value, str):
        return "a text is wanted"
    if not value:
        return "an empty text stands for nothing; what is missing is null"
    return "the text is not valid Unicode" if any("\ud800" <= c <= "\udfff" for c in value) else None


def _timestamp(_: Type, value: object) -> str | None:
    return _calendar(
        value,
        _INSTANT,
        datetime.fromisoformat,
        "an instant with its offset is wanted, like 2022-12-23T21:00:00.000000Z",
    )


def _date(_: Type, value: object) -> str | None:
    return _calendar(value, _DAY, date.fromisoformat, "a day is wanted, like 2022-12-23")


def _calendar(
    value: object, form: re.Pattern[str], parse: Callable[[str], object], wanted: str
) -> str | None:
    if not isinstance(value, str) or not form.fullmatch(value):
        return wanted
    try:
        parse(value)
    except ValueError:
        return f"{wanted}, and this one does not exist"
    return None


def _array(kind: Type, value: object) -> str | None:
    if not isinstance(value, list):
        return "a list is wanted"
    assert kind.element is not None
    for number, item in enumerate(value, start=1):
        problem = "null is no item" if item is None else _type_problem(kind.element, item)
        if problem is not None:
            return f"item {number}: {problem}"
    return None


def _struct(kind: Type, value: object) -> str | None:
    names = [name for name, _ in kind.fields]
    if not isinstance(value, dict) or set(value) != set(names):
        return f"an object with {', '.join(names)} is wanted"
    for name, of in kind.fields:
        problem = _type_problem(of, value[name])
        if problem is not None:
            return f"{name}: {problem}"
    return None


_TYPES: dict[str, Callable[[Type, object], str | None]] = {
    "decimal": _decimal,
    "double": _double,
    "integer": _integer,
    "boolean": _boolean,
    "string": _string,
    "timestamp": _timestamp,
    "date": _date,
    "array": _array,
    "struct": _struct,
}


def _comparable(kind: Type, value: object) -> object:
    return Decimal(value) if kind.name == "decimal" and isinstance(value, str) else value


def _keeps(check: Check, value: object) -> bool:
    match check:
        case OneOf(values):
            return value in values
        case Matches(pattern):
            return re.fullmatch(pattern, str(value)) is not None
    assert isinstance(value, (int, float, Decimal))
    match check:
        case Above(bound):
            return value > bound
        case AtLeast(bound):
            return value >= bound
        case AtMost(bound):
            return value <= bound
    raise AssertionError(check)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _CHARACTERS_SHOWN else f"{text[:_CHARACTERS_SHOWN]}…"
