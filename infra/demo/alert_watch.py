"""Shows alerts as they are published, beside whatever else goes on."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

from infra.demo.broker_offsets import from_the_end
from schemas.risk import ALERT

_SHOWN_AT_MOST = 12


@contextmanager
def watching(brokers: str, console: Console) -> Iterator[list[str]]:
    """Prints each new alert once, by its id, while the block runs; gives the ids seen."""
    consumer = from_the_end(brokers, ALERT.topic)
    seen: list[str] = []
    stop = threading.Event()

    def watch() -> None:
        while not stop.is_set():
            message = consumer.poll(0.2)
            if message is None or message.error() or (value := message.value()) is None:
                continue
            alert = json.loads(value)["data"]
            if alert["alert_id"] in seen:
                continue
            seen.append(alert["alert_id"])
            if len(seen) <= _SHOWN_AT_MOST:
                console.print(
                    f"   [red]alert[/red] {alert['rule_id']} {alert['severity']}: {alert['explanation']}"
                )

    thread = threading.Thread(target=watch, name="alerts", daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        stop.set()
        thread.join()
        consumer.close()
