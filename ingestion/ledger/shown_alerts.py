"""Alerts: each one that was published is shown, once, by its id, and nothing else is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from ingestion.ledger import books
from ingestion.ledger.accounts import PROOF_SHOWN, Difference, Verdict, difference
from lake.reader import query
from lake.settings import Settings
from schemas.risk import ALERT_NOTICES, ALERTS


def judge(settings: Settings, since: datetime | None) -> Iterator[Difference]:
    """The differences in sessions of gold.alerts that were published after an instant, or in all of them."""
    sessions = books.settled_sessions(settings, ALERTS, (ALERT_NOTICES,), False, since)
    if not sessions:
        return
    days = ", ".join(f"DATE '{day.isoformat()}'" for day in sessions)
    rows = query(
        settings,
        "SELECT alert_id, sum(published) AS n_published, sum(shown) AS n_shown FROM ("
        f"SELECT DISTINCT alert_id, 1 AS published, 0 AS shown FROM {ALERT_NOTICES.name} WHERE session_date IN ({days}) "
        f"UNION ALL SELECT alert_id, 0 AS published, 1 AS shown FROM {ALERTS.name} WHERE session_date IN ({days})) "
        "GROUP BY alert_id HAVING sum(published) <> sum(shown) ORDER BY alert_id",
    ).to_pylist()
    told: list[tuple[Verdict, str, list[dict[str, Any]]]] = [
        ("lost", "published, and not shown", [r for r in rows if r["n_shown"] < r["n_published"]]),
        ("phantom", "shown, and never published", [r for r in rows if not r["n_published"]]),
        ("duplicate", "shown twice", [r for r in rows if 0 < r["n_published"] < r["n_shown"]]),
    ]
    for verdict, why, chosen in told:
        if chosen:
            proof = [row["alert_id"] for row in chosen[:PROOF_SHOWN]]
            yield difference("alerts", verdict, ALERTS.name, why, "alert", proof, len(chosen))
