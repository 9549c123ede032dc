"""What messages in an envelope say (CloudEvents 1.0, structured JSON)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from lake.checksum import has_another_record, is_altered
from lake.decoding.texts import MALFORMED, Reason, Said
from schemas import catalog
from schemas.declaration import Event

UNDECLARED_A_ROW, UNDECLARED_LETTERS = 5, 64

_TOPICS = frozenset(event.topic for event in catalog.EVENTS)
_BIGINT = range(-(2**63), 2**63)
_WHOLE_NUMBER = re.compile(r" *[+-]?[0-9]{1,19} *")
# Of these orjson keeps what was sent; it reads any other number as a double.
_EXACT = frozenset((str, bool, int, type(None)))
_EXACT_OR_RECORD = _EXACT | {dict}
_NESTED = (dict, list)
_GAPS = (b" ", b"\t", b"\n", b"\r")
_ALTERED: Reason = ("altered", "data")


def reader(event: Event) -> Callable[[bytes | None], Said]:
    """What a message of the event's topic says. Never raises: what cannot be read has a reason.

    Of names in the record that the event does not declare it tells a few, cut off: who sends rubbish must not fill a
    table with it.
    """
    names = tuple(column.name for column in event.columns)
    declared = frozenset(names)
    nothing = (None,) * len(names)

    def said(raw: bytes | None) -> Said:
        envelope, is_exact = _parse(raw)
        if envelope is None:
            return Said(None, None, None, MALFORMED, (), nothing)
        record = envelope.get("data")
        data: Mapping[str, Any] = record if type(record) is dict else {}
        return Said(
            _text(envelope.get("source")),
            _text(envelope.get("id")),
            _sequence(envelope.get("sequence")),
            _reason(event, envelope)
            or (_ALTERED if (has_another_record(envelope) if is_exact else is_altered(raw)) else None),
            () if data.keys() <= declared else _others(data, declared),
            tuple(map(data.get, names)),
        )

    return said


def _parse(raw: bytes | None) -> tuple[dict[str, Any] | None, bool]:
    """The JSON object that the bytes are, and whether its numbers are numbers; None where they are none, or where an
    object has a name twice.

    A quick parser keeps the last of two equal names and reads numbers as doubles, so what may have either is read once
    more, slowly: names twice are refused, and numbers stay as they are spelled, as texts.
    """
    text = (raw or b"").strip(b" ")
    if not (text.startswith(b"{") and text.endswith(b"}")):
        return None, False
    try:
        envelope: dict[str, Any] = orjson.loads(text)
    except orjson.JSONDecodeError:
        return _read_slowly(text), False  # it refuses a number that no double holds too
    record = envelope.get("data")
    data = record if type(record) is dict else {}
    is_certain = (
        _EXACT_OR_RECORD.issuperset(map(type, envelope.values()))
        and _EXACT.issuperset(map(type, data.values()))
        and _has_distinct_names(text, len(envelope) + len(data))
    )
    return (envelope, True) if is_certain else (_read_slowly(text), False)


def _has_distinct_names(text: bytes, n_names: int) -> bool:
    """Whether it is certain that no name is there twice, `n_names` being the different ones.

    Each name ends in a quote and a colon. Where nothing stands between them, as many of these pairs as there are names
    means that all names differ; texts that hold such a pair only make it look as if there were more.
    """
    for gap in _GAPS:
        # A single byte is looked for many times quicker than two, and most often is not there at all.
        if gap in text and b'"' + gap in text:
            return False
    return text.count(b'":') == n_names


def _read_slowly(text: bytes) -> dict[str, Any] | None:
    try:
        envelope = json.loads(
            text.decode(),
            object_pairs_hook=_distinct,
            parse_int=str,
            parse_float=str,
            parse_constant=_refuse,
        )
        json.dumps(envelope, ensure_ascii=False).encode()  # half of a surrogate pair is no text
    except (ValueError, RecursionError):
        return None
    return envelope if isinstance(envelope, dict) else None


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is there twice")
    return found


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is no JSON")


def _reason(event: Event, envelope: Mapping[str, Any]) -> Reason | None:
    """The first thing that is wrong with an envelope."""
    kind = envelope.get("type")
    if kind != event.topic:
        if (kind := _text(kind)) is None:
            return ("missing", "type")
        return ("misrouted", "type") if kind in _TOPICS else ("unknown_type", "type")
    if _text(envelope.get("specversion")) != "1.0" or envelope.get("dataschema") != event.schema_id:
        return ("unknown_version", "dataschema")
    for name in ("id", "source"):
        if _text(envelope.get(name)) is None:
            return ("missing", name)
    if type(envelope.get("data")) is not dict:
        return ("missing", "data")
    return None


def _text(value: object) -> str | None:
    """An attribute as text; what is no text and no number is as good as absent."""
    if type(value) is str or value is None:
        return value
    return None if type(value) in _NESTED else str(value).lower()


def _sequence(value: object) -> int | None:
    text = _text(value)
    if text is None or not _WHOLE_NUMBER.fullmatch(text):
        return None
    return number if (number := int(text)) in _BIGINT else None


def _others(data: Mapping[str, Any], declared: frozenset[str]) -> list[str]:
    return [name[:UNDECLARED_LETTERS] for name in sorted(data.keys() - declared)[:UNDECLARED_A_ROW]]
