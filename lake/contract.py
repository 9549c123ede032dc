"""Bytes in, decoded and classified rows out: shared by refine, the alert stream and replays.

A decoded row keeps where it came from and carries
`record` (the event's columns as silver keeps them), `source_name`, `event_id`, `sequence`, `happened_at`,
`key_text` and `key_date` (which earlier bearer it could repeat), `payload_hash`, `reasons`: every broken promise,
empty where the row keeps them all, and `undeclared_fields`: names in the record that the event does not declare.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from lake import access_log
from lake.checksum import is_altered
from lake.messages import MESSAGE
from lake.structs import column_promises, row_hash
from schemas import catalog
from schemas.declaration import Column as Declared
from schemas.declaration import Event
from schemas.provenance import hashed, silver_columns

UNDECLARED_A_ROW, UNDECLARED_LETTERS = 5, 64
FUTURE_TOLERANCE = "INTERVAL 5 MINUTES"
DECODED = (*MESSAGE, "source_name", "event_id", "sequence", "happened_at", "key_text", "key_date", "payload_hash",
           "reasons", "undeclared_fields", "record")  # fmt: skip

_ENVELOPE = ("specversion", "id", "source", "type", "dataschema", "sequence")
_REASON_TYPE = "array<struct<code:string,subject:string>>"
# Years that every reader knows, in any offset: Spark knows the year 0 and the year 10000, and others have neither.
_INSTANT = "^(?!9999)[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})$"
_DAY = "^[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}$"
_NOT_FINITE = '^[+-]?"?(nan|inf|infinity)"?$'


@dataclass(frozen=True)
class _Broken:
    """A condition under which a promise is broken, and the reason to give for it."""

    condition: str
    code: str
    subject: str

    @property
    def sql(self) -> str:
        return f"CASE WHEN {self.condition} THEN named_struct('code', '{self.code}', 'subject', '{self.subject}') END"


def decode(messages: DataFrame, event: Event, hash_key: str) -> DataFrame:
    """Messages of one topic as decoded rows, none dropped. Columns: DECODED."""
    texts = access_log.parse(messages, event) if event.raw_line else _parse_envelopes(messages, event)
    typed = texts.select("*", *[_typed(column).alias(column.name) for column in event.columns])
    judged = typed.withColumn("reasons", _reasons(event))
    hidden = judged.withColumns(
        {c.name: _hide(c, hash_key) for c in event.columns if c.data_class == "personal"}
    )
    kept = [_silver_name(column) for column in event.columns]
    record = hidden.withColumnsRenamed(
        {c.name: _silver_name(c) for c in event.columns if c.data_class == "personal"}
    )
    return record.select(
        *MESSAGE,
        "source_name",
        "event_id",
        "sequence",
        F.col(event.happened_at.name).alias("happened_at"),
        key_text(event).alias("key_text"),
        F.col(event.dated_by.name).alias("key_date"),
        payload_hash(event).alias("payload_hash"),
        "reasons",
        "undeclared_fields",
        F.struct(*kept).alias("record"),
    )


def key_text(event: Event) -> Column:
    """The natural key as one text, from decoded or from silver columns."""
    return F.to_json(F.struct(*[column.name for column in event.key]))


def payload_hash(event: Event) -> Column:
    """A hash of everything that the source said, from decoded or from silver columns."""
    return row_hash(silver_columns(event))


def _silver_name(column: Declared) -> str:
    return hashed(column).name if column.data_class == "personal" else column.name


def _hide(column: Declared, hash_key: str) -> Column:
    return F.sha2(F.concat(F.lit(f"{hash_key}|"), F.col(column.name)), 256)


def _parse_envelopes(messages: DataFrame, event: Event) -> DataFrame:
    """Adds `text` values of every column (`text_<name>`), the envelope's columns, and `envelope_reasons`."""
    data = T.StructType([T.StructField(column.name, T.StringType()) for column in event.columns])
    envelope = T.StructType([T.StructField(name, T.StringType()) for name in _ENVELOPE]).add("data", data)
    text = F.expr("trim(try_validate_utf8(CAST(raw AS string)))")
    # Wrapped in an array, rubbish after the object no longer parses and a second value shows; doubled names never do.
    parsed = F.expr("try_parse_json(concat('[', text, ']'))")
    alone = "parsed IS NOT NULL AND text LIKE '{%}' AND try_variant_get(parsed, '$[1]', 'string') IS NULL"
    return (
        messages.withColumn("text", text)
        .withColumn("parsed", parsed)
        .withColumn("is_json", F.expr(f"coalesce({alone}, false)"))
        .withColumn("envelope", F.when(F.col("is_json"), F.from_json("text", envelope)))
        .withColumn("is_altered", _is_altered("raw"))
        .select(
            *MESSAGE,
            F.col("envelope.source").alias("source_name"),
            F.col("envelope.id").alias("event_id"),
            F.expr("try_cast(envelope.sequence AS bigint)").alias("sequence"),
            _envelope_reasons(event).alias("envelope_reasons"),
            _undeclared(event).alias("undeclared_fields"),
            *[F.col(f"envelope.data.{column.name}").alias(f"text_{column.name}") for column in event.columns],
        )
    )


@F.arrow_udf(T.BooleanType())  # type: ignore[arg-type,call-overload,misc,untyped-decorator]
def _is_altered(raw: pa.Array) -> pa.Array:
    return pa.array([is_altered(each) for each in raw.to_pylist()], pa.bool_())


def _undeclared(event: Event) -> Column:
    """Names, a few of them and cut off: who sends rubbish must not fill a table with it."""
    declared = ", ".join(f"'{column.name}'" for column in event.columns)
    names = "map_keys(try_variant_get(parsed, '$[0].data', 'map<string,variant>'))"
    others = f"array_except(coalesce({names}, array()), array({declared}))"
    return F.expr(
        f"transform(slice({others}, 1, {UNDECLARED_A_ROW}), name -> left(name, {UNDECLARED_LETTERS}))"
    )


def _envelope_reasons(event: Event) -> Column:
    known = ", ".join(f"'{each.topic}'" for each in catalog.EVENTS)
    return F.expr(f"""
        CASE
        WHEN NOT is_json THEN array(named_struct('code', 'malformed', 'subject', 'raw'))
        WHEN envelope.type IS NULL THEN array(named_struct('code', 'missing', 'subject', 'type'))
        WHEN envelope.type NOT IN ({known}) THEN array(named_struct('code', 'unknown_type', 'subject', 'type'))
        WHEN envelope.type <> '{event.topic}' THEN array(named_struct('code', 'misrouted', 'subject', 'type'))
        WHEN envelope.specversion IS DISTINCT FROM '1.0' OR envelope.dataschema IS DISTINCT FROM '{event.schema_id}'
            THEN array(named_struct('code', 'unknown_version', 'subject', 'dataschema'))
        WHEN envelope.id IS NULL THEN array(named_struct('code', 'missing', 'subject', 'id'))
        WHEN envelope.source IS NULL THEN array(named_struct('code', 'missing', 'subject', 'source'))
        WHEN envelope.data IS NULL THEN array(named_struct('code', 'missing', 'subject', 'data'))
        WHEN is_altered THEN array(named_struct('code', 'altered', 'subject', 'data'))
        ELSE CAST(array() AS {_REASON_TYPE}) END""")


def _typed(column: Declared) -> Column:
    """A value of the declared type, or null where its text is none."""
    text = f"text_{column.name}"
    kind = column.type
    if kind.name == "string":
        return F.expr(f"nullif({text}, '')")
    if kind.name == "timestamp":
        return F.expr(f"CASE WHEN {text} RLIKE '{_INSTANT}' THEN try_cast({text} AS timestamp) END")
    if kind.name == "date":
        return F.expr(f"CASE WHEN {text} RLIKE '{_DAY}' THEN try_cast({text} AS date) END")
    if kind.name == "boolean":
        return F.expr(f"CASE {text} WHEN 'true' THEN true WHEN 'false' THEN false END")
    if kind.name == "integer":
        return F.expr(f"CASE WHEN {text} RLIKE '^-?[0-9]+$' THEN try_cast({text} AS bigint) END")
    if kind.name in ("array", "struct"):
        return F.from_json(text, F.lit(kind.sql))
    return F.expr(f"try_cast({text} AS {kind.sql})")


def _reasons(event: Event) -> Column:
    """The envelope's reasons or, where it has none, every broken promise of the columns."""
    broken = [
        _Broken(f"{c.required} AND coalesce(text_{c.name}, '') = ''", "missing", c.name)
        for c in event.columns
    ]
    broken += [each for column in event.columns for each in _type_reasons(column)]
    broken += [
        _Broken(f"NOT {promise.sql}", promise.code, promise.subject)
        for promise in column_promises(event.columns)
        if promise.code not in ("missing", "not_finite")
    ]
    broken += [_Broken(f"NOT coalesce({p.sql}, true)", p.code, p.name) for p in event.promises]
    happened = event.happened_at.name
    broken.append(_Broken(f"{happened} > received_at + {FUTURE_TOLERANCE}", "future", happened))
    listed = f"filter(array({', '.join(each.sql for each in broken)}), reason -> reason IS NOT NULL)"
    # Listing reasons is not compiled by Spark; asking whether there is one is, and nearly every row has none.
    return F.expr(f"""
        CASE WHEN size(envelope_reasons) > 0 THEN envelope_reasons
             WHEN {" OR ".join(f"({each.condition})" for each in broken)} THEN {listed}
             ELSE CAST(array() AS {_REASON_TYPE}) END""")


def _type_reasons(column: Declared) -> list[_Broken]:
    name, text = column.name, f"text_{column.name}"
    if column.type.name == "string":
        return [] if column.required else [_Broken(f"{text} = ''", "missing", name)]
    given = f"coalesce({text}, '') <> ''"
    if column.type.name not in ("decimal", "double"):
        return [_Broken(f"{given} AND {name} IS NULL", "wrong_type", name)]
    not_finite = f"lower({text}) RLIKE '{_NOT_FINITE}'"
    found = [
        _Broken(f"{given} AND {not_finite}", "not_finite", name),
        _Broken(f"{given} AND {name} IS NULL AND NOT {not_finite}", "wrong_type", name),
    ]
    if column.type.name == "decimal":
        inexact = f"{name} IS NOT NULL AND try_cast({text} AS decimal(38,18)) <> {name}"
        found.append(_Broken(inexact, "inexact", name))
    return found
