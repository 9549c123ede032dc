"""A producer's journal: what it attempted to send, and how each attempt ended; one file a producer, one JSON object a line.

An attempt is written before its message is handed over, so a message that is in a topic is in the journal, however the
producer ended. How an attempt ended may be written later: an attempt without an end is unknown. Each message carries the
journal's name and its number in a header, by which the ledger finds it again.

    {"n": 1, "topic": "transactions.cash.v1", "crc32c": 907060870}      attempted
    {"n": 1, "partition": 0, "offset": 17}                              acknowledged; without an offset where it is not told
    {"n": 2, "failed": "message too large"}                             surely not in the topic
    {"n": 3, "unknown": "timed out"}                                    in the topic once, or not
    {"closed": true}                                                    every attempt has ended
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from uuid import uuid4

import orjson
from crc32c import crc32c

from ingestion.errors import DeliveryFailed

HEADER = "brokerlake-journal"
SUFFIX = ".jsonl"


@dataclass(frozen=True)
class Deliveries:
    """How many messages were handed over, and how those that are settled ended.

    A failed message is surely not in its topic; an unknown one may be, once.
    """

    sent: int
    acknowledged: int
    failed: int
    unknown: int


class Journal:
    """Writes one producer's journal into a folder, and counts. Callbacks may come from another thread."""

    def __init__(self, folder: Path, producer: str) -> None:
        """`producer` begins the file's name, such as `produce`. Raises OSError where the folder cannot be written."""
        self.name = f"{producer}-{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid4().hex[:8]}"
        folder.mkdir(parents=True, exist_ok=True)
        self._file = os.open(
            folder / f"{self.name}{SUFFIX}", os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o644
        )
        self._lock = Lock()
        self._ends: list[bytes] = []
        self._sent = self._acknowledged = self._failed = self._unknown = 0
        self._first_error = "no answer from the broker"

    def attempt(self, topic: str, value: bytes) -> int:
        """Writes down that a message is about to be sent; returns its number, from 1 on."""
        with self._lock:
            self._sent += 1
            self._note({"n": self._sent, "topic": topic, "crc32c": crc32c(value)})
            # The operating system has it from here on, even if this process is killed.
            self._write()
            return self._sent

    def header(self, number: int) -> tuple[str, bytes]:
        """What a message carries so that it is found again."""
        return HEADER, f"{self.name}:{number}".encode()

    def acknowledged(self, number: int, partition: int | None, offset: int | None) -> None:
        """The broker has it. An offset below 0, which brokers give to repeated batches, stands for an unknown one."""
        place = {"partition": partition, "offset": offset if offset is not None and offset >= 0 else None}
        with self._lock:
            self._acknowledged += 1
            self._note({"n": number, **place})

    def failed(self, number: int, error: str) -> None:
        with self._lock:
            self._keep_first(error)
            self._failed += 1
            self._note({"n": number, "failed": error})

    def unknown(self, number: int, error: str) -> None:
        with self._lock:
            self._keep_first(error)
            self._unknown += 1
            self._note({"n": number, "unknown": error})

    def flush(self) -> None:
        """To be called when all is settled. Raises DeliveryFailed if anything so far was not acknowledged.

        What never got an answer is unknown.
        """
        with self._lock:
            self._write()
            if self._acknowledged < self._sent:
                unknown = self._sent - self._acknowledged - self._failed
                raise DeliveryFailed(self._sent, self._failed, unknown, self._first_error)

    def close(self) -> None:
        """Ends the file. Attempts without an answer stay unknown."""
        with self._lock:
            if self._acknowledged + self._failed + self._unknown == self._sent:
                self._note({"closed": True})
            self._write()
            os.close(self._file)

    @property
    def deliveries(self) -> Deliveries:
        """The counts so far; final after a flush."""
        with self._lock:
            return Deliveries(self._sent, self._acknowledged, self._failed, self._unknown)

    def _keep_first(self, error: str) -> None:
        if not self._failed and not self._unknown:
            self._first_error = error

    def _note(self, line: Mapping[str, object]) -> None:
        self._ends.append(orjson.dumps(line))

    def _write(self) -> None:
        if self._ends:
            os.write(self._file, b"\n".join(self._ends) + b"\n")
            self._ends.clear()
