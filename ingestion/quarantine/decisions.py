"""Decisions about quarantined messages: written down, one row a message and step, and never changed.

A replay is written down before it begins and again once it is over. Between the two a message may be in silver already:
the ledger counts it there, and the same replay, run again, finds it there and goes on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa

from lake.arrow import arrow_schema
from lake.reader import query
from lake.rows import append
from lake.settings import Settings
from lake.tables import create_missing
from schemas.operations import QUARANTINE_DECISIONS

BEGUN, REPLAYED, DISCARDED = "replay_begun", "replayed", "discarded"
Reasons = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Decision:
    """One call of the command: who decided what, why, and when; `repair` is a name, `batch` a refine batch."""

    decision_id: str
    by: str
    why: str | None
    at: datetime
    repair: str | None = None
    batch: int | None = None

    def row(
        self,
        origin: tuple[str, int, int],
        step: str,
        outcome: str | None = None,
        reasons_left: Reasons | None = None,
    ) -> dict[str, Any]:
        left = None if reasons_left is None else [{"code": c, "subject": s} for c, s in reasons_left]
        return {
            "decision_id": self.decision_id,
            "origin_topic": origin[0],
            "origin_partition": origin[1],
            "origin_offset": origin[2],
            "decision_step": step,
            "replay_outcome": outcome,
            "reasons_left": left,
            "contract_id": f"brokerlake:{origin[0]}",
            "repair_name": self.repair,
            "decider_name": self.by,
            "decision_reason": self.why,
            "refine_batch": self.batch,
            "decided_at": self.at,
        }


def record(settings: Settings, rows: Iterable[Mapping[str, Any]]) -> None:
    append(
        settings, QUARANTINE_DECISIONS, pa.Table.from_pylist(list(rows), arrow_schema(QUARANTINE_DECISIONS))
    )


def by_origin(settings: Settings) -> dict[tuple[str, int, int], list[dict[str, Any]]]:
    """Every decision, by what it is about, in order."""
    create_missing(settings, (QUARANTINE_DECISIONS,))
    rows = query(
        settings,
        f"SELECT * FROM {QUARANTINE_DECISIONS.name} ORDER BY decided_at, decision_id, decision_step <> '{BEGUN}'",
    ).to_pylist()
    found: dict[tuple[str, int, int], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        found[row["origin_topic"], row["origin_partition"], row["origin_offset"]].append(row)
    return found
