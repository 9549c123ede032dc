"""Alerts that a session's tables have raised, published like those of the alert stream.

At least once: what `silver.alerts` has not heard of is sent, again if need be, and an id that is there is a duplicate.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import date
from typing import Any

from ingestion.publishing.publisher import Publisher
from ingestion.stream_names import LEASE
from lake.envelope import HEADERS, json_values, message_key, wrap
from lake.lease import is_held
from lake.reader import query
from lake.settings import Settings
from schemas.operations import SOURCES
from schemas.risk import ALERT, ALERT_NOTICES, ALERTS

SECONDS_BETWEEN_LOOKS = 1.0
_SOURCE = next(source.name for source in SOURCES if ALERT.topic in source.topics)


def unpublished(settings: Settings, days: Sequence[date]) -> list[dict[str, Any]]:
    """The alerts of some sessions that gold shows and silver has not heard of, in order of sessions and ids."""
    names = ", ".join(column.name for column in ALERT.columns)
    within = ", ".join(f"DATE '{day.isoformat()}'" for day in days)
    heard = f"SELECT alert_id FROM {ALERT_NOTICES.name} WHERE session_date IN ({within})"
    return query(
        settings,
        f"SELECT {names} FROM {ALERTS.name} WHERE session_date IN ({within}) AND alert_id NOT IN ({heard}) "
        "ORDER BY session_date, alert_id",
    ).to_pylist()


def publish(alerts: Sequence[dict[str, Any]], publisher: Publisher) -> None:
    """Sends them, and waits until the broker has all. Raises DeliveryFailed."""
    for alert in alerts:
        data = json_values(ALERT, alert)
        value = wrap(ALERT, data, source=_SOURCE, sequence=None, event_id=alert["alert_id"])
        publisher.publish(ALERT.topic, message_key(ALERT, data), value, HEADERS)
    publisher.flush()


def wait_until_heard(settings: Settings, days: Sequence[date], seconds: float) -> int:
    """Waits until silver has heard of all that gold shows, as long as streams run; gives how many it has not heard of.

    Who looks at the lake next then sees them in both.
    """
    until = time.monotonic() + seconds
    while n_unheard := len(unpublished(settings, days)):
        if time.monotonic() > until or not is_held(settings.leases, LEASE):
            break
        time.sleep(SECONDS_BETWEEN_LOOKS)
    return n_unheard
