"""What looks of the ledger leave behind, and what a later look goes on from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

import pyarrow as pa

from ingestion.ledger import breaks
from ingestion.ledger.accounts import Closed, Key
from ingestion.ledger.looks import NOTHING_BEFORE, Look, Seen
from ingestion.ledger.sequences import Gap, Heard
from lake.arrow import arrow_schema
from lake.reader import query
from lake.rows import append
from lake.settings import Settings
from lake.tables import create_missing
from schemas.operations import LEDGER, LEDGER_BREAKS, LEDGER_SOURCES

TABLES = (LEDGER, LEDGER_SOURCES, LEDGER_BREAKS)
Row = dict[str, Any]


def to_go_on_from(settings: Settings, before: datetime | None = None) -> Look:
    """The last look that found nothing broken, of those before an instant if one is given; else NOTHING_BEFORE.

    An open break keeps later looks from going on behind where the look that found it began: it would look resolved.
    """
    create_missing(settings, TABLES)
    limits = [before] if before is not None else []
    for found_from in breaks.where_open_ones_were_found(settings):
        if found_from is None:
            return NOTHING_BEFORE
        limits.append(found_from)
    is_early = " AND ".join(f"looked_at <= TIMESTAMP '{limit.isoformat()}'" for limit in limits) or "true"
    rows = query(
        settings, f"SELECT * FROM {LEDGER.name} WHERE n_differences = 0 AND {is_early} ORDER BY looked_at"
    ).to_pylist()
    if not rows:
        return NOTHING_BEFORE
    last = [row for row in rows if row["ledger_run_id"] == rows[-1]["ledger_run_id"]]
    closed = {(row["origin_topic"], row["origin_partition"]): _closed(row) for row in last}
    heard = _heard(settings, rows[-1]["ledger_run_id"])
    return Look(rows[-1]["looked_at"], rows[-1]["books_looked_at"], closed, heard)


def record(settings: Settings, seen: Seen) -> None:
    """Writes down how far a look came, and which breaks it found, still found, or found no more."""
    run_id = uuid4().hex
    ledger = seen.ledger
    shared = {
        "ledger_run_id": run_id,
        "looked_at": seen.looked_at,
        "books_looked_at": seen.books_looked_at,
        "looked_from_at": ledger.cost.since,
        "n_differences": len(ledger.differences),
        "n_rows_read": ledger.cost.n_rows_read,
        "look_ms": round(1000 * ledger.cost.seconds),
    }
    closings = [{**shared, **_closing_row(key, closed, seen)} for key, closed in seen.closings.items()]
    heard = [
        {"ledger_run_id": run_id, "looked_at": seen.looked_at, **_heard_row(each)} for each in seen.heard
    ]
    breaks.note(settings, seen)
    append(settings, LEDGER_SOURCES, pa.Table.from_pylist(heard, arrow_schema(LEDGER_SOURCES)))
    # Last: a look counts once all of it is written down.
    append(settings, LEDGER, pa.Table.from_pylist(closings, arrow_schema(LEDGER)))


def _closing_row(key: Key, closed: Closed, seen: Seen) -> Row:
    [account] = [each for each in seen.ledger.accounts if (each.topic, each.partition) == key]
    return {
        "origin_topic": key[0],
        "origin_partition": key[1],
        "first_open_offset": closed.up_to,
        "n_landed": closed.n_landed,
        "n_accepted": closed.n_accepted,
        "n_late": closed.n_late,
        "n_duplicates": closed.n_duplicates,
        "n_quarantined": closed.n_quarantined,
        "n_pending": account.n_landed - closed.n_landed,
    }


def _closed(row: Mapping[str, Any]) -> Closed:
    return Closed(
        up_to=row["first_open_offset"],
        n_landed=row["n_landed"],
        n_accepted=row["n_accepted"],
        n_late=row["n_late"],
        n_duplicates=row["n_duplicates"],
        n_quarantined=row["n_quarantined"],
    )


def _heard_row(heard: Heard) -> Row:
    gaps = [{"first": gap.first, "last": gap.last, "since": gap.since} for gap in heard.gaps]
    return {"source_name": heard.source, "last_sequence_heard": heard.last, "sequence_gaps": gaps}


def _heard(settings: Settings, run_id: str) -> dict[str, Heard]:
    rows = query(
        settings, f"SELECT * FROM {LEDGER_SOURCES.name} WHERE ledger_run_id = '{run_id}'"
    ).to_pylist()
    return {
        row["source_name"]: Heard(
            row["source_name"],
            row["last_sequence_heard"],
            tuple(Gap(each["first"], each["last"], each["since"]) for each in row["sequence_gaps"]),
        )
        for row in rows
    }
