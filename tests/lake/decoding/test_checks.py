"""A check says the same of a value in Arrow and in SQL, which gates and the docs speak."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from lake.arrow import arrow_type
from lake.decoding.checks import is_broken
from schemas import catalog
from schemas.checks import Check
from schemas.declaration import Column

TEXTS = ["", "a", "buy", "sell", "USD", "usd", "XNYS", "XNYS\n", "XNYS ", "a" * 64, "a" * 65, "-a", "a/b.c:d_e-f",
         "é", "a\nb", "\n", "R1", "C1-lowest", None]  # fmt: skip
NUMBERS = [-1, 0, 1, 99, 100, 599, 600, None]


def checked() -> dict[str, tuple[Column, Check]]:
    """Each check of an event's columns once, by its sentence."""
    pairs = [
        (column, check) for event in catalog.EVENTS for column in event.columns for check in column.checks
    ]
    return {f"{column.type.sql}: {check.words('it')}": (column, check) for column, check in pairs}


def values(column: Column) -> list[Any]:
    if column.type.name == "string":
        return TEXTS
    if column.type.name == "decimal":
        largest = 10 ** (column.type.precision - column.type.scale)
        fitting = [Decimal(n) for n in NUMBERS if n is not None and n < largest]
        return [*fitting, None, Decimal("0.0001"), Decimal("-0.0001")]
    return NUMBERS


def test_every_check_of_an_event_says_what_its_sql_says(spark: SparkSession) -> None:
    assert len(checked()) > 10
    broken = 0
    for words, (column, check) in checked().items():
        sent = pa.array(values(column), arrow_type(column.type))
        frame = spark.createDataFrame(pa.table({"place": range(len(sent)), "it": sent}))
        said = frame.select("place", F.expr(f"NOT coalesce({check.sql('it')}, true)").alias("is_broken"))
        by_sql = [row["is_broken"] for row in said.orderBy("place").collect()]
        assert is_broken(check, sent).to_pylist() == by_sql, words
        broken += sum(by_sql)
    assert broken > 50
