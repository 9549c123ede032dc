"""Broken laws as the ledger remembers them: open until a look finds them no more, or until somebody answers for them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pyarrow as pa

from ingestion.errors import NoSuchBreak
from ingestion.ledger.accounts import Difference
from ingestion.ledger.looks import Seen
from lake.arrow import arrow_schema
from lake.reader import query
from lake.rows import replace_all
from lake.settings import Settings
from lake.tables import create_missing
from schemas.operations import LEDGER_BREAKS

OPEN, RESOLVED, ACCEPTED = "open", "resolved", "accepted"
Row = dict[str, Any]


def accept(settings: Settings, first_letters: str, decider: str, reason: str) -> str:
    """Answers for one open break, named by the first letters of its id; returns what it says. Raises NoSuchBreak.

    Later looks do not fail for it unless it grows; nothing else changes.
    """
    create_missing(settings, (LEDGER_BREAKS,))
    known = _known(settings)
    named = [
        row
        for row in known.values()
        if row["break_state"] == OPEN and row["break_id"].startswith(first_letters)
    ]
    if len(named) != 1:
        there = [row["break_id"] for row in known.values() if row["break_state"] == OPEN]
        raise NoSuchBreak(first_letters, len(named), there)
    [row] = named
    known[row["break_id"]] = {
        **row,
        "break_state": ACCEPTED,
        "decider_name": decider,
        "decision_reason": reason,
    }
    _write(settings, known)
    return f"{row['verdict']}: {row['break_subject']}, {row['n_broken']} {row['broken_unit']}: {row['error']}"


def accepted(settings: Settings) -> dict[str, int]:
    """By the ids of the breaks that somebody has answered for, how many units were broken then."""
    create_missing(settings, (LEDGER_BREAKS,))
    return {
        row["break_id"]: row["n_broken"]
        for row in _known(settings).values()
        if row["break_state"] == ACCEPTED
    }


def where_open_ones_were_found(settings: Settings) -> list[datetime | None]:
    """Where the looks began that found the open breaks; None is the beginning."""
    return list(
        {row["looked_from_at"]: None for row in _known(settings).values() if row["break_state"] == OPEN}
    )


def note(settings: Settings, seen: Seen) -> None:
    """Which breaks a look found, still found, or found no more."""
    known = _known(settings)
    found = {each.break_id: each for each in seen.ledger.differences}
    after = dict(known)
    for break_id, each in found.items():
        after[break_id] = _row(each, known.get(break_id), seen)
    for break_id in known.keys() - found.keys():
        if known[break_id]["break_state"] == OPEN and known[break_id]["law_name"] in seen.laws:
            after[break_id] = {**known[break_id], "break_state": RESOLVED}
    if after != known:
        _write(settings, after)


def _row(found: Difference, before: Row | None, seen: Seen) -> Row:
    now = seen.looked_at
    was_open = before is not None and before["break_state"] == OPEN
    first_seen_at = before["first_seen_at"] if before is not None and was_open else now
    return {
        "break_id": found.break_id,
        "law_name": found.law,
        "verdict": found.verdict,
        "break_subject": found.subject,
        "error": found.why,
        "n_broken": found.count,
        "broken_unit": found.unit,
        "proof": list(found.proof),
        "break_state": OPEN,
        "first_seen_at": first_seen_at,
        "last_seen_at": now,
        "break_age_seconds": round((now - first_seen_at).total_seconds()),
        "looked_from_at": before["looked_from_at"]
        if before is not None and was_open
        else seen.ledger.cost.since,
        "decider_name": None,
        "decision_reason": None,
    }


def _known(settings: Settings) -> dict[str, Row]:
    return {
        row["break_id"]: row
        for row in query(settings, f"SELECT * FROM {LEDGER_BREAKS.name}", for_service=True).to_pylist()
    }


def _write(settings: Settings, rows: Mapping[str, Row]) -> None:
    replace_all(
        settings, LEDGER_BREAKS, pa.Table.from_pylist(list(rows.values()), arrow_schema(LEDGER_BREAKS))
    )
