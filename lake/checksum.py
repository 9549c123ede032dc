"""The checksum that a message carries of its own record: CRC-32C of the data in canonical JSON (RFC 8785).

Kafka guards its batches on the way; this guards the record from the moment that its source made it, through files,
retries and whatever stands between. Canonical, so that a message that was parsed and written again still has it.
"""

from __future__ import annotations

from collections.abc import Mapping

import orjson
import rfc8785
from crc32c import crc32c

ATTRIBUTE = "datacrc32c"
"""The envelope's attribute: eight hexadecimal digits. A message without it is not checked."""
# Of these, and of names that sort by bytes as they do by code units, the quick encoder's spelling is the canonical one.
_PLAIN = frozenset((str, bool, int, type(None)))
_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER


def checksum(data: Mapping[str, object]) -> str:
    """The checksum of a record of JSON values. Raises ValueError for what canonical JSON cannot say."""
    return f"{crc32c(canonical_json(data)):08x}"


def canonical_json(data: Mapping[str, object]) -> bytes:
    """A record by RFC 8785. Raises ValueError for what it cannot say, such as an integer that no double holds."""
    if type(data) is dict and _PLAIN.issuperset(map(type, data.values())) and "".join(data).isascii():
        try:
            return orjson.dumps(data, option=_OPTIONS)
        except TypeError:  # an integer that no double holds
            pass
    return rfc8785.dumps(dict(data))  # type: ignore[arg-type]


def is_altered(raw: bytes | None) -> bool:
    """Whether a message's record is not the one that its checksum was made of; not where it has none."""
    if raw is None or ATTRIBUTE.encode() not in raw:
        return False
    try:
        return has_another_record(orjson.loads(raw))
    except (orjson.JSONDecodeError, AttributeError):
        return False  # no envelope, which the contract says in other words


def has_another_record(envelope: Mapping[str, object]) -> bool:
    """The same of an envelope whose numbers were read as doubles or as exact integers."""
    said, data = envelope.get(ATTRIBUTE), envelope.get("data")
    if said is None or not isinstance(data, dict):
        return False
    try:
        return said != checksum(data)
    except (ValueError, RecursionError):
        return True
