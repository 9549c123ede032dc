"""The JSON Schema (2020-12) of an event's `data`: what a producer may send and what a consumer may count on."""

from __future__ import annotations

from schemas.checks import Check
from schemas.declaration import Column, DeclarationError, Event, Type

JsonSchema = dict[str, object]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_INSTANT = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})$"
_PLAIN: dict[str, JsonSchema] = {
    "string": {"type": "string", "minLength": 1},
    "binary": {"type": "string", "contentEncoding": "base64"},
    "boolean": {"type": "boolean"},
    "integer": {"type": "integer", "format": "int64"},
    "double": {"type": "number"},
    "timestamp": {"type": "string", "format": "date-time", "pattern": _INSTANT},
    "date": {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
}


def json_schema(event: Event) -> JsonSchema:
    """The schema of the `data` object. An optional column may be absent or null.

    Columns that are not declared are allowed: within a version optional columns may be added, so a consumer ignores
    what it does not know. A text that is given is not empty. Decimals are strings; JSON Schema has no bounds for those, so their bounds are annotations
    (`x-minimum`, `x-exclusiveMinimum`, `x-maximum`). Raises DeclarationError for a topic of raw lines.
    """
    if event.raw_line:
        raise DeclarationError(f"topic {event.topic} carries raw lines: they have no JSON schema")
    return {
        "$schema": DIALECT,
        "$id": event.schema_id,
        "title": event.topic,
        "description": event.doc,
        "type": "object",
        "properties": {column.name: _property(column) for column in event.columns},
        "required": [column.name for column in event.columns if column.required],
        "additionalProperties": True,
        "x-key": [column.name for column in event.key],
        "x-happened-at": event.happened_at.name,
        "x-dated-by": event.dated_by.name,
        "x-subject": None if event.subject is None else event.subject.name,
        "x-promises": {promise.name: promise.sql for promise in event.promises},
    }


def _property(column: Column) -> JsonSchema:
    schema = _of_type(column.type)
    for check in column.checks:
        schema |= _of_check(check, column.type)
    if not column.required:
        schema = _or_null(schema)
    unit = {} if column.unit is None else {"x-unit": column.unit}
    return {**schema, "description": column.doc, **unit, "x-class": column.data_class}


def _of_type(kind: Type) -> JsonSchema:
    if kind.name == "decimal":
        return {"type": "string", "pattern": _decimal_pattern(kind.precision, kind.scale)}
    if kind.name == "array":
        assert kind.element is not None
        return {"type": "array", "items": _of_type(kind.element)}
    if kind.name == "struct":
        return {
            "type": "object",
            "properties": {name: _of_type(of) for name, of in kind.fields},
            "required": [name for name, _ in kind.fields],
        }
    return dict(_PLAIN[kind.name])


def _decimal_pattern(precision: int, scale: int) -> str:
    more = precision - scale - 1
    whole = "0" if more < 0 else f"(0|[1-9][0-9]{{0,{more}}})"
    return f"^-?{whole}$" if scale == 0 else f"^-?{whole}([.][0-9]{{1,{scale}}})?$"


def _of_check(check: Check, kind: Type) -> JsonSchema:
    schema = check.json_schema()
    if kind.name != "decimal":
        return schema
    return {f"x-{keyword}": str(bound) for keyword, bound in schema.items()}


def _or_null(schema: JsonSchema) -> JsonSchema:
    nullable = {**schema, "type": [schema["type"], "null"]}
    allowed = schema.get("enum")
    return {**nullable, "enum": [*allowed, None]} if isinstance(allowed, list) else nullable
