"""Whether a session is complete: every source that closes sessions has closed it, and none of its events is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from lake.reader import query
from lake.settings import Settings
from schemas import catalog
from schemas.operations import DUPLICATES, QUARANTINE_EVENTS, SESSION_CLOSES, SOURCES

CLOSING_SOURCES = tuple(source.name for source in SOURCES if source.closes_sessions)
SEQUENCES_SHOWN = 10
Sequences = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Close:
    """A source's close of a session: the sequence that it ends with, and when the broker got it."""

    source: str
    last_sequence: int
    received_at: datetime


@dataclass(frozen=True)
class Completeness:
    """What a session still lacks: closes, and of sources that have closed it, sequences (each source's, ascending)."""

    session: date
    closes: tuple[Close, ...]
    unclosed: tuple[str, ...]
    missing: Mapping[str, Sequences]

    @property
    def is_complete(self) -> bool:
        return not self.unclosed and not self.missing

    @property
    def first_closed_at(self) -> datetime | None:
        return min((close.received_at for close in self.closes), default=None)

    @property
    def sentences(self) -> list[str]:
        """What is missing, a sentence each."""
        found = [f"{source} has not closed {self.session}" for source in self.unclosed]
        for source, sequences in sorted(self.missing.items()):
            shown = ", ".join(map(str, sequences[:SEQUENCES_SHOWN]))
            more = ", …" if len(sequences) > SEQUENCES_SHOWN else ""
            found.append(f"{source} lacks {len(sequences):,} of its events (sequence {shown}{more})")
        return found


def completeness(settings: Settings, session: date) -> Completeness:
    """How complete a session is in silver, duplicates and quarantine, where each event has ended."""
    closes = _closes(settings, session)
    arrived = _arrived(settings) if closes else {}
    return judge(session, closes, arrived)


def judge(session: date, closes: Sequence[Close], arrived: Mapping[str, Sequences]) -> Completeness:
    """The verdict over a session's closes, and every sequence that has arrived, by source."""
    nothing = np.array([], dtype=np.int64)
    lacks = {
        close.source: _lacking(arrived.get(close.source, nothing), close.last_sequence) for close in closes
    }
    closed = {close.source for close in closes}
    return Completeness(
        session=session,
        closes=tuple(closes),
        unclosed=tuple(source for source in CLOSING_SOURCES if source not in closed),
        missing={source: sequences for source, sequences in lacks.items() if len(sequences)},
    )


def _lacking(arrived: Sequences, last: int) -> Sequences:
    """The sequences from 1 to the last that have not arrived."""
    has_arrived = np.zeros(last + 1, dtype=bool)
    has_arrived[arrived[(arrived >= 1) & (arrived <= last)]] = True
    return np.flatnonzero(~has_arrived[1:]) + 1


def _closes(settings: Settings, session: date) -> list[Close]:
    sql = (
        f"SELECT closing_source_name, last_sequence, received_at FROM {SESSION_CLOSES.name} "
        f"WHERE session_date = DATE '{session.isoformat()}' ORDER BY closing_source_name"
    )
    return [Close(*row.values()) for row in query(settings, sql).to_pylist()]


def _arrived(settings: Settings) -> dict[str, Sequences]:
    tables = [catalog.silver_of(event) for event in catalog.EVENTS if not event.raw_line]
    rows = pa.concat_tables(
        [
            query(settings, f"SELECT source_name, sequence FROM {table.name} WHERE sequence IS NOT NULL")
            for table in (*tables, DUPLICATES, QUARANTINE_EVENTS)
        ]
    )
    return {
        source: rows.filter(pc.equal(rows["source_name"], source))["sequence"].to_numpy()
        for source in CLOSING_SOURCES
    }
