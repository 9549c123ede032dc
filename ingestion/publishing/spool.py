"""Messages on disk that wait for a broker: kept in order, bounded in bytes, there again in the next process.

One SQLite file a producer. What was appended survives the end of its process; a file that lost its end has all that was
appended before. One process has it at a time, so that order is kept.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from ingestion.errors import SpoolDamaged, SpoolFull, SpoolInUse
from ingestion.publishing.publisher import Headers

MAX_BYTES = 256_000_000
SUFFIX = ".spool"
_SIZE = "length(topic) + coalesce(length(key), 0) + length(value) + length(headers)"


@dataclass(frozen=True)
class Waiting:
    number: int
    topic: str
    key: bytes | None
    value: bytes
    headers: Headers


class Spool:
    """The messages of one producer that no broker has acknowledged yet."""

    def __init__(self, folder: Path, producer: str, max_bytes: int = MAX_BYTES) -> None:
        """Raises SpoolInUse where another process has it, and SpoolDamaged where it cannot be read."""
        folder.mkdir(parents=True, exist_ok=True)
        self.file, self.max_bytes = folder / f"{producer}{SUFFIX}", max_bytes
        self._rows = sqlite3.connect(self.file, timeout=0, isolation_level=None)
        try:
            self._open()
        except sqlite3.OperationalError as error:
            self._rows.close()
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            raise SpoolInUse(self.file) from error
        except sqlite3.DatabaseError as error:
            self._rows.close()
            raise SpoolDamaged(self.file, str(error)) from error

    def _open(self) -> None:
        self._rows.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._rows.execute("PRAGMA journal_mode = WAL")
        self._rows.execute("PRAGMA synchronous = NORMAL")
        self._rows.execute(
            "CREATE TABLE IF NOT EXISTS waiting (number INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, "
            "key BLOB, value BLOB NOT NULL, headers TEXT NOT NULL)"
        )
        self.count, self.n_bytes = self._rows.execute(
            f"SELECT count(*), coalesce(sum({_SIZE}), 0) FROM waiting"
        ).fetchone()

    def append(self, topic: str, key: bytes | None, value: bytes, headers: Headers = ()) -> None:
        """Raises SpoolFull; what was appended before stays."""
        kept = json.dumps([[name, value.hex()] for name, value in headers])
        size = len(topic) + len(key or b"") + len(value) + len(kept)
        if self.n_bytes + size > self.max_bytes:
            raise SpoolFull(self.file, self.count, self.n_bytes, self.max_bytes)
        row = (topic, key, value, kept)
        self._rows.execute("INSERT INTO waiting (topic, key, value, headers) VALUES (?, ?, ?, ?)", row)
        self.count, self.n_bytes = self.count + 1, self.n_bytes + size

    def first(self, n: int) -> list[Waiting]:
        """The oldest messages, in the order in which they were appended."""
        rows = self._rows.execute(
            "SELECT number, topic, key, value, headers FROM waiting ORDER BY number LIMIT ?", (n,)
        )
        return [
            Waiting(number, topic, key, value, _headers(text)) for number, topic, key, value, text in rows
        ]

    def remove(self, up_to: Waiting) -> None:
        """This message and all that were appended before it."""
        count, size = self._rows.execute(
            f"SELECT count(*), coalesce(sum({_SIZE}), 0) FROM waiting WHERE number <= ?", (up_to.number,)
        ).fetchone()
        self._rows.execute("DELETE FROM waiting WHERE number <= ?", (up_to.number,))
        self.count, self.n_bytes = self.count - count, self.n_bytes - size

    def close(self) -> None:
        self._rows.close()


def _headers(text: str) -> Headers:
    return [(name, bytes.fromhex(value)) for name, value in json.loads(text)]
