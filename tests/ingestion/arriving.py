"""Messages that land and are refined as one batch, as the streams do it, without a broker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from ingestion.refining import parking, refine
from lake.envelope import json_values, wrap
from lake.store import Store
from schemas.declaration import Event
from schemas.operations import BRONZE_EVENTS
from tests.rows import INSTANT, frame, rows


def message(event: Event, number: int, case: Mapping[str, object], **written: object) -> bytes:
    """One message of the source `test`; `written` are values as they travel, whatever the declaration says."""
    data = {**json_values(event, rows(event, case)[0]), **written}
    return wrap(event, data, source="test", sequence=number)


def arrive(
    store: Store,
    batch: int,
    first_offset: int,
    messages: Mapping[Event, Sequence[bytes]],
    *,
    again: bool = False,
) -> None:
    """A landing batch to bronze, received so many seconds after INSTANT, refined as one batch of the same number.

    `again`: it has landed already, and is refined once more.
    """
    landed = [
        {
            "origin_topic": event.topic,
            "origin_partition": 0,
            "origin_offset": first_offset + place,
            "raw": raw,
            "land_batch": batch,
            "received_at": INSTANT + timedelta(seconds=batch),
        }
        for event, raws in messages.items()
        for place, raw in enumerate(raws)
    ]
    arrived = frame(store.spark, BRONZE_EVENTS, *landed)
    if not again:
        store.append(BRONZE_EVENTS, arrived)
    refine.refine(store, arrived, batch, may_be_known=again, parked=parking.parked_topics(store))
