"""What a repair is, and the envelope that most repairs work on."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from lake.checksum import ATTRIBUTE, checksum, is_altered
from schemas import catalog
from schemas.declaration import Event


@dataclass(frozen=True)
class Repair:
    """`mend` takes a topic and a message's bytes, and returns the mended bytes, or None where it does not apply."""

    name: str
    sentence: str
    mend: Callable[[str, bytes], bytes | None]


def of_values(
    change: Callable[[Event, Mapping[str, object]], Mapping[str, object]],
) -> Callable[[str, bytes], bytes | None]:
    """A `mend` that changes values of the record in an envelope: `change` returns those that it changes.

    Does not apply to what is no envelope, nor to topics of raw lines, nor to a record that is not the one that its
    checksum was made of. What is mended gets a checksum of its own.
    """

    def mend(topic: str, raw: bytes) -> bytes | None:
        event = catalog.event(topic)
        envelope = None if event.raw_line else _parsed(raw)
        if envelope is None or is_altered(raw):
            return None
        changed = change(event, envelope["data"])
        if not changed:
            return None
        data = {**envelope["data"], **changed}
        mended = {**envelope, "data": data}
        if ATTRIBUTE in envelope:
            mended[ATTRIBUTE] = checksum(data)
        return json.dumps(mended, ensure_ascii=False, separators=(",", ":")).encode()

    return mend


def _parsed(raw: bytes) -> dict[str, Any] | None:
    """The envelope, or None where there is none that could be written again without a loss."""
    try:
        envelope = json.loads(
            raw.decode(), object_pairs_hook=_without_doubles, parse_float=_exactly, parse_constant=_exactly
        )
    except (ValueError, RecursionError):
        return None
    return envelope if isinstance(envelope, dict) and isinstance(envelope.get("data"), dict) else None


def _without_doubles(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name is given twice: which value is meant is not ours to say")
    return found


def _exactly(text: str) -> float:
    """A number that is printed as it was written. Raises ValueError for another one, NaN and infinities too."""
    if repr(float(text)) != text or not isfinite(float(text)):
        raise ValueError(f"{text} would be written otherwise")
    return float(text)
