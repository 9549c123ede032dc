"""Repairs of quarantined messages: one module each, a pure function from bytes to bytes, applied before a replay.

A repair mends how something is written, never what is meant: no amount, price or quantity becomes another one.
"""

from __future__ import annotations

from difflib import get_close_matches

from ingestion.errors import UnknownRepair
from ingestion.repairs import instants_in_utc, plain_decimals
from ingestion.repairs.repair import Repair

REPAIRS = {each.name: each for each in (instants_in_utc.REPAIR, plain_decimals.REPAIR)}


def named(name: str) -> Repair:
    """The repair of a name. Raises UnknownRepair with the names that come close."""
    if name not in REPAIRS:
        raise UnknownRepair(name, list(REPAIRS), get_close_matches(name, REPAIRS, n=3))
    return REPAIRS[name]
