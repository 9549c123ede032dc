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
_EXACT = 2**53
_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_SUBCLASS


def checksum(data: Mapping[str, object]) -> str:
    """The checksum of a record of JSON values. Raises ValueError for what canonical JSON cannot say."""
    return f"{crc32c(canonical_json(data)):08x}"


def canonical_json(data: Mapping[str, object]) -> bytes:
    """A record by RFC 8785. Raises ValueError for what it cannot say, such as an integer that no double holds."""
    if data.keys() and "".join(data).isascii() and all(_is_plain(value) for value in data.values()):
        return orjson.dumps(dict(data), option=_OPTIONS)
    return rfc8785.dumps(dict(data))  # type: ignore[arg-type]


def is_altered(raw: bytes | None) -> bool:
    """Whether a message's record is not the one that its checksum was made of; not where it has none."""
    if raw is None or ATTRIBUTE.encode() not in raw:
        return False
    try:
        envelope = orjson.loads(raw)
        said = envelope.get(ATTRIBUTE)
        return said is not None and said != checksum(envelope["data"])
    except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError):
        return False  # no envelope with a record, which the contract says in other words
    except (ValueError, RecursionError):
        return True


def _is_plain(value: object) -> bool:
    """Whether both ways of writing it are the same, which leaves nested values and other numbers to the slower one."""
    kind = type(value)
    return kind is str or value is None or kind is bool or (kind is int and -_EXACT < value < _EXACT)  # type: ignore[operator]
