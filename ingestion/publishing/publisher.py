"""Sending messages to Kafka, and knowing of each how it ended: acknowledged, failed or unknown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Protocol

from ingestion.errors import DeliveryFailed

Headers = Sequence[tuple[str, bytes]]


@dataclass(frozen=True)
class Deliveries:
    """How many messages were handed over, and how those that are settled ended.

    A failed message is surely not in its topic; an unknown one may be, once.
    """

    sent: int
    acknowledged: int
    failed: int
    unknown: int


class Publisher(Protocol):
    """Sends in the background, in order for each key. Close it: `with contextlib.closing(connect(…)) as publisher`."""

    def publish(self, topic: str, key: bytes | None, value: bytes, headers: Headers = ()) -> None:
        """Hands one message over; waits while too many are under way. Failures show at the next flush."""

    def flush(self) -> None:
        """Waits until all that was sent is settled. Raises DeliveryFailed if anything so far was not acknowledged."""

    def close(self) -> None:
        """Flushes, and lets go of the broker."""

    @property
    def deliveries(self) -> Deliveries:
        """The counts so far; final after a flush."""


class Tally:
    """Counts how messages end; callbacks may come from another thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._sent = self._acknowledged = self._failed = self._unknown = 0
        self._first_error = "no answer from the broker"

    def sent(self) -> None:
        with self._lock:
            self._sent += 1

    def acknowledged(self) -> None:
        with self._lock:
            self._acknowledged += 1

    def failed(self, error: str) -> None:
        with self._lock:
            self._keep_first(error)
            self._failed += 1

    def unknown(self, error: str) -> None:
        with self._lock:
            self._keep_first(error)
            self._unknown += 1

    def _keep_first(self, error: str) -> None:
        if not self._failed and not self._unknown:
            self._first_error = error

    @property
    def deliveries(self) -> Deliveries:
        with self._lock:
            return Deliveries(self._sent, self._acknowledged, self._failed, self._unknown)

    def verdict(self) -> None:
        """To be asked when all is settled. What never got an answer is unknown."""
        now = self.deliveries
        if now.acknowledged < now.sent:
            unknown = now.sent - now.acknowledged - now.failed
            raise DeliveryFailed(now.sent, now.failed, unknown, self._first_error)
