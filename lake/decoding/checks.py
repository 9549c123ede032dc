"""The checks of a column, of a whole column at a time: the same as their SQL says."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from schemas.checks import Above, AtLeast, AtMost, Check, Matches, OneOf


def is_broken(check: Check, values: pa.Array) -> pa.BooleanArray:
    """Where values break a check. Null breaks none, so the mask has no nulls."""
    return pc.fill_null(pc.invert(_is_kept(check, values)), False)


def _is_kept(check: Check, values: pa.Array) -> pa.BooleanArray:
    match check:
        case OneOf():
            return pc.if_else(pc.is_valid(values), pc.is_in(values, pa.array(check.values)), None)
        case Matches():
            return pc.match_substring_regex(values, rf"\A(?:{check.pattern})\z")
        case Above():
            return pc.greater(values, _bound(check.bound, values.type))
        case AtLeast():
            return pc.greater_equal(values, _bound(check.bound, values.type))
        case AtMost():
            return pc.less_equal(values, _bound(check.bound, values.type))


def _bound(bound: float | Decimal, kind: pa.DataType) -> pa.Scalar:
    return pa.scalar(Decimal(str(bound)) if pa.types.is_decimal(kind) else bound, kind)
