"""Names of tables and columns follow the conventions; each exception stands here with its reason."""

import re
from collections.abc import Iterable

import pytest

from schemas.catalog import EVENTS, TABLES
from schemas.checks import Above, AtLeast
from schemas.declaration import BOOLEAN, DATE, DOUBLE, INTEGER, NUMBERS, STRING, TIMESTAMP, Column, Type

ROWS = {
    **{event.topic: event.columns for event in EVENTS},
    **{table.name: table.all_columns for table in TABLES},
}
COLUMNS = {column.name: column for columns in ROWS.values() for column in columns}

# `owner.column` → why it has no currency code beside it.
AMOUNTS_APART: dict[str, str] = {}
# Short names that silver and gold share → why.
SHARED_NAMES = {
    "alerts": "the same alerts as published, each at least once, and as shown, each once by its id"
}
# Fractions that are not called a ratio → why.
FRACTIONS_APART = {"market_return_20": "a return has a name of its own in the field"}

TYPE_OF_END = {
    "_at": "timestamp",
    "_date": "date",
    "_id": "string",
    "_name": "string",
    "_json": "string",
    "_hash": "string",
}
TYPE_OF_START = {"is_": "boolean", "has_": "boolean", "was_": "boolean"}
UNIT_OF_END = {
    "_ms": "milliseconds",
    "_days": "days",
    "_bps": "basis points",
    "_bytes": "bytes",
    "_sessions": "sessions",
}
NEVER = {
    "alpha": "confidence",
    "beta": "confidence",
    "percent": "a ratio",
    "pct": "a ratio",
    "percentage": "a ratio",
}


def badly_named(column: Column) -> list[str]:
    """How a column's name, type, unit and checks contradict each other, a sentence each."""
    return [*_wrong_type(column), *_wrong_unit(column), *_wrong_money(column), *_wrong_word(column)]


def _wrong_type(column: Column) -> list[str]:
    name, kind = column.name, column.type.name
    wanted = [of for end, of in TYPE_OF_END.items() if name.endswith(end)]
    wanted += [of for start, of in TYPE_OF_START.items() if name.startswith(start)]
    found = [f"{name} is called like a {of} and is a {kind}" for of in wanted if of != kind]
    counts = name.startswith("n_")
    never_negative = any(isinstance(check, Above | AtLeast) and check.bound >= 0 for check in column.checks)
    if counts and not (kind in ("integer", "double") and never_negative):
        found.append(f"{name} is called like a count and may be negative or no number")
    return found


def _wrong_unit(column: Column) -> list[str]:
    name, unit = re.sub("_[0-9]+$", "", column.name), column.unit or ""
    found = [
        f"{name} has the unit {unit!r}, and its end says {of}"
        for end, of in UNIT_OF_END.items()
        if name.endswith(end) and of not in unit
    ]
    is_share = unit.startswith("fraction") or unit == "ratio"
    if is_share != name.endswith("_ratio") and column.name not in FRACTIONS_APART:
        found.append(
            f"{name} has the unit {unit!r}: what ends with _ratio is a fraction, and fractions end so"
        )
    return found


def _wrong_money(column: Column) -> list[str]:
    name, unit = column.name, column.unit or ""
    is_money = name.endswith("_amount")
    found = []
    if is_money != unit.endswith("currency_code") and " per " not in unit:
        found.append(f"{name} has the unit {unit!r}: amounts end with _amount and are in a currency_code")
    if (is_money or "currency_code" in unit) and column.type.name != "decimal":
        found.append(f"{name} is money and no decimal")
    return found


def _wrong_word(column: Column) -> list[str]:
    words = column.name.split("_")
    return [f"{column.name}: say {better}, not {word}" for word, better in NEVER.items() if word in words]


def without_currency(rows: dict[str, tuple[Column, ...]], apart: dict[str, str]) -> list[str]:
    """Amounts in rows that do not hold the currency code that their unit names."""
    return [
        f"{owner}.{column.name}"
        for owner, columns in rows.items()
        for column in columns
        if (column.name.endswith("_amount") or column.name.endswith("price"))
        and (column.unit or "").split(" ")[0] not in {each.name for each in columns}
        and f"{owner}.{column.name}" not in apart
    ]


def shared_short_names(names: Iterable[str], shared: Iterable[str]) -> list[str]:
    """Short names that two tables of silver and gold have, exceptions apart."""
    short = [name.split(".")[1] for name in names if name.split(".")[0] in ("silver", "gold")]
    return sorted({name for name in short if short.count(name) > 1} - set(shared))


def test_columns_are_named_by_the_rules() -> None:
    found = [sentence for column in COLUMNS.values() for sentence in badly_named(column)]
    assert not found, "\n".join(found)


def test_money_has_its_currency_in_the_row() -> None:
    assert without_currency(ROWS, AMOUNTS_APART) == []


def test_short_names_of_tables_are_unique() -> None:
    assert shared_short_names([table.name for table in TABLES], SHARED_NAMES) == []


def test_exceptions_are_still_needed() -> None:
    assert shared_short_names([table.name for table in TABLES], ()) == sorted(SHARED_NAMES)
    assert set(FRACTIONS_APART) <= COLUMNS.keys()
    assert set(AMOUNTS_APART) <= {
        f"{owner}.{column.name}" for owner, columns in ROWS.items() for column in columns
    }


AMOUNT = Type.decimal(20, 4)


@pytest.mark.parametrize(
    ("column", "message"),
    [
        pytest.param(Column("paid_amount", AMOUNT, "It is.", unit="currency_code"), None, id="an amount"),
        pytest.param(
            Column("paid", AMOUNT, "It is.", unit="currency_code"), "amounts end with _amount", id="unnamed"
        ),
        pytest.param(
            Column("paid_amount", DOUBLE, "It is.", unit="currency_code"), "no decimal", id="double money"
        ),
        pytest.param(
            Column("last_price", DOUBLE, "It is.", unit="currency_code per unit"), "no decimal", id="price"
        ),
        pytest.param(Column("cash_ratio", DOUBLE, "It is.", unit="percent"), "is a fraction", id="percent"),
        pytest.param(
            Column("cash_share", DOUBLE, "It is.", unit="fraction of one"), "fractions end so", id="fraction"
        ),
        pytest.param(
            Column("cash_ratio_20", DOUBLE, "It is.", unit="fraction of one"), None, id="with its window"
        ),
        pytest.param(
            Column("n_parts", INTEGER, "It is.", unit="parts"), "called like a count", id="negative count"
        ),
        pytest.param(
            Column("n_parts", INTEGER, "It is.", unit="parts", checks=(AtLeast(0),)), None, id="count"
        ),
        pytest.param(
            Column("age_days", INTEGER, "It is.", unit="hours"), "its end says days", id="unit and end"
        ),
        pytest.param(Column("cleared_at", STRING, "It is."), "called like a timestamp", id="text instant"),
        pytest.param(Column("cleared_date", STRING, "It is."), "called like a date", id="text day"),
        pytest.param(Column("is_open", STRING, "It is."), "called like a boolean", id="text boolean"),
        pytest.param(
            Column("order_id", INTEGER, "It is.", unit="orders"), "called like a string", id="number id"
        ),
        pytest.param(Column("var_alpha", DOUBLE, "It is.", unit="none"), "say confidence", id="alpha"),
        pytest.param(Column("is_open", BOOLEAN, "It is."), None, id="boolean"),
        pytest.param(Column("cleared_at", TIMESTAMP, "It is."), None, id="instant"),
        pytest.param(Column("cleared_date", DATE, "It is."), None, id="day"),
    ],
)
def test_the_rules_themselves(column: Column, message: str | None) -> None:
    found = badly_named(column)
    assert (message is None) == (not found)
    assert message is None or message in found[0]


def test_an_amount_without_currency_is_found() -> None:
    paid = Column("paid_amount", AMOUNT, "It is.", unit="currency_code")
    assert without_currency({"gold.a": (paid,)}, {}) == ["gold.a.paid_amount"]
    assert without_currency({"gold.a": (paid,)}, {"gold.a.paid_amount": "why"}) == []
    assert without_currency({"gold.a": (paid, COLUMNS["currency_code"])}, {}) == []
    sold = Column("sold_amount", AMOUNT, "It is.", unit="sold_currency_code")
    assert without_currency({"gold.a": (sold, COLUMNS["currency_code"])}, {}) == ["gold.a.sold_amount"]
    assert without_currency({"gold.a": (sold, COLUMNS["sold_currency_code"])}, {}) == []


def test_a_shared_short_name_is_found() -> None:
    assert shared_short_names(["silver.fills", "gold.fills", "ops.fills", "gold.bars"], ()) == ["fills"]
    assert shared_short_names(["silver.fills", "bronze.fills"], ()) == []


def test_numbers_are_the_types_that_have_units() -> None:
    assert {column.type.name for column in COLUMNS.values() if column.unit is not None} <= set(NUMBERS)
