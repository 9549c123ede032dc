"""Instants without an offset, which a source meant in UTC."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ingestion.repairs.repair import Repair, of_values
from schemas.declaration import TIMESTAMP, Event

_WITHOUT_OFFSET = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?)")


def _in_utc(event: Event, data: Mapping[str, object]) -> dict[str, object]:
    found: dict[str, object] = {}
    for column in event.columns:
        value = data.get(column.name)
        if column.type == TIMESTAMP and isinstance(value, str):
            match = _WITHOUT_OFFSET.fullmatch(value)
            if match is not None:
                found[column.name] = f"{match[1]}T{match[2]}Z"
    return found


REPAIR = Repair(
    name="instants_in_utc",
    sentence="Instants that have no offset are taken to be in UTC.",
    mend=of_values(_in_utc),
)
