"""Alerts: each one that was published is shown, once, by its id, and nothing else is.

What came in after a session was made is not missed in it yet. Breaches that the session's tables show (`BREACH_RULES`)
are shown before they are published, so they may be there unpublished.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from ingestion.ledger import books
from ingestion.ledger.accounts import PROOF_SHOWN, Difference, Verdict, difference
from lake.reader import query
from lake.settings import Settings
from schemas.risk import ALERT_NOTICES, ALERTS, BREACH_RULES


def judge(settings: Settings, since: datetime | None) -> Iterator[Difference]:
    """The differences in sessions of gold.alerts that were published after an instant, or in all of them."""
    read_up_to = {
        day: refine_batch
        for day, (refine_batch, ended_at) in books.published_sessions(settings, ALERTS).items()
        if since is None or ended_at > since
    }
    if not read_up_to:
        return
    days = ", ".join(f"DATE '{day.isoformat()}'" for day in read_up_to)
    notices = query(
        settings,
        f"SELECT alert_id, session_date, refine_batch FROM {ALERT_NOTICES.name} WHERE session_date IN ({days})",
    ).to_pylist()
    rows = query(
        settings, f"SELECT alert_id, rule_id FROM {ALERTS.name} WHERE session_date IN ({days})"
    ).to_pylist()
    known = {row["alert_id"] for row in notices}
    due = {row["alert_id"] for row in notices if row["refine_batch"] <= read_up_to[row["session_date"]]}
    n_shown = Counter(row["alert_id"] for row in rows)
    unheard_of = {
        row["alert_id"] for row in rows if row["alert_id"] not in known and row["rule_id"] not in BREACH_RULES
    }
    told: list[tuple[Verdict, str, list[str]]] = [
        ("lost", "published, and not shown", sorted(due - n_shown.keys())),
        ("phantom", "shown, and never published", sorted(unheard_of)),
        ("duplicate", "shown twice", sorted(each for each, n in n_shown.items() if n > 1)),
    ]
    for verdict, why, chosen in told:
        if chosen:
            yield difference("alerts", verdict, ALERTS.name, why, "alert", chosen[:PROOF_SHOWN], len(chosen))
