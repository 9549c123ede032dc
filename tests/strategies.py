"""Hypothesis strategies that follow from the declarations: values of a column, records of an event.

A record keeps the checks of each column and the promises over several, which SQL states and no strategy can derive:
`KEEPERS` has one function a promise. A promise without one fails by name.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from schemas.checks import Above, AtLeast, AtMost, Check, Matches, OneOf
from schemas.declaration import Column, Event, Type

Row = dict[str, Any]

FIRST, LAST = date(2019, 1, 2), date(2022, 12, 23)
_CHARACTERS = st.characters(exclude_categories=("Cs", "Cc"))
_PLAIN: dict[str, st.SearchStrategy[Any]] = {
    "string": st.text(_CHARACTERS, min_size=1, max_size=20),
    "binary": st.binary(max_size=20),
    "boolean": st.booleans(),
    "date": st.dates(FIRST, LAST),
    "timestamp": st.datetimes(
        datetime(FIRST.year, FIRST.month, FIRST.day),
        datetime(LAST.year, LAST.month, LAST.day),
        timezones=st.just(UTC),
    ),
}


def values(column: Column) -> st.SearchStrategy[Any]:
    """Values of the declared type that keep every check; None too where the column is optional."""
    present = _present(column)
    return present if column.required else st.none() | present


def records(event: Event) -> st.SearchStrategy[Row]:
    """Valid `data` objects, ready for JSON: decimals and times as text; what is missing is null or absent."""
    if event.raw_line:
        raise ValueError(f"{event.topic} carries raw lines, no records")
    rows = st.fixed_dictionaries({column.name: values(column) for column in event.columns})
    kept = rows.map(lambda row: keep_promises(event, row)).map(as_json)
    return st.one_of(kept, kept.map(_without_nulls))


def keep_promises(event: Event, row: Row) -> Row:
    """The row, changed where it broke a promise over several columns."""
    for promise in event.promises:
        row = {**row, **KEEPERS[promise.name](row)}
    return row


def as_json(value: Any) -> Any:
    """A typed value as JSON carries it."""
    if isinstance(value, dict):
        return {name: as_json(of) for name, of in value.items()}
    if isinstance(value, list):
        return [as_json(of) for of in value]
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return format(value, "f") if isinstance(value, Decimal) else value


def _without_nulls(row: Row) -> Row:
    return {name: value for name, value in row.items() if value is not None}


def _present(column: Column) -> st.SearchStrategy[Any]:
    for check in column.checks:
        if isinstance(check, OneOf):
            return st.sampled_from(check.values)
        if isinstance(check, Matches):
            return st.from_regex(f"(?:{check.pattern})", fullmatch=True)
    return _of_type(column.type, column.checks)


def _of_type(kind: Type, checks: tuple[Check, ...] = ()) -> st.SearchStrategy[Any]:
    if kind.name == "array" and kind.element is not None:
        return st.lists(_of_type(kind.element), max_size=3)
    if kind.name == "struct":
        return st.fixed_dictionaries({name: _of_type(of) for name, of in kind.fields})
    if kind.name == "decimal":
        step = Decimal(1).scaleb(-kind.scale)
        top = Decimal(10) ** (kind.precision - kind.scale) - step
        low, high = _bounds(checks, step, top)
        return st.decimals(low, high, places=kind.scale, allow_nan=False)
    if kind.name == "integer":
        low, high = _bounds(checks, 1, 2**63 - 1)
        return st.integers(int(low), int(high))
    if kind.name == "double":
        low, high = _bounds(checks, 0, 1e15)
        strict = any(isinstance(check, Above) for check in checks)
        return st.floats(float(low), float(high), exclude_min=strict)
    return _PLAIN[kind.name]


def _bounds(checks: tuple[Check, ...], step: Any, top: Any) -> tuple[Any, Any]:
    lows = [
        check.bound + step if isinstance(check, Above) else check.bound
        for check in checks
        if isinstance(check, Above | AtLeast)
    ]
    highs = [check.bound for check in checks if isinstance(check, AtMost)]
    return max(lows, default=-top), min(highs, default=top)


def _basket(row: Row) -> Row:
    """Funds get their drawn instruments in equal parts, the last with what rounding leaves."""
    if row["instrument_type"] != "fund":
        return {"basket": None}
    names = [part["instrument_id"] for part in row["basket"] or ()] or ["instrument-1"]
    part = (Decimal(1) / len(names)).quantize(Decimal("0.00000001"))
    weights = [part] * (len(names) - 1) + [1 - part * (len(names) - 1)]
    return {"basket": [{"instrument_id": n, "weight_ratio": w} for n, w in zip(names, weights, strict=True)]}


def _prices(row: Row) -> Row:
    names = ("low_price", "open_price", "close_price", "high_price")
    return dict(zip(names, sorted(row[name] for name in names), strict=True))


def _quote(row: Row) -> Row:
    bid, ask = sorted((row["bid_price"], row["ask_price"]))
    return {"bid_price": bid, "ask_price": ask}


def _signed(row: Row) -> Row:
    signs = {"deposit": 1, "withdrawal": -1, "fee": -1, "tax": -1}
    sign = signs.get(row["cash_movement_type"])
    return {} if sign is None else {"cash_amount": sign * (abs(row["cash_amount"]) or Decimal("0.01"))}


def _window(row: Row) -> Row:
    first, last = sorted((row["window_started_at"], row["window_ended_at"]))
    return {
        "window_started_at": first,
        "window_ended_at": last if last > first else last + timedelta(seconds=1),
    }


def _with(name: str, wanted: Callable[[Row], bool], otherwise: Any) -> Callable[[Row], Row]:
    """Present where it is wanted, null elsewhere."""
    return lambda row: {name: (otherwise if row[name] is None else row[name]) if wanted(row) else None}


def _unlike(name: str, other: str) -> Callable[[Row], Row]:
    """A currency that is not the other."""
    return lambda row: {name: "USD" if row[other] != "USD" else "EUR"} if row[name] == row[other] else {}


KEEPERS: dict[str, Callable[[Row], Row]] = {
    "funds_have_baskets": _basket,
    "weights_add_up": _basket,
    "splits_have_ratios": _with(
        "new_units_per_unit", lambda row: row["corporate_action_type"] == "split", Decimal(2)
    ),
    "dividends_have_amounts": _with(
        "dividend_per_unit", lambda row: row["corporate_action_type"] == "cash_dividend", Decimal("0.5")
    ),
    "paid_after_ex": lambda row: {"payment_date": max(row["ex_date"], row["payment_date"])},
    "prices_in_order": _prices,
    "bid_below_ask": _quote,
    "dated_by_its_instant": lambda row: {"event_date": row["occurred_at"].date()},
    "levels_expire": _with("risk_level_expires_date", lambda row: row["client_risk_level"] is not None, LAST),
    "nothing_owed_below_zero": lambda row: {
        name: abs(row[name]) for name in ("financed_amount", "interest_amount")
    },
    "evidence_given": lambda row: {"evidence": row["evidence"] or ["event-1"]},
    "window_in_order": _window,
    "limit_orders_have_limits": _with(
        "limit_price", lambda row: row["order_type"] == "limit", Decimal("1.0000")
    ),
    "remaining_within_quantity": lambda row: {
        "remaining_quantity": min(row["remaining_quantity"], row["quantity"])
    },
    "corrections_point_back": _with("corrects_fill_id", lambda row: row["report_type"] != "fill", "fill-1"),
    "sign_follows_type": _signed,
    "two_currencies": _unlike("quote_currency_code", "base_currency_code"),
    "another_currency": _unlike("bought_currency_code", "sold_currency_code"),
}
