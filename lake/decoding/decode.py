"""Bytes in, decoded and judged rows out: shared by refine, the alert stream and replays.

A decoded row keeps where it came from and when, and carries
`record` (the event's columns as silver keeps them), `source_name`, `event_id`, `sequence`,
`key_date` and `key_hash` (which earlier bearer of its key it could repeat), `reasons`: every broken promise,
empty where the row keeps them all, and `undeclared_fields`: names in the record that the event does not declare.

The bytes are read in Python, once, by columns (`lake.decoding.judge`), and do not come back: what is set aside takes them
from where they were. What is declared as SQL over several columns is left to Spark.
"""

from __future__ import annotations

from functools import partial

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from lake.decoding.judge import PASSED, judged
from lake.structs import row_hash, spark_type
from schemas import pipeline_fields as p
from schemas.declaration import Column as Declared
from schemas.declaration import Event
from schemas.provenance import hashed, silver_columns

FUTURE_TOLERANCE = "INTERVAL 5 MINUTES"

_PLACE = ("origin_partition", "origin_offset")
_JUDGED = (
    *[T.StructField(c.name, spark_type(c.type)) for c in (p.SOURCE_NAME, p.EVENT_ID, p.SEQUENCE, p.REASONS)],
    T.StructField("has_envelope", T.BooleanType()),
    T.StructField("undeclared_fields", T.ArrayType(T.StringType())),
)


def decode(messages: DataFrame, event: Event, hash_key: str) -> DataFrame:
    """Messages of one topic as decoded rows, none dropped."""
    sent = messages.select(*_PLACE, "received_at", "raw", *(["headers"] if event.raw_line else []))
    rows = sent.mapInArrow(partial(judged, event), _judged_type(sent.schema, event))  # type: ignore[arg-type]
    hidden = rows.withColumn("reasons", _with_promises(event)).withColumns(
        {c.name: _hide(c, hash_key) for c in event.columns if c.data_class == "personal"}
    )
    record = [F.col(column.name).alias(_silver_name(column)) for column in event.columns]
    return hidden.select(
        F.lit(event.topic).alias("origin_topic"),
        *_PLACE,
        "received_at",
        "source_name",
        "event_id",
        "sequence",
        F.col(event.dated_by.name).alias("key_date"),
        key_hash(event).alias("key_hash"),
        "reasons",
        "undeclared_fields",
        F.struct(*record).alias("record"),
    )


def is_good() -> Column:
    """Whether a decoded row keeps its promises."""
    return F.size("reasons") == 0


def key_hash(event: Event) -> Column:
    """A hash of topic and key, from decoded or from silver columns: equal keys have equal ones, and few others do."""
    return F.xxhash64(F.lit(event.topic), *[column.name for column in event.key])


def key_text(event: Event) -> Column:
    """The natural key as one text, from silver's columns."""
    return F.to_json(F.struct(*[column.name for column in event.key]))


def payload_hash(event: Event) -> Column:
    """A hash of everything that the source said, from silver's columns."""
    return row_hash(silver_columns(event))


def _judged_type(sent: T.StructType, event: Event) -> T.StructType:
    left = [field for field in sent.fields if field.name in PASSED]
    return T.StructType(
        [*left, *_JUDGED, *[T.StructField(c.name, spark_type(c.type)) for c in event.columns]]
    )


def _silver_name(column: Declared) -> str:
    return hashed(column).name if column.data_class == "personal" else column.name


def _hide(column: Declared, hash_key: str) -> Column:
    return F.sha2(F.concat(F.lit(f"{hash_key}|"), F.col(column.name)), 256)


def _with_promises(event: Event) -> Column:
    """The reasons so far and, where the envelope is sound, the broken promises over several columns."""
    happened = event.happened_at.name
    broken = [(f"NOT coalesce({each.sql}, true)", each.code, each.name) for each in event.promises]
    broken.append((f"coalesce({happened} > received_at + {FUTURE_TOLERANCE}, false)", "future", happened))
    structs = [f"CASE WHEN {sql} THEN named_struct('code', '{code}', 'subject', '{subject}') END"
               for sql, code, subject in broken]  # fmt: skip
    listed = f"filter(array({', '.join(structs)}), reason -> reason IS NOT NULL)"
    # Listing reasons is not compiled by Spark; asking whether there is one is, and nearly every row has none.
    is_any = " OR ".join(f"({sql})" for sql, _, _ in broken)
    return F.expr(f"CASE WHEN has_envelope AND ({is_any}) THEN concat(reasons, {listed}) ELSE reasons END")
