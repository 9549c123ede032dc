"""Whether two lakes say the same: silver's digests, and which messages were set aside."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from benchmarks.ingestion.backlog import SHARES
from lake.digests import digest
from lake.reader import query
from lake.settings import Settings
from schemas import catalog
from schemas.operations import BRONZE_EVENTS, QUARANTINE_EVENTS


@dataclass(frozen=True)
class Answer:
    """Digests by table. Of bronze and quarantine it is the places of their messages that count."""

    n_rows: dict[str, int]
    sha256: dict[str, str]


def answer(settings: Settings) -> Answer:
    n_rows: dict[str, int] = {}
    sha256: dict[str, str] = {}
    for event in SHARES:
        found = digest(settings, catalog.silver_of(event))
        n_rows[catalog.silver_of(event).name], sha256[catalog.silver_of(event).name] = (
            found.n_rows,
            found.sha256,
        )
    for table in (BRONZE_EVENTS, QUARANTINE_EVENTS):
        sql = (
            "SELECT concat_ws('/', origin_topic, origin_partition, origin_offset) AS place "
            f"FROM {table.name} ORDER BY place"
        )
        places = query(settings, sql, for_service=True)["place"].to_pylist()
        n_rows[table.name] = len(places)
        sha256[table.name] = hashlib.sha256("\n".join(places).encode()).hexdigest()
    return Answer(n_rows, sha256)
