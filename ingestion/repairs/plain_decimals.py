"""Decimals with separators of thousands or zeros beyond the declared places, as plain decimals of the same value."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ingestion.repairs.repair import Repair, of_values
from schemas.declaration import Event

# One comma without a point may as well be a decimal comma: 1,234 stays as it is.
_THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}(?:(?:,[0-9]{3})+\.[0-9]+|(?:,[0-9]{3}){2,})")
_PLAIN = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")


def _plain(event: Event, data: Mapping[str, object]) -> dict[str, object]:
    found: dict[str, object] = {}
    for column in event.columns:
        value = data.get(column.name)
        if column.type.name == "decimal" and isinstance(value, str):
            plain = _without_excess(
                value.replace(",", "") if _THOUSANDS.fullmatch(value) else value, column.type.scale
            )
            if plain != value:
                found[column.name] = plain
    return found


def _without_excess(text: str, scale: int) -> str:
    """Zeros after the last declared place say nothing; another digit there would, and stays."""
    if _PLAIN.fullmatch(text) is None or "." not in text:
        return text
    whole, places = text.split(".")
    kept = places[:scale]
    return text if places[scale:].strip("0") else f"{whole}.{kept}" if kept else whole


REPAIR = Repair(
    name="plain_decimals",
    sentence="Separators of thousands, and zeros beyond the declared places, are taken out of decimals.",
    mend=of_values(_plain),
)
