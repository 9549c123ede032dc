"""A declaration that breaks a rule fails when it is made, and the message names the thing, the value and the rule."""

from dataclasses import replace

import pytest

from schemas import catalog
from schemas.catalog import event, silver_of, table
from schemas.declaration import (
    BOOLEAN,
    DATE,
    INTEGER,
    STRING,
    TIMESTAMP,
    Column,
    DeclarationError,
    Event,
    Table,
    Type,
)
from schemas.provenance import hashed
from schemas.transactions import FILL, FILLS

ID = Column("thing_id", STRING, "The thing.")
DAY = Column("event_date", DATE, "The day.")
AT = Column("happened_at", TIMESTAMP, "When it happened.")
COUNT = Column("n_parts", INTEGER, "How many parts.", unit="parts")

THING = Event("operations.things.v1", "A thing.", (DAY, ID), (DAY, ID, AT), happened_at=AT, dated_by=DAY)
THINGS = Table("gold.things", "Things.", "operations", (ID,), (ID, COUNT))


@pytest.mark.parametrize(
    ("name", "kind", "doc", "unit", "message"),
    [
        pytest.param("fillId", STRING, "It.", None, "'fillId': names are snake case", id="camel case"),
        pytest.param("fill__id", STRING, "It.", None, "snake case", id="two underscores"),
        pytest.param(
            "fill_id", STRING, "It", None, "fill_id: its sentence ends with a full stop", id="no stop"
        ),
        pytest.param(
            "n_parts", INTEGER, "It.", None, "n_parts: a number has a unit", id="integer without unit"
        ),
        pytest.param(
            "price", Type.decimal(18, 4), "It.", None, "a number has a unit", id="decimal without unit"
        ),
        pytest.param(
            "late", BOOLEAN, "It.", None, "late: a boolean begins with is_, has_ or was_", id="boolean"
        ),
        pytest.param("executed", TIMESTAMP, "It.", None, "executed: an instant ends with _at", id="instant"),
        pytest.param("day", DATE, "It.", None, "day: a day ends with _date", id="day"),
    ],
)
def test_a_column_keeps_the_conventions(
    name: str, kind: Type, doc: str, unit: str | None, message: str
) -> None:
    with pytest.raises(DeclarationError, match=message):
        Column(name, kind, doc, unit=unit)


@pytest.mark.parametrize(
    "topic", ["fills", "transactions.fills", "transactions.fills.v0", "Transactions.fills.v1"]
)
def test_a_topic_is_domain_plural_version(topic: str) -> None:
    with pytest.raises(DeclarationError, match=f"topic '{topic}': topics are domain.plural.vN"):
        replace(THING, topic=topic)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        pytest.param({"columns": (DAY, AT)}, "key column thing_id is not among its columns", id="key apart"),
        pytest.param({"columns": (DAY, ID, ID, AT)}, "columns declared twice: thing_id", id="doubled"),
        pytest.param(
            {"key": (ID,)}, "event_date dates it, so it belongs to the key", id="date outside the key"
        ),
        pytest.param({"columns": (DAY, ID)}, "happened_at is not among its columns", id="no instant"),
        pytest.param({"subject": COUNT}, "n_parts is not among its columns", id="unknown subject"),
    ],
)
def test_an_event_is_whole(changed: dict[str, tuple[Column, ...]], message: str) -> None:
    with pytest.raises(DeclarationError, match=f"operations.things.v1: .*{message}"):
        replace(THING, **changed)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        pytest.param({"name": "things"}, "'things': names are layer.nouns", id="no layer"),
        pytest.param({"name": "platinum.things"}, "layer one of bronze, silver, gold", id="unknown layer"),
        pytest.param(
            {"key": (ID.optional(),), "columns": (ID.optional(),)}, "thing_id may not be null", id="null key"
        ),
        pytest.param(
            {"provenance": (ID,)}, "columns declared twice: thing_id", id="provenance repeats a column"
        ),
        pytest.param({"sessions_by": DAY}, "event_date is not among its columns", id="sessions by nothing"),
    ],
)
def test_a_table_is_whole(changed: dict[str, object], message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        replace(THINGS, **changed)


@pytest.mark.parametrize(
    ("kind", "sql"),
    [
        (INTEGER, "bigint"),
        (Type.decimal(20, 8), "decimal(20,8)"),
        (Type.array(STRING), "array<string>"),
        (
            Type.array(Type.struct(name=STRING, weight=Type.decimal(12, 8))),
            "array<struct<name: string, weight: decimal(12,8)>>",
        ),
    ],
)
def test_a_type_knows_its_spark_name(kind: Type, sql: str) -> None:
    assert kind.sql == sql


def test_silver_keeps_personal_columns_as_hashes() -> None:
    address = Column("ip_address", STRING, "The address.", data_class="personal")
    assert (hashed(address).name, hashed(address).data_class) == ("ip_address_hash", "confidential")


def test_a_silver_table_is_its_event_and_where_it_came_from() -> None:
    assert silver_of(FILL) == FILLS
    assert [column.name for column in FILLS.all_columns][-10:] == [
        "source_name", "event_id", "sequence", "is_late",
        "origin_topic", "origin_partition", "origin_offset", "received_at", "refine_batch", "processed_at",
    ]  # fmt: skip


def test_an_unknown_name_is_answered_with_those_that_exist() -> None:
    with pytest.raises(
        DeclarationError, match=r"'gold\.cash' is not declared; the tables are .*gold\.cash_daily"
    ):
        table("gold.cash")
    with pytest.raises(
        DeclarationError,
        match=r"'transactions\.fills' is not declared; the topics are .*transactions\.fills\.v1",
    ):
        event("transactions.fills")


def test_names_find_their_declarations() -> None:
    assert event("transactions.fills.v1") is FILL
    assert table("silver.fills") is FILLS
    assert len({each.topic for each in catalog.EVENTS}) == len(catalog.EVENTS)
