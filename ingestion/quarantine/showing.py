"""Quarantined messages as people read them: which there are, and one of them in full."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson
import pyarrow as pa

from ingestion.quarantine.selection import Kept
from schemas import catalog
from schemas.declaration import Event
from schemas.reasons import REASONS

BYTES_SHOWN = 4_000


def counted(kept: Sequence[Kept]) -> pa.Table:
    """How many messages there are of each topic, reason and state. A message with several reasons counts in each."""
    counts = Counter(
        (each.origin.topic, code, each.state) for each in kept for code in {c for c, _ in each.reasons}
    )
    rows = [
        {"topic": topic, "reason": code, "state": state, "messages": n}
        for (topic, code, state), n in sorted(counts.items())
    ]
    return pa.Table.from_pylist(
        rows,
        pa.schema(
            [
                ("topic", pa.string()),
                ("reason", pa.string()),
                ("state", pa.string()),
                ("messages", pa.int64()),
            ]
        ),
    )


def listed(kept: Sequence[Kept]) -> pa.Table:
    """A row a message: where it came from, when, in which state it is, and what is wrong with it."""
    rows = [
        {
            "message": str(each.origin),
            "received_at": each.row["received_at"],
            "state": each.state,
            "reasons": ", ".join(f"{code} {subject}" for code, subject in each.reasons),
        }
        for each in kept
    ]
    fields = [
        ("message", pa.string()),
        ("received_at", pa.timestamp("us", tz="UTC")),
        ("state", pa.string()),
        ("reasons", pa.string()),
    ]
    return pa.Table.from_pylist(rows, pa.schema(fields))


def told(kept: Kept) -> Iterator[str]:
    """One message in full, line by line: its bytes, what can be read of it, what is wrong, what was decided."""
    event = catalog.event(kept.origin.topic)
    yield f"{kept.origin}, received at {kept.row['received_at']:%Y-%m-%d %H:%M:%S.%f} UTC, {kept.state}"
    yield f"held against {kept.row['contract_id']}"
    yield "bytes, as received (service's view: personal values are not hidden here):"
    yield f"  {shown_bytes(kept.row['raw'] or b'')}"
    yield from _decoded(event, kept.row["raw"] or b"")
    yield "what is wrong:"
    for code, subject in kept.reasons:
        yield f"  {code} {subject}: {REASONS[code]}{_rule(event, subject)}"
    for each in kept.decided:
        yield _decision(each)


def shown_bytes(raw: bytes) -> str:
    """Printable text as it is, everything else escaped; no terminal is told to do anything."""
    text = raw[:BYTES_SHOWN].decode("utf-8", "backslashreplace")
    safe = "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)
    left = len(raw) - BYTES_SHOWN
    return safe if left <= 0 else f"{safe} … and {left:,} bytes more"


def _decoded(event: Event, raw: bytes) -> Iterator[str]:
    try:
        envelope = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        yield f"nothing can be decoded: {error}"
        return
    if not isinstance(envelope, dict):
        yield "nothing can be decoded: this is no JSON object"
        return
    yield "what can be decoded:"
    for name, value in envelope.items():
        if name != "data":
            yield f"  {name}: {_value(value)}"
    data = envelope.get("data")
    personal = {column.name for column in event.columns if column.data_class == "personal"}
    for name, value in data.items() if isinstance(data, dict) else ():
        yield f"  data.{name}: {'(personal)' if name in personal else _value(value)}"


def _value(value: object) -> str:
    return shown_bytes(orjson.dumps(value))


def _rule(event: Event, subject: str) -> str:
    """What the declaration says about a column or a promise."""
    for column in event.columns:
        if column.name == subject:
            words = "; ".join(check.words(column.name) for check in column.checks)
            return f" (declared {column.type.sql}{': ' + words if words else ''})"
    return "".join(f" ({each.doc})" for each in event.promises if each.name == subject)


def _decision(row: Mapping[str, Any]) -> str:
    what = {
        "replay_begun": "a replay began",
        "replayed": f"replayed: {row['replay_outcome']}",
        "discarded": "discarded",
    }
    repaired = f", repaired by {row['repair_name']}" if row["repair_name"] else ""
    why = f": {row['decision_reason']}" if row["decision_reason"] else ""
    return f"{row['decided_at']:%Y-%m-%d %H:%M:%S} UTC by {row['decider_name']}, {what[row['decision_step']]}{repaired}{why}"
