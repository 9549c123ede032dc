"""The ledger of the lake as it is, without a JVM: reads what landed and where it is, and has it judged."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc

from ingestion.errors import BrokerUnreachable
from ingestion.ledger import broker_offsets
from ingestion.ledger.accounting import ACCEPTED, DECIDED, DUPLICATE, LANDED, QUARANTINED, judge
from ingestion.ledger.accounts import Key, Ledger, Span, Waiting
from lake.reader import last_write_at, query
from lake.settings import Settings
from schemas import catalog
from schemas.declaration import Table
from schemas.operations import BRONZE_EVENTS, DUPLICATES, PARKED, QUARANTINE_EVENTS, TOUCHED_SESSIONS

__all__ = ["Ledger", "ledger"]
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def ledger(settings: Settings, settled: bool) -> Ledger:
    """The verdict over every topic. With `settled` nothing may be under way any more.

    May run beside the streams: what they have under way is pending. A broker that does not answer is not asked.
    Raises LakeError when the tables were never created.
    """
    # In this order nothing that goes on meanwhile looks like a difference: a row lands before it is decided about,
    # and a batch is over once it has said which sessions it touched.
    over_at = last_write_at(settings, TOUCHED_SESSIONS) or _LONG_AGO
    waiting = _waiting(settings)
    decided = _decided(settings, over_at)
    landed = query(settings, f"SELECT {', '.join(LANDED.names)} FROM {BRONZE_EVENTS.name}", for_service=True)
    return judge(landed.cast(LANDED), decided, waiting, _spans(settings), settled)


def _waiting(settings: Settings) -> dict[str, Waiting]:
    rows = query(settings, f"SELECT * FROM {PARKED.name}").to_pylist()
    return {
        row["origin_topic"]: Waiting(
            row["bronze_from_batch"], row["bronze_to_batch"], row["error"] or "no reason"
        )
        for row in rows
    }


def _decided(settings: Settings, over_at: datetime) -> pa.Table:
    silver = [(catalog.silver_of(event), event.topic) for event in catalog.EVENTS]
    tables = [_rows(settings, table, ACCEPTED, "processed_at", over_at, topic) for table, topic in silver]
    tables.append(_rows(settings, DUPLICATES, DUPLICATE, "processed_at", over_at))
    tables.append(_rows(settings, QUARANTINE_EVENTS, QUARANTINED, "first_seen_at", over_at))
    return pa.concat_tables(tables)


def _rows(
    settings: Settings, table: Table, place: str, made_at: str, over_at: datetime, home: str | None = None
) -> pa.Table:
    """One table's rows as DECIDED; `home` is the topic that its rows come from, None for any."""
    late = "is_late" if home is not None else "false"
    origin = "origin_topic, origin_partition, origin_offset"
    rows = query(
        settings,
        f"SELECT {origin}, {made_at} AS made_at, {late} AS is_late FROM {table.name}",
        for_service=True,
    )
    everywhere = pa.repeat(True, len(rows))
    return pa.table(
        {
            "origin_topic": rows["origin_topic"],
            "origin_partition": rows["origin_partition"],
            "origin_offset": rows["origin_offset"],
            "place": pa.repeat(place, len(rows)),
            "is_final": pc.less_equal(rows["made_at"], pa.scalar(over_at, pa.timestamp("us", tz="UTC"))),
            "is_late": rows["is_late"],
            "is_at_home": everywhere if home is None else pc.equal(rows["origin_topic"], home),
        },
        schema=DECIDED,
    )


def _spans(settings: Settings) -> dict[Key, Span] | None:
    try:
        return broker_offsets.spans(settings.brokers, [event.topic for event in catalog.EVENTS])
    except BrokerUnreachable:
        return None
