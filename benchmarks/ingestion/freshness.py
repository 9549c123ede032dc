"""How long after it was due to be sent a message is in silver, under steady load: ours and the stock job's streams.

Open loop: each message has the time at which it was to be sent, and is late where its sender was. It is in silver once
the commit that added its row is there, by the commit's own time; both clocks are this machine's.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlparse

import numpy as np
import pyarrow.parquet as pq
from confluent_kafka import Producer

from benchmarks.ingestion.backlog import SHARES, messages
from infra.local.server_profile import REPOSITORY
from lake.settings import Settings
from schemas import catalog

SECONDS_TO_START = 120.0
SECONDS_TO_END = 60.0


@dataclass(frozen=True)
class Freshness:
    """Milliseconds from when a message was due to when it is in silver."""

    count: int
    p50: float
    p99: float
    p999: float
    most: float

    def __str__(self) -> str:
        return (
            f"p50 {self.p50:,.0f} ms, p99 {self.p99:,.0f} ms, p99.9 {self.p999:,.0f} ms, "
            f"most {self.most:,.0f} ms of {self.count:,} messages"
        )


def measure(side: str, environment: Mapping[str, str], a_second: int, seconds: int, first: int) -> Freshness:
    """Streams of one side under a load of their own; the first fifth of it warms up and is not counted."""
    settings = Settings.from_environment(environment)
    ready = settings.root / "ready"
    settings.root.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "benchmarks.ingestion.follow", side, str(ready)]
    process = subprocess.Popen(command, cwd=REPOSITORY, env={**os.environ, **environment})
    try:
        _wait_for(ready, process)
        due = _send(settings.brokers, a_second, seconds, first)
        arrived = _wait_for_all(settings, len(due))
    finally:
        process.terminate()
        process.wait(SECONDS_TO_END)
    counted = [event_id for event_id, at in due.items() if at > min(due.values()) + seconds / 5]
    late = np.array([1000 * (arrived[event_id] - due[event_id]) for event_id in counted])
    p50, p99, p999 = np.percentile(late, [50, 99, 99.9])
    return Freshness(len(late), float(p50), float(p99), float(p999), float(late.max()))


def _wait_for(ready: Path, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while not ready.is_file():
        if process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit("the streams did not start")
        time.sleep(0.2)


def _send(brokers: str, a_second: int, seconds: int, first: int) -> dict[str, float]:
    """By event id, when each was due; malformed ones and repetitions are sent and not listed."""
    producer = Producer({"bootstrap.servers": brokers, "linger.ms": 5})
    prepared = list(messages(a_second * seconds, seed=first, first=first))
    began = time.time() + 0.5
    due: dict[str, float] = {}
    for number, each in enumerate(prepared):
        at = began + number / a_second
        while (left := at - time.time()) > 0:
            producer.poll(min(left, 0.01))
        producer.produce(each.event.topic, each.value, each.key)
        if (event_id := _good_id(each.value)) is not None:
            due.setdefault(event_id, at)
    producer.flush()
    return due


def _good_id(value: bytes) -> str | None:
    try:
        envelope = json.loads(value)
    except ValueError:
        return None
    return envelope["id"] if envelope["data"]["session_date"] else None


def _wait_for_all(settings: Settings, n_expected: int) -> dict[str, float]:
    deadline = time.monotonic() + SECONDS_TO_END
    while len(found := _arrivals(settings)) < n_expected:
        if time.monotonic() > deadline:
            raise SystemExit(f"{len(found)} of {n_expected} messages are in silver")
        time.sleep(1.0)
    return found


def _arrivals(settings: Settings) -> dict[str, float]:
    """By event id, when the first commit that added its row was made."""
    found: dict[str, float] = {}
    for event in SHARES:
        table = Path(urlparse(settings.table_path(catalog.silver_of(event).name)).path)
        for log in sorted((table / "_delta_log").glob("*.json")):
            actions = [json.loads(line) for line in log.read_text().splitlines()]
            at = next(each["commitInfo"]["timestamp"] for each in actions if "commitInfo" in each) / 1000
            for added in (each["add"] for each in actions if "add" in each):
                if (file := table / added["path"]).is_file():
                    for event_id in pq.read_table(file, columns=["event_id"])["event_id"].to_pylist():
                        found.setdefault(event_id, at)
    return found
