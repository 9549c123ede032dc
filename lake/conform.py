"""A transform's result as its table declares it, or a refusal."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from lake.errors import JobError
from lake.structs import spark_type
from schemas.declaration import Table

_WIDENS = {("int", "bigint"), ("smallint", "bigint"), ("float", "double"), ("int", "double")}


def conform(frame: DataFrame, table: Table) -> DataFrame:
    """The declared columns in declared order. Raises JobError where one is missing, strange or of another type.

    Revision and provenance are added when the rows are published.
    """
    wanted = [column for column in table.columns if column.name != "revision"]
    given = {field.name: field.dataType for field in frame.schema.fields}
    strange = sorted(set(given) - {column.name for column in wanted})
    missing = sorted({column.name for column in wanted} - set(given))
    if strange or missing:
        raise JobError(
            f"{table.name}: its job gives no {missing or 'column too few'}, and not declared {strange}"
        )
    for column in wanted:
        _refuse_other_type(table, column.name, given[column.name], spark_type(column.type))
    return frame.select(*[F.col(c.name).cast(spark_type(c.type)).alias(c.name) for c in wanted])


def _refuse_other_type(table: Table, name: str, given: T.DataType, declared: T.DataType) -> None:
    pair = (given.simpleString(), declared.simpleString())
    if pair[0] != pair[1] and pair not in _WIDENS:
        raise JobError(f"{table.name}.{name}: its job gives {pair[0]}, declared is {pair[1]}")
