"""The envelope around a record: a CloudEvents 1.0 event in structured JSON."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal

import orjson

from lake.checksum import ATTRIBUTE, checksum
from schemas.declaration import Event

HEADERS = (("content-type", b"application/cloudevents+json; charset=UTF-8"),)

# Without these the encoder would spell a stray datetime its own way instead of refusing it.
_STRICT = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_SUBCLASS


def wrap(
    event: Event,
    data: Mapping[str, object],
    *,
    source: str,
    sequence: int | None,
    event_id: str | None = None,
    traceparent: str | None = None,
) -> bytes:
    """The bytes of one message: the record in its envelope.

    `data` holds JSON values: decimals as text, instants as `2022-12-23T15:00:00.000000Z`, days as `2022-12-23`; it is
    not checked here (see `ingestion.publishing.records`). `sequence` counts a source's events without gaps, and `source-sequence`
    is the id where none is given. Raises ValueError for a value that JSON does not know, such as a number
    that is not finite, and KeyError without the instant or the subject of the event.
    """
    if event_id is None and sequence is None:
        raise ValueError(f"an event of {event.topic} needs a sequence or an id of its own")
    envelope: dict[str, object] = {
        "specversion": "1.0",
        "id": f"{source}-{sequence}" if event_id is None else event_id,
        "source": source,
        "type": event.topic,
        "time": data[event.happened_at.name],
        "dataschema": event.schema_id,
    }
    if event.subject is not None:
        envelope["subject"] = data[event.subject.name]
    if sequence is not None:
        envelope["sequence"] = str(sequence)
    if traceparent is not None:
        envelope["traceparent"] = traceparent
    envelope[ATTRIBUTE] = checksum(data)
    envelope["data"] = dict(data)
    return orjson.dumps(envelope, option=_STRICT)


def json_values(event: Event, record: Mapping[str, object]) -> dict[str, object]:
    """A record of Python values as `wrap` takes it, in the event's order: decimals, days and instants as text.

    Instants are aware. Raises KeyError where a column is absent.
    """
    return {column.name: _json_value(record[column.name]) for column in event.columns}


def _json_value(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def message_key(event: Event, data: Mapping[str, object]) -> bytes | None:
    """The Kafka key of a record: its subject, so that one subject keeps its order; None without a subject."""
    return None if event.subject is None else str(data[event.subject.name]).encode()
