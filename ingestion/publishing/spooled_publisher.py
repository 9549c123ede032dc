"""A publisher for a broker that may be away: everything goes through a spool on disk, and is sent when a broker takes it.

A message leaves the spool once it is acknowledged. Where the process, or the broker's answer, is lost between the two it
is sent again, with its event's id: silver has it once. Each round of sending is a connection with a journal of its own,
which notes every attempt before it is made.
"""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path

from ingestion.errors import BrokerUnreachable, DeliveryFailed, SpoolFull
from ingestion.publishing.connection import connect
from ingestion.publishing.publisher import Headers
from ingestion.publishing.spool import MAX_BYTES, Spool, Waiting

MESSAGES_A_ROUND = 10_000
SECONDS_BETWEEN_TRIES = 10.0


class SpooledPublisher:
    """Sends in the order in which it was given messages, those first that an earlier process left."""

    def __init__(
        self, brokers: str, journals: Path, producer: str, folder: Path, max_bytes: int = MAX_BYTES
    ) -> None:
        self._brokers, self._journals, self._producer = brokers, journals, producer
        self._spool = Spool(folder, producer, max_bytes)
        self._try_at = 0.0
        self.last_error = ""

    @property
    def n_waiting(self) -> int:
        """Messages that no broker has acknowledged."""
        return self._spool.count

    def publish(self, topic: str, key: bytes | None, value: bytes, headers: Headers = ()) -> None:
        """Keeps one message on disk; sends now and then. Raises SpoolFull where no broker takes what is there."""
        try:
            self._spool.append(topic, key, value, headers)
        except SpoolFull:
            if self.send():
                raise
            self._spool.append(topic, key, value, headers)
        if self.n_waiting >= MESSAGES_A_ROUND and time.monotonic() >= self._try_at:
            self.send()

    def send(self) -> int:
        """Sends what waits, as far as a broker takes it; returns how many messages wait still."""
        try:
            while waiting := self._spool.first(MESSAGES_A_ROUND):
                self._send(waiting)
                self._spool.remove(waiting[-1])
        except (BrokerUnreachable, DeliveryFailed) as error:
            self.last_error = str(error)
            self._try_at = time.monotonic() + SECONDS_BETWEEN_TRIES
        return self.n_waiting

    def _send(self, waiting: list[Waiting]) -> None:
        with closing(connect(self._brokers, self._journals, self._producer)) as publisher:
            for each in waiting:
                publisher.publish(each.topic, each.key, each.value, each.headers)

    def close(self) -> None:
        """Lets go of the spool; what waits stays there."""
        self._spool.close()
