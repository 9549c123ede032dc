"""Retention that has overtaken landing: messages that the broker deleted before they had landed.

Spark notices too, in its own words and only for what its checkpoint reads next.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ingestion.errors import BrokerUnreachable, OvertakenByRetention
from ingestion.ledger import broker_offsets
from ingestion.ledger.accounts import Key
from ingestion.stream_names import LANDING
from lake.checkpoint_offsets import committed_offsets
from lake.checkpoints import put_aside
from lake.reader import query
from lake.settings import Settings
from lake.store import Store
from schemas import catalog
from schemas.operations import BRONZE_EVENTS

SUFFIX = "overtaken"


@dataclass(frozen=True)
class Gap:
    """Landing wants `wanted` next, and the broker begins with `first`. Bronze has all before `landed`."""

    key: Key
    wanted: int
    first: int
    landed: int

    @property
    def n_lost(self) -> int:
        return max(0, self.first - self.landed)

    def __str__(self) -> str:
        topic, partition = self.key
        lost = f"{self.n_lost:,} messages are gone" if self.n_lost else "bronze has all before it"
        return f"{topic} partition {partition} (offset {self.wanted} is wanted, {self.first} is the first there is, {lost})"


def refuse_or_pass(store: Store, adopt: bool) -> None:
    """Raises OvertakenByRetention where messages were deleted before they had landed.

    With `adopt` the checkpoint is put aside, so that a new one begins with what there is. A broker that does not answer
    is not asked: landing finds out by itself.
    """
    try:
        found = gaps(store.settings)
    except BrokerUnreachable:
        return
    if not found:
        return
    if not adopt:
        raise OvertakenByRetention(LANDING, [str(each) for each in found], sum(each.n_lost for each in found))
    put_aside(store, LANDING, SUFFIX)


def gaps(settings: Settings) -> list[Gap]:
    """The partitions in which landing cannot go on where it was. Raises BrokerUnreachable.

    Without a checkpoint nothing has been read: then only what bronze lacks is a gap.
    """
    spans = broker_offsets.spans(settings.brokers, [event.topic for event in catalog.EVENTS])
    passed = committed_offsets(settings, LANDING)
    behind = {key: span.first for key, span in spans.items() if passed.get(key, 0) < span.first}
    landed = first_not_landed(settings) if behind else {}
    found = [
        Gap(key, passed.get(key, landed.get(key, 0)), first, landed.get(key, 0))
        for key, first in sorted(behind.items())
    ]
    return [each for each in found if passed or each.n_lost]


def first_not_landed(settings: Settings) -> Mapping[Key, int]:
    """Of each partition the offset after the last one in bronze."""
    rows = query(
        settings,
        "SELECT origin_topic, origin_partition, max(origin_offset) + 1 AS landed "
        f"FROM {BRONZE_EVENTS.name} GROUP BY origin_topic, origin_partition",
        for_service=True,
    ).to_pylist()
    return {(row["origin_topic"], row["origin_partition"]): row["landed"] for row in rows}
