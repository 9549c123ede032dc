"""One name, one column: the same type, unit, meaning, checks and class wherever it appears."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest

from schemas.catalog import EVENTS, TABLES
from schemas.checks import AtLeast
from schemas.declaration import INTEGER, NUMBERS, STRING, Column, Type
from schemas.provenance import hashed
from tests.contract.source import ROOT

DECLARED = [
    *((event.topic, column) for event in EVENTS for column in event.columns),
    *((table.name, column) for table in TABLES for column in table.all_columns),
]


def two_meanings(declared: Iterable[tuple[str, Column]]) -> list[str]:
    """Names that stand for two different columns; whether a column may be null depends on the table."""
    first: dict[str, tuple[str, Column]] = {}
    found = []
    for owner, column in declared:
        known_owner, known = first.setdefault(column.name, (owner, column))
        if replace(known, required=True) != replace(column, required=True):
            found.append(f"{column.name} is one column in {known_owner} and another in {owner}")
    return found


def two_types(declared: Iterable[tuple[str, Column]]) -> list[str]:
    """Parts of structs that have the name of a column and another type."""
    pairs = list(declared)
    types = {column.name: column.type for _, column in pairs}
    parts = [(owner, column, part) for owner, column in pairs for part in _parts(column.type)]
    return [
        f"{owner}: {column.name}.{name} is {kind.sql}, and the column {name} is {types[name].sql}"
        for owner, column, (name, kind) in parts
        if types.get(name, kind) != kind
    ]


def unsaid(declared: Iterable[tuple[str, Column]]) -> list[str]:
    """Columns that say too little: no sentence of two words, no class, or a number without a unit."""
    return [
        f"{owner}: {column.name} has no sentence, class or unit"
        for owner, column in declared
        if len(column.doc.split()) < 2
        or column.data_class not in ("public", "internal", "personal", "confidential")
        or (column.type.name in NUMBERS and not column.unit)
    ]


def _parts(kind: Type) -> Iterator[tuple[str, Type]]:
    yield from kind.fields
    for inner in (kind.element, *(of for _, of in kind.fields)):
        if inner is not None:
            yield from _parts(inner)


def test_a_name_is_one_column() -> None:
    assert not two_meanings(DECLARED), "\n".join(two_meanings(DECLARED))


def test_parts_of_structs_are_columns_too() -> None:
    assert not two_types(DECLARED), "\n".join(two_types(DECLARED))


def test_columns_say_what_they_are() -> None:
    assert not unsaid(DECLARED), "\n".join(unsaid(DECLARED))


def test_a_personal_column_never_reaches_a_table() -> None:
    found = [
        f"{table.name}.{column.name}"
        for table in TABLES
        for column in table.all_columns
        if column.data_class == "personal"
    ]
    assert not found, ", ".join(found)


PARTS = Column("n_parts", INTEGER, "How many parts.", unit="parts", checks=(AtLeast(0),))
ADDRESS = Column("ip_address", STRING, "The address.", data_class="personal")


@pytest.mark.parametrize(
    ("other", "same"),
    [
        pytest.param(PARTS, True, id="itself"),
        pytest.param(PARTS.optional(), True, id="may be null there"),
        pytest.param(replace(PARTS, unit="dozens"), False, id="another unit"),
        pytest.param(replace(PARTS, doc="How many."), False, id="another sentence"),
        pytest.param(replace(PARTS, checks=()), False, id="another check"),
        pytest.param(replace(PARTS, data_class="public"), False, id="another class"),
    ],
)
def test_one_meaning(other: Column, same: bool) -> None:
    found = two_meanings([("gold.a", PARTS), ("gold.b", other)])
    assert found == ([] if same else ["n_parts is one column in gold.a and another in gold.b"])


def test_a_hash_is_its_own_column() -> None:
    assert two_meanings([("topic", ADDRESS), ("silver.a", hashed(ADDRESS))]) == []


def test_one_type() -> None:
    basket = Column("basket", Type.array(Type.struct(n_parts=STRING)), "A basket.")
    assert two_types([("gold.a", PARTS), ("gold.b", basket)]) == [
        "gold.b: basket.n_parts is string, and the column n_parts is bigint"
    ]


def test_something_is_said() -> None:
    assert unsaid([("gold.a", replace(PARTS, doc="Parts."))]) == [
        "gold.a: n_parts has no sentence, class or unit"
    ]


def test_the_dictionary_gives_each_name_once() -> None:
    """Of two values of one name the later one would stand for both, wherever the first was meant."""
    assigned = [
        target.id
        for part in ("fields", "ledger_fields", "risk_fields", "pipeline_fields")
        for statement in ast.parse((ROOT / f"schemas/{part}.py").read_text()).body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    ]
    assert sorted({name for name in assigned if assigned.count(name) > 1}) == []
