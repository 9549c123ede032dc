"""Waits until Flume has delivered what the logs hold."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from infra.demo.broker_offsets import n_messages
from infra.demo.errors import DemoFailed
from infra.local.server_profile import Profile

LOG_TOPICS = {"app": "behaviour.app_events.v1", "web": "behaviour.web_access.v1"}
SECONDS_FOR_FLUME = 180.0


def wait_for_flume(profile: Profile, tell: Callable[[str], None]) -> None:
    """Until every line of the logs is in its topic."""
    deadline = time.monotonic() + SECONDS_FOR_FLUME
    while True:
        missing = {log: _n_lines(profile.app_logs / log) - n_messages(profile.brokers, topic)
                   for log, topic in LOG_TOPICS.items()}  # fmt: skip
        if all(count <= 0 for count in missing.values()):
            return
        if time.monotonic() > deadline:
            raise DemoFailed(f"Flume has not delivered {missing} lines; its log is {profile.log_of('flume')}")
        tell(f"waiting for Flume: {missing}")
        time.sleep(0.5)


def _n_lines(folder: Path) -> int:
    return sum(path.read_bytes().count(b"\n") for path in folder.glob("*.log"))
