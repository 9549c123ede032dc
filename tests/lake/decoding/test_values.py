"""Texts become values of their types exactly, or are told; no text becomes a null in silence."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lake.decoding.values import Values, typed
from schemas.declaration import BOOLEAN, DATE, DOUBLE, INTEGER, STRING, TIMESTAMP, Column, Type

AMOUNT = Type.decimal(20, 4)
NUMBERS = st.decimals(allow_nan=False, allow_infinity=False).map(str) | st.integers().map(str)
NEARLY = st.text("0123456789.-+eE_ NaNinf\u0661", max_size=12)


def column(kind: Type) -> Column:
    prefix = {"boolean": "is_it"}.get(kind.name, "it")
    suffix = {"timestamp": "_at", "date": "_date"}.get(kind.name, "")
    return Column(f"{prefix}{suffix}", kind, "What it is.", unit="units")


def outcome(sent: object, kind: Type) -> tuple[Any, set[str]]:
    """A value, and what is told of it; always in company, since a column is typed as a whole."""
    found = typed([sent, None, sent], column(kind))
    assert found.values[0] == found.values[2]
    assert found.values[1].as_py() is None
    assert found.is_absent[1].as_py() is True
    return found.values[0].as_py(), told(found)


def told(found: Values) -> set[str]:
    masks = ("is_absent", "is_empty", "is_wrong", "is_not_finite", "is_inexact")
    return {name.removeprefix("is_") for name in masks if getattr(found, name)[0].as_py()}


@given(NUMBERS | NEARLY)
def test_a_decimal_is_what_was_sent_or_is_told(text: str) -> None:
    value, wrong = outcome(text, AMOUNT)
    if value is not None and not wrong:
        assert value == Decimal(text.strip())
    elif value is not None:
        assert wrong == {"inexact"}
        assert abs(value - Decimal(text.strip())) <= Decimal("0.00005")
    else:
        assert len(wrong - {"empty"}) == 1


@given(st.decimals(-(10**16) + 1, 10**16 - 1, places=4))
def test_every_decimal_that_fits_is_read(value: Decimal) -> None:
    for text in (str(value), f"{value:e}", f" {value} "):
        assert outcome(text, AMOUNT) == (value, set())


@given(st.datetimes(datetime(1001, 1, 1), datetime(9998, 12, 30)), st.integers(-18 * 60, 18 * 60))
def test_an_instant_is_read_in_any_offset(local: datetime, minutes: int) -> None:
    sign, (hours, left) = "+-"[minutes < 0], divmod(abs(minutes), 60)
    text = f"{local:%Y-%m-%dT%H:%M:%S}.{local.microsecond:06}{sign}{hours:02}:{left:02}"
    assert outcome(text, TIMESTAMP) == (datetime.fromisoformat(text).astimezone(UTC), set())


@given(st.dates(date(1000, 1, 1)))
def test_a_day_is_read(day: date) -> None:
    assert outcome(day.isoformat(), DATE) == (day, set())


@given(st.integers(-(2**65), 2**65))
def test_a_whole_number_is_read_where_it_fits(number: int) -> None:
    fits = -(2**63) <= number < 2**63
    for sent in (str(number), number):
        assert outcome(sent, INTEGER) == ((number, set()) if fits else (None, {"wrong"}))


@pytest.mark.parametrize(
    ("sent", "kind", "value", "wrong"),
    [
        ("", STRING, None, {"absent", "empty"}),
        (" ", STRING, " ", set()),
        (5, STRING, "5", set()),
        (True, STRING, "true", set()),
        ({"a": 1}, STRING, None, {"wrong"}),
        (["a"], STRING, None, {"wrong"}),
        ("12.50001", AMOUNT, Decimal("12.5000"), {"inexact"}),
        ("12.50000", AMOUNT, Decimal("12.5000"), set()),
        ("0.00005", AMOUNT, Decimal("0.0001"), {"inexact"}),
        ("1e-40", AMOUNT, Decimal("0.0000"), {"inexact"}),
        ("12345678901234567", AMOUNT, None, {"wrong"}),
        ("9999999999999999.99999", AMOUNT, None, {"wrong"}),
        ("1e9999", AMOUNT, None, {"wrong"}),
        ("1_000", AMOUNT, None, {"wrong"}),
        ("NaN", AMOUNT, None, {"not_finite"}),
        ('-"Infinity"', AMOUNT, None, {"not_finite"}),
        ([1], AMOUNT, None, {"wrong"}),
        (True, AMOUNT, None, {"wrong"}),
        ("1.5e-3", DOUBLE, 0.0015, set()),
        ("1e400", DOUBLE, None, {"wrong"}),
        ("1d", DOUBLE, None, {"wrong"}),
        ("+inf", DOUBLE, None, {"not_finite"}),
        ("true", BOOLEAN, True, set()),
        (False, BOOLEAN, False, set()),
        ("True", BOOLEAN, None, {"wrong"}),
        ("1.0", INTEGER, None, {"wrong"}),
        ("+1", INTEGER, None, {"wrong"}),
        ("2022-02-30", DATE, None, {"wrong"}),
        ("0000-01-01", DATE, None, {"wrong"}),
        ("2022-12-23T15:00:00", TIMESTAMP, None, {"wrong"}),
        ("2022-12-23T15:00:60Z", TIMESTAMP, None, {"wrong"}),
        ("2022-12-23T24:00:00Z", TIMESTAMP, None, {"wrong"}),
        ("2022-12-23T15:00:00.0000001Z", TIMESTAMP, None, {"wrong"}),
        ("2022-12-23T15:00:00+18:01", TIMESTAMP, None, {"wrong"}),
        ("9999-12-31T23:59:59-14:00", TIMESTAMP, None, {"wrong"}),
        ([], Type.array(STRING), [], set()),
        (["a", "b"], Type.array(STRING), ["a", "b"], set()),
        (["a", None], Type.array(STRING), None, {"wrong"}),
        ("[]", Type.array(STRING), None, {"wrong"}),
        ([{"a": "x", "b": "0.5"}], Type.array(Type.struct(a=STRING, b=AMOUNT)), [{"a": "x", "b": Decimal("0.5")}], set()),
        ([{"a": "x"}], Type.array(Type.struct(a=STRING, b=AMOUNT)), None, {"wrong"}),
        ([{"a": "x", "b": "0.00001"}], Type.array(Type.struct(a=STRING, b=AMOUNT)), None, {"wrong"}),
        ("", Type.array(STRING), None, {"absent", "empty"}),
    ],
)  # fmt: skip
def test_each_trap(sent: object, kind: Type, value: object, wrong: set[str]) -> None:
    assert outcome(sent, kind) == (value, wrong)
