"""Records in a file, one JSON object a line, as messages of a topic: all of them, or none."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ingestion.errors import BrokenRecords, Misuse, RawLineTopic, UnknownTopic, UnreadableFile
from ingestion.publishing import records
from ingestion.publishing.publisher import Publisher
from lake import envelope
from schemas import catalog
from schemas.declaration import Event

# What a broker takes by default, less room for headers and framing.
LARGEST_MESSAGE_BYTES = 1_000_000


@dataclass(frozen=True)
class Outgoing:
    key: bytes | None
    value: bytes


def event_of(topic: str) -> Event:
    """The event that a topic's records are held against. Raises UnknownTopic and RawLineTopic."""
    events = {event.topic: event for event in catalog.EVENTS}
    if topic not in events:
        raise UnknownTopic(topic, list(events))
    if events[topic].raw_line:
        raise RawLineTopic(topic)
    return events[topic]


def messages(event: Event, file: Path, source: str | None = None) -> list[Outgoing]:
    """Every record of the file in its envelope, checked first; empty lines do not count.

    The same file gives the same bytes: the sequence counts its records from 1, and an id is a digest of file name,
    line number and line. Raises UnreadableFile, and BrokenRecords with every problem of every line.
    """
    if source == "":
        raise Misuse("the source is empty: name the system that the records come from")
    name = f"cli:{file.name}" if source is None else source
    outgoing: list[Outgoing] = []
    problems: list[str] = []
    for number, line in _lines(file):
        try:
            data = _parsed(line)
        except ValueError as error:
            problems.append(f"line {number}: {error}")
            continue
        broken = records.violations(event, data)
        if not broken:
            value = envelope.wrap(
                event,
                data,
                source=name,
                sequence=len(outgoing) + 1,
                event_id=_event_id(file.name, number, line),
            )
            outgoing.append(Outgoing(envelope.message_key(event, data), value))
            broken = _too_large(value)
        problems.extend(f"line {number}: {problem}" for problem in broken)
    if problems:
        raise BrokenRecords(file, event.topic, problems)
    if not outgoing:
        raise Misuse(f"file {file} holds no records: one JSON object a line is wanted")
    return outgoing


def send(event: Event, outgoing: list[Outgoing], publisher: Publisher) -> None:
    """Sends all and waits for the acknowledgements. Raises DeliveryFailed."""
    for message in outgoing:
        publisher.publish(event.topic, message.key, message.value, envelope.HEADERS)
    publisher.flush()


def _lines(file: Path) -> Iterator[tuple[int, bytes]]:
    try:
        with file.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield number, line.strip()
    except OSError as error:
        raise UnreadableFile(file, error.strerror or str(error)) from error


def _parsed(line: bytes) -> dict[str, object]:
    """The object in a line. Raises ValueError with the reason where there is none."""
    try:
        data = json.loads(line.decode(), object_pairs_hook=_without_doubles, parse_constant=_refuse_constant)
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"this is not JSON: {error}") from error
    if not isinstance(data, dict):
        raise ValueError("a record is a JSON object with a value a column")
    return data


def _without_doubles(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        doubled = sorted({name for name in names if names.count(name) > 1})
        raise ValueError(f"{', '.join(doubled)} is given twice")
    return found


def _refuse_constant(constant: str) -> object:
    raise ValueError(f"{constant} is no JSON number")


def _event_id(file_name: str, line_number: int, line: bytes) -> str:
    place = f"{file_name}\0{line_number}\0".encode()
    return hashlib.sha256(place + line).hexdigest()[:32]


def _too_large(value: bytes) -> tuple[str, ...]:
    if len(value) <= LARGEST_MESSAGE_BYTES:
        return ()
    return (f"its message has {len(value):,} bytes and may have {LARGEST_MESSAGE_BYTES:,}",)
