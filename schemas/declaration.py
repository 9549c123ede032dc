"""The values that data is declared with: Type, Column, Promise, Event, Table."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from schemas.checks import Check

DataClass = Literal["public", "internal", "personal", "confidential"]
SecondAnswer = Literal["append", "replace", "revise"]

LAYERS = ("bronze", "silver", "gold", "quarantine", "ops")
NUMBERS = ("integer", "double", "decimal")
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_TOPIC = re.compile(r"[a-z]+\.[a-z_]+\.v[1-9][0-9]*")
_BOOLEAN_PREFIXES = ("is_", "has_", "was_")


class DeclarationError(ValueError):
    """A declaration breaks a rule; the message names the thing, the value and the rule."""


@dataclass(frozen=True)
class Type:
    """A type, named as the field names it; `sql` is its Spark name."""

    name: str
    precision: int = 0
    scale: int = 0
    element: Type | None = None
    fields: tuple[tuple[str, Type], ...] = ()

    @staticmethod
    def decimal(precision: int, scale: int) -> Type:
        return Type("decimal", precision, scale)

    @staticmethod
    def array(element: Type) -> Type:
        return Type("array", element=element)

    @staticmethod
    def struct(**fields: Type) -> Type:
        return Type("struct", fields=tuple(fields.items()))

    @property
    def sql(self) -> str:
        if self.name == "decimal":
            return f"decimal({self.precision},{self.scale})"
        if self.name == "array":
            assert self.element is not None
            return f"array<{self.element.sql}>"
        if self.name == "struct":
            return f"struct<{', '.join(f'{name}: {kind.sql}' for name, kind in self.fields)}>"
        return "bigint" if self.name == "integer" else self.name


STRING = Type("string")
BINARY = Type("binary")
BOOLEAN = Type("boolean")
INTEGER = Type("integer")
DOUBLE = Type("double")
TIMESTAMP = Type("timestamp")
DATE = Type("date")


@dataclass(frozen=True)
class Column:
    """A name with one type, one unit, one meaning. Required unless it says otherwise: missing is null, never zero or ""."""

    name: str
    type: Type
    doc: str
    unit: str | None = None
    checks: tuple[Check, ...] = ()
    data_class: DataClass = "internal"
    required: bool = True

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise DeclarationError(f"column {self.name!r}: names are snake case")
        if not self.doc.endswith("."):
            raise DeclarationError(
                f"column {self.name}: its sentence ends with a full stop, got {self.doc!r}"
            )
        if self.type.name in NUMBERS and self.unit is None:
            raise DeclarationError(f"column {self.name}: a number has a unit")
        if self.type == BOOLEAN and not self.name.startswith(_BOOLEAN_PREFIXES):
            raise DeclarationError(f"column {self.name}: a boolean begins with is_, has_ or was_")
        if self.type == TIMESTAMP and not self.name.endswith("_at"):
            raise DeclarationError(f"column {self.name}: an instant ends with _at")
        if self.type == DATE and not self.name.endswith("_date"):
            raise DeclarationError(f"column {self.name}: a day ends with _date")

    def optional(self) -> Column:
        """The same column where it may be null."""
        return replace(self, required=False)


@dataclass(frozen=True)
class Promise:
    """What holds in every row, as one SQL condition over several columns. A null result counts as kept."""

    name: str
    sql: str
    doc: str
    code = "promise"


@dataclass(frozen=True)
class Versions:
    """How a versioned table is read as it stood: the newest version of an entity that was effective and recorded."""

    entity: tuple[Column, ...]
    effective_at: Column
    recorded_at: Column
    tie_break: Column


@dataclass(frozen=True)
class Event:
    """What a topic carries. The key decides what a duplicate is; it holds `dated_by`, the day that silver is pruned by.

    `subject` is the Kafka message key: one subject, one partition, one order. A `raw_line` topic carries text lines as
    they are instead of an envelope.
    """

    topic: str
    doc: str
    key: tuple[Column, ...]
    columns: tuple[Column, ...]
    happened_at: Column
    dated_by: Column
    subject: Column | None = None
    promises: tuple[Promise, ...] = ()
    raw_line: bool = False
    n_partitions: int = 2

    def __post_init__(self) -> None:
        if not _TOPIC.fullmatch(self.topic):
            raise DeclarationError(f"topic {self.topic!r}: topics are domain.plural.vN")
        _check_columns(self.topic, self.columns, self.key)
        if self.dated_by not in self.key:
            raise DeclarationError(
                f"event {self.topic}: {self.dated_by.name} dates it, so it belongs to the key"
            )
        needed = (self.happened_at,) if self.subject is None else (self.happened_at, self.subject)
        for column in needed:
            if column not in self.columns:
                raise DeclarationError(f"event {self.topic}: {column.name} is not among its columns")

    @property
    def domain(self) -> str:
        return self.topic.split(".")[0]

    @property
    def schema_id(self) -> str:
        """What the envelope's `dataschema` says."""
        return f"brokerlake:{self.topic}"


@dataclass(frozen=True)
class Table:
    """What a table of the lake holds. `second_answer` says what a second computation of a session does.

    `sessions_by` is the column that a run of sessions is read by: `session_date`, or an instant that is mapped to the
    book session that closes at or after it; a table without one is read whole. `min_rows` is what the gate wants of
    a session. With `keep_sessions` only the rows of the newest so many sessions are kept.
    """

    name: str
    doc: str
    domain: str
    key: tuple[Column, ...]
    columns: tuple[Column, ...]
    promises: tuple[Promise, ...] = ()
    provenance: tuple[Column, ...] = ()
    second_answer: SecondAnswer = "append"
    sessions_by: Column | None = None
    versions: Versions | None = None
    min_rows: int = 0
    keep_sessions: int | None = None
    event: Event | None = None

    def __post_init__(self) -> None:
        if self.layer not in LAYERS or not _NAME.fullmatch(self.name.split(".", 1)[-1]):
            raise DeclarationError(
                f"table {self.name!r}: names are layer.nouns, layer one of {', '.join(LAYERS)}"
            )
        _check_columns(self.name, self.all_columns, self.key)
        if self.sessions_by is not None and self.sessions_by not in self.columns:
            raise DeclarationError(f"table {self.name}: {self.sessions_by.name} is not among its columns")

    @property
    def layer(self) -> str:
        return self.name.split(".")[0]

    @property
    def short_name(self) -> str:
        return self.name.split(".")[1]

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """The columns and, last, those about where rows came from, which comparisons of two runs leave out."""
        return (*self.columns, *self.provenance)


def _check_columns(owner: str, columns: tuple[Column, ...], key: tuple[Column, ...]) -> None:
    names = [column.name for column in columns]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise DeclarationError(f"{owner}: columns declared twice: {', '.join(doubled)}")
    for column in key:
        if column not in columns:
            raise DeclarationError(f"{owner}: key column {column.name} is not among its columns")
        if not column.required:
            raise DeclarationError(f"{owner}: key column {column.name} may not be null")
