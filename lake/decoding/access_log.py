"""What lines of a web server's access log say (Apache combined format), as Flume forwards them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from typing import Any

from lake.decoding.texts import MALFORMED, Said
from schemas.declaration import Event

SOURCE = "web-server"

# Client, identity, user, instant, request, status, size, and in the combined format referrer and agent. Real servers cut
# an agent that is too long for their line, and with it the closing quote: all that stands before it is whole.
_QUOTED = r'"((?:[^"\\]++|\\.)*+)"'
_LINE = re.compile(
    rf"(\S+) (\S+) (\S+) \[([^\]]+)\] {_QUOTED} (\d{{3}}) (\d+|-)(?: {_QUOTED} {_QUOTED}?)?", re.ASCII
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_INSTANT = re.compile(
    rf"(\d\d)/({'|'.join(_MONTHS)})/(\d{{4}}):(\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)", re.ASCII
)
# What a rotation adds to a file's name. The file is then read again, and its lines are known by the name that it had.
_ROTATED = re.compile(r"(?<=\.log)[.-]\d+\Z", re.ASCII)


def reader(event: Event) -> Callable[[bytes | None, Sequence[Mapping[str, Any]] | None], Said]:
    """What a line and its headers say. Never raises: what is no line of such a log has a reason.

    A line is known by host, file, offset and hash, never by its content alone: real logs hold equal lines.
    """
    names = tuple(column.name for column in event.columns)

    def said(raw: bytes | None, headers: Sequence[Mapping[str, Any]] | None) -> Said:
        host, file, offset = (_header(headers or (), key) for key in ("host", "file", "byteoffset"))
        known_as = None if file is None else _ROTATED.sub("", file.rpartition("/")[2])
        line = _parts(raw)
        values = {**(line or {}), "log_host": host, "log_file": known_as, "byte_offset": offset}
        return Said(
            source_name=SOURCE,
            event_id=":".join(each for each in (host, known_as, offset) if each is not None),
            sequence=None,
            reason=MALFORMED if line is None else None,
            undeclared=(),
            values=tuple(map(values.get, names)),
        )

    return said


def _parts(raw: bytes | None) -> dict[str, str | None] | None:
    """The parts of a line; None where it is none."""
    try:
        found = _LINE.fullmatch((raw or b"").decode().rstrip("\r\n"))
    except UnicodeDecodeError:
        return None
    instant = _instant(found[4]) if found else None
    if raw is None or found is None or instant is None:
        return None
    method, *rest = found[5].split(" ", 2)
    path, protocol = (*rest, None, None)[:2]
    return {
        "request_date": f"{instant:%Y-%m-%d}",
        "line_hash": sha256(raw).hexdigest(),
        "ip_address": found[1],
        "user_name": _dashed(found[3]),
        "requested_at": f"{instant:%Y-%m-%dT%H:%M:%SZ}",
        "http_method": method,
        "request_path": path,
        "protocol_name": protocol,
        "status_code": found[6],
        "response_bytes": _dashed(found[7]),
        "referrer": _dashed(found[8]),
        "user_agent": _dashed(found[9]),
    }


def _instant(text: str) -> datetime | None:
    """An instant as servers write it, 17/May/2015:12:05:03 +0200, in UTC."""
    found = _INSTANT.fullmatch(text)
    if found is None:
        return None
    day, month, year, hour, minute, second, sign, hours, minutes = found.groups()
    offset = timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == "-" else 1)
    try:
        zone = timezone(offset)
        local = datetime(
            int(year), 1 + _MONTHS.index(month), int(day), int(hour), int(minute), int(second), tzinfo=zone
        )
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _header(headers: Sequence[Mapping[str, Any]], key: str) -> str | None:
    """The first header of that name, as text."""
    value = next((each["value"] for each in headers if each["key"] == key), None)
    return None if value is None else bytes(value).decode("utf-8", "replace")


def _dashed(text: str | None) -> str | None:
    """The text of a field in which the server writes a dash for nothing."""
    return None if text in ("", "-") else text
