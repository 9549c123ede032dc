"""A look of the ledger: what it found, and what a later one goes on from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ingestion.ledger.accounts import Closed, Key, Law, Ledger
from ingestion.ledger.sequences import Heard


@dataclass(frozen=True)
class Look:
    """What a look found closed: when it was, how far each partition was, and how far each source was heard.

    `books_looked_at` is when gold was last looked at too: sessions that were published by then are closed.
    """

    looked_at: datetime | None = None
    books_looked_at: datetime | None = None
    closed: Mapping[Key, Closed] = field(default_factory=dict)
    heard: Mapping[str, Heard] = field(default_factory=dict)


NOTHING_BEFORE = Look()


@dataclass(frozen=True)
class Seen:
    """What a look found, and what the next one needs to go on from it. `laws` are those that it looked at."""

    looked_at: datetime
    books_looked_at: datetime | None
    laws: frozenset[Law]
    ledger: Ledger
    closings: Mapping[Key, Closed]
    heard: tuple[Heard, ...]
