"""Sending messages to Kafka, and knowing of each how it ended: acknowledged, failed or unknown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ingestion.publishing.journal import Deliveries

Headers = Sequence[tuple[str, bytes]]


class Publisher(Protocol):
    """Sends in the background, in order for each key, and keeps a journal of it.

    Close it: `with contextlib.closing(connect(…)) as publisher`.
    """

    def publish(self, topic: str, key: bytes | None, value: bytes, headers: Headers = ()) -> None:
        """Hands one message over; waits while too many are under way. Failures show at the next flush."""

    def flush(self) -> None:
        """Waits until all that was sent is settled. Raises DeliveryFailed if anything so far was not acknowledged."""

    def close(self) -> None:
        """Flushes, and lets go of the broker and of the journal."""

    @property
    def deliveries(self) -> Deliveries:
        """The counts so far; final after a flush."""
