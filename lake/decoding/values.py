"""Texts in their declared types, a whole column at a time; what is no value of the type becomes null, and is told."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lake.arrow import arrow_type
from schemas.declaration import Column, Type

# Years that every reader knows, in any offset: Spark knows the year 0 and the year 10000, and others have neither.
_YEAR = "[1-9][0-9]{3}"
_YEAR_BEFORE_LAST = "([1-8][0-9]{3}|9[0-8][0-9]{2}|99[0-8][0-9]|999[0-8])"
_OFFSET = "(Z|[+-]((0[0-9]|1[0-7]):[0-5][0-9]|18:00))"
_INSTANT = (
    f"^{_YEAR_BEFORE_LAST}-[0-9]{{2}}-[0-9]{{2}}T[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}([.][0-9]{{1,6}})?{_OFFSET}$"
)
_DAY = f"^{_YEAR}-[0-9]{{2}}-[0-9]{{2}}$"
_NOT_FINITE = '^[+-]?"?(?i:nan|inf|infinity)"?$'
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")
_EXACT = Context(prec=2_000)
_NESTED = (dict, list)
# Texts as values of a type, and where these are rounded.
_Typing = Callable[[pa.StringArray, Type], tuple[pa.Array, pa.BooleanArray]]


@dataclass(frozen=True)
class Values:
    """A column of a batch. The masks have no nulls; in each row at most one of `is_absent` and the last three is true."""

    values: pa.Array
    is_absent: pa.BooleanArray
    """Null, empty, or not there."""
    is_empty: pa.BooleanArray
    """Of those that are absent the empty texts."""
    is_wrong: pa.BooleanArray
    is_not_finite: pa.BooleanArray
    is_inexact: pa.BooleanArray
    """A number that has more places than declared; its value is rounded."""


def typed(sent: Sequence[object], column: Column) -> Values:
    """A column from what messages say of it."""
    if column.type.name in ("array", "struct"):
        return _nested(sent, column.type)
    texts, is_nested = _texts(sent)
    is_empty = pc.fill_null(pc.equal(texts, ""), False)
    is_absent = pc.or_(is_empty, pc.and_not(pc.is_null(texts), is_nested))
    given = pc.if_else(is_empty, pa.scalar(None, pa.string()), texts) if is_empty.true_count else texts
    values, is_inexact = _TYPED[column.type.name](given, column.type)
    is_wrong = pc.and_(pc.is_null(values), pc.invert(is_absent))
    is_not_finite = none_of(len(sent))
    if is_wrong.true_count and column.type.name in ("decimal", "double"):
        is_not_finite = pc.fill_null(pc.match_substring_regex(given, _NOT_FINITE), False)
        is_wrong = pc.and_not(is_wrong, is_not_finite)
    return Values(values, is_absent, is_empty, is_wrong, is_not_finite, is_inexact)


def none_of(n: int) -> pa.BooleanArray:
    """A mask that is false everywhere."""
    return pa.repeat(pa.scalar(False), n)


def _texts(sent: Sequence[object]) -> tuple[pa.StringArray, pa.BooleanArray]:
    """What was sent as texts, and where it was a list or an object, which have none."""
    kinds = set(map(type, sent))
    if kinds <= {str, type(None)}:
        return pa.array(sent, pa.string()), none_of(len(sent))
    is_nested = pa.array([type(each) in _NESTED for each in sent], pa.bool_())
    return pa.array([_text(each) for each in sent], pa.string()), is_nested


def _text(value: object) -> str | None:
    if type(value) is str:
        return value
    if type(value) is bool:
        return "true" if value else "false"
    return None if value is None or type(value) in _NESTED else str(value)


def _strings(texts: pa.StringArray, _: Type) -> tuple[pa.Array, pa.BooleanArray]:
    return texts, none_of(len(texts))


def _booleans(texts: pa.StringArray, _: Type) -> tuple[pa.Array, pa.BooleanArray]:
    is_one = pc.is_in(texts, pa.array(["true", "false"]))
    return pc.if_else(is_one, pc.equal(texts, "true"), pa.scalar(None, pa.bool_())), none_of(len(texts))


def _matching(pattern: str) -> _Typing:
    """What is a value wherever its text matches, and is one, such as a day that exists."""

    def typing(texts: pa.StringArray, kind: Type) -> tuple[pa.Array, pa.BooleanArray]:
        return _cast(_only(texts, pc.match_substring_regex(texts, pattern)), arrow_type(kind)), none_of(
            len(texts)
        )

    return typing


def _cast(texts: pa.StringArray, kind: pa.DataType) -> pa.Array:
    try:
        return pc.cast(texts, kind)
    except pa.ArrowInvalid:
        return pa.concat_arrays([_cast_one(texts.slice(place, 1), kind) for place in range(len(texts))])


def _only(texts: pa.StringArray, matches: pa.BooleanArray) -> pa.StringArray:
    """The texts that match, null elsewhere; most often that is all of them."""
    return texts if matches.false_count == 0 else pc.if_else(matches, texts, pa.scalar(None, pa.string()))


def _cast_one(text: pa.StringArray, kind: pa.DataType) -> pa.Array:
    try:
        return pc.cast(text, kind)
    except pa.ArrowInvalid:
        return pa.nulls(1, kind)


def _decimals(texts: pa.StringArray, kind: Type) -> tuple[pa.Array, pa.BooleanArray]:
    """Rounded half up to the declared places; null where the declared digits do not hold it."""
    is_plain = pc.match_substring_regex(
        texts, f"^-?[0-9]{{1,{kind.precision - kind.scale}}}([.][0-9]{{1,{kind.scale}}})?$"
    )
    if is_plain.false_count == 0:
        return pc.cast(texts, arrow_type(kind)), none_of(len(texts))
    pairs = [_decimal(text, kind) for text in texts.to_pylist()]
    return pa.array([value for value, _ in pairs], arrow_type(kind)), pa.array([bad for _, bad in pairs])


def _decimal(text: str | None, kind: Type) -> tuple[Decimal | None, bool]:
    text = None if text is None else text.strip(" ")
    if text is None or not _NUMBER.fullmatch(text):
        return None, False
    exact = Decimal(text)
    try:
        rounded = exact.quantize(Decimal(1).scaleb(-kind.scale), ROUND_HALF_UP, _EXACT)
    except InvalidOperation:
        return None, False
    if abs(rounded) >= Decimal(10) ** (kind.precision - kind.scale):
        return None, False
    return rounded, rounded != exact


def _doubles(texts: pa.StringArray, _: Type) -> tuple[pa.Array, pa.BooleanArray]:
    return pa.array([_double(text) for text in texts.to_pylist()], pa.float64()), none_of(len(texts))


def _double(text: str | None) -> float | None:
    text = None if text is None else text.strip(" ")
    if text is None or not _NUMBER.fullmatch(text):
        return None
    return value if math.isfinite(value := float(text)) else None


_TYPED: dict[str, _Typing] = {
    "string": _strings,
    "boolean": _booleans,
    "integer": _matching("^-?[0-9]+$"),
    "date": _matching(_DAY),
    "timestamp": _matching(_INSTANT),
    "decimal": _decimals,
    "double": _doubles,
}


def _nested(sent: Sequence[object], kind: Type) -> Values:
    values = _parts(sent, kind).cast(arrow_type(kind))
    is_empty = pa.array([each == "" for each in sent], pa.bool_())
    is_absent = pa.array([each is None or each == "" for each in sent], pa.bool_())
    nothing = none_of(len(sent))
    is_wrong = pc.and_(pc.is_null(values), pc.invert(is_absent))
    return Values(values, is_absent, is_empty, is_wrong, nothing, nothing)


def _parts(sent: Sequence[object], kind: Type) -> pa.Array:
    """Lists, objects or what is in them, all of a kind at once; null where anything in one is missing or of another type."""
    if kind.name == "array":
        return _lists(sent, kind)
    if kind.name == "struct":
        return _structs(sent, kind)
    texts, _ = _texts(sent)
    values, is_inexact = _TYPED[kind.name](texts, kind)
    return pc.if_else(is_inexact, pa.scalar(None, values.type), values) if is_inexact.true_count else values


def _lists(sent: Sequence[object], kind: Type) -> pa.Array:
    assert kind.element is not None
    lists = [each if type(each) is list else None for each in sent]
    offsets = np.cumsum([0, *(len(each or ()) for each in lists)])
    items = _parts([item for each in lists for item in each or ()], kind.element)
    bad_before = np.concatenate([[0], np.cumsum(items.is_null().to_numpy(zero_copy_only=False))])
    is_bad = np.array([each is None for each in lists], dtype=bool)
    is_bad |= bad_before[offsets[1:]] > bad_before[offsets[:-1]]
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), items, mask=pa.array(is_bad))


def _structs(sent: Sequence[object], kind: Type) -> pa.Array:
    objects = [each if type(each) is dict else {} for each in sent]
    parts = [_parts([each.get(name) for each in objects], of) for name, of in kind.fields]
    is_bad = np.logical_or.reduce([part.is_null().to_numpy(zero_copy_only=False) for part in parts])
    names = [name for name, _ in kind.fields]
    return pa.StructArray.from_arrays(parts, names=names, mask=pa.array(is_bad, pa.bool_()))
