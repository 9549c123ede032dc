"""What every row says about where it came from, and how a silver table follows from its event."""

from __future__ import annotations

from dataclasses import replace

from schemas import fields as f
from schemas import pipeline_fields as p
from schemas.declaration import STRING, Column, Event, Table, Versions

ENVELOPE = (p.SOURCE_NAME, p.EVENT_ID, p.SEQUENCE)
ORIGIN = (p.ORIGIN_TOPIC, p.ORIGIN_PARTITION, p.ORIGIN_OFFSET, p.RECEIVED_AT, p.REFINE_BATCH)
MADE = (p.PROCESSED_AT, f.RUN_ID)


def hashed(column: Column) -> Column:
    """What silver keeps of a personal column: a keyed hash, good for equality only."""
    return replace(
        column,
        name=f"{column.name}_hash",
        type=STRING,
        doc=f"Keyed SHA-256 of {column.name}: equal addresses stay equal, nothing can be read from it.",
        checks=(),
        data_class="confidential",
    )


def silver_columns(event: Event) -> tuple[Column, ...]:
    """The event's columns as silver keeps them: personal ones as keyed hashes."""
    return tuple(hashed(column) if column.data_class == "personal" else column for column in event.columns)


def silver_table(
    name: str, event: Event, doc: str, sessions_by: Column | None, versions: Versions | None = None
) -> Table:
    """One row an accepted event: its columns, its envelope, whether it was late, and where it came from."""
    return Table(
        name=name,
        doc=doc,
        domain=event.domain,
        key=event.key,
        columns=(*silver_columns(event), *ENVELOPE, f.IS_LATE),
        promises=event.promises,
        provenance=(*ORIGIN, p.PROCESSED_AT),
        sessions_by=sessions_by,
        versions=versions,
        event=event,
    )
