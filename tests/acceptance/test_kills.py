"""Processes end as in a power cut, and go on: nothing is lost, nothing is doubled."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from infra.demo.broker_offsets import n_messages
from infra.local import servers
from infra.local.server_profile import REPOSITORY, Ports, Profile
from ingestion import topics
from ingestion.ledger.reading import ledger
from ingestion.publishing.connection import connect
from ingestion.streams import catch_up
from lake.envelope import HEADERS, json_values, message_key, wrap
from lake.settings import Settings
from lake.store import Store
from lake.tables import create_missing
from schemas import catalog
from schemas.behaviour import APP_EVENT, APP_EVENTS
from schemas.operations import BRONZE_EVENTS, DUPLICATES, QUARANTINE_EVENTS
from schemas.risk import LIMIT, LIMITS
from schemas.transactions import CASH_MOVEMENT, CASH_MOVEMENTS
from tests.rows import rows

KILLED = -signal.SIGKILL
N_LINES = 20_000
SECONDS_TO_DELIVER = 90


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Profile]:
    """Kafka and Flume, and every topic, empty."""
    fresh = Profile(root=tmp_path_factory.mktemp("servers"), ports=Ports.free())
    with servers.running(fresh, ["kafka", "flume"]):
        topics.reconcile(fresh.brokers)
        yield fresh


def lake_settings(root: Path, profile: Profile) -> Settings:
    variables = {**profile.environment(), "BROKERLAKE_ROOT": str(root)}
    variables["BROKERLAKE_LAKE"] = root.joinpath("lake").as_uri()
    return Settings.from_environment(variables)


def run_and_be_killed(verb: str, place: str, settings: Settings) -> int:
    """A driver that kills itself at a place, as it does in no other run; returns how it ended."""
    variables = {
        "BROKERLAKE_KILL_AT": place,
        "BROKERLAKE_ROOT": str(settings.root),
        "BROKERLAKE_LAKE": settings.lake,
        "BROKERLAKE_BROKERS": settings.brokers,
        "BROKERLAKE_DRIVER_MEMORY": "1g",
    }
    command = [sys.executable, "-m", "ingestion", verb, "--once"]
    done = subprocess.run(command, cwd=REPOSITORY, env={**os.environ, **variables}, capture_output=True)
    return done.returncode


def send(brokers: str, journals: Path, numbers: Sequence[int]) -> None:
    """A cash movement and a limit a number; every tenth movement comes twice, and every tenth limit is garbage."""
    with closing(connect(brokers, journals, "test")) as publisher:
        for number in numbers:
            for event, case in (
                (CASH_MOVEMENT, {"cash_movement_id": f"movement-{number}"}),
                (LIMIT, {"account_id": f"account-{number}"}),
            ):
                data = json_values(event, rows(event, case)[0])
                value = wrap(event, data, source="test", sequence=number)
                is_tenth = number % 10 == 0
                if event is LIMIT and is_tenth:
                    value = value[:40]
                for _ in range(2 if event is CASH_MOVEMENT and is_tenth else 1):
                    publisher.publish(event.topic, message_key(event, data), value, HEADERS)


def counts(store: Store) -> dict[str, int]:
    tables = (BRONZE_EVENTS, CASH_MOVEMENTS, LIMITS, DUPLICATES, QUARANTINE_EVENTS)
    return {table.name: store.read(table).count() for table in tables}


def after(n: int) -> dict[str, int]:
    """What `counts` gives when `send` has sent n numbers and nothing was lost or doubled."""
    return {
        "bronze.events": 2 * n + n // 10,
        "silver.cash_movements": n,
        "silver.limits": n - n // 10,
        "ops.duplicates": n // 10,
        "quarantine.events": n // 10,
    }


def test_landing_and_refining_are_killed_at_every_place_and_go_on(
    spark: SparkSession, profile: Profile, tmp_path: Path
) -> None:
    store = Store(spark, lake_settings(tmp_path, profile))
    send(profile.brokers, store.settings.journals, range(1, 101))
    assert run_and_be_killed("land", "land.after_commit", store.settings) == KILLED
    assert counts(store) == {**dict.fromkeys(after(100), 0), "bronze.events": 210}

    assert run_and_be_killed("refine", "refine.between_tables", store.settings) == KILLED
    assert counts(store) == {**after(100), "silver.cash_movements": 0, "silver.limits": 0}

    assert run_and_be_killed("refine", "refine.after_commit", store.settings) == KILLED
    assert counts(store) == after(100)

    send(profile.brokers, store.settings.journals, range(101, 201))
    catch_up(store)
    assert counts(store) == after(200)
    assert ledger(store.settings, settled=True).differences == ()


def test_flume_is_killed_under_load_and_each_line_is_in_silver_once(
    spark: SparkSession, profile: Profile, tmp_path: Path
) -> None:
    position = append_lines_and_kill(profile)
    until_quiet(profile, at_least=N_LINES)
    read_again_from(position, profile)

    settings = lake_settings(tmp_path, profile)
    create_missing(settings, catalog.TABLES)
    store = Store(spark, settings)
    catch_up(store)
    arrived = store.read(BRONZE_EVENTS).where(F.col("origin_topic") == APP_EVENT.topic).count()
    shown = store.read(APP_EVENTS)
    assert shown.count() == shown.select("client_event_id").distinct().count() == N_LINES
    repeated = store.read(DUPLICATES).where(F.col("origin_topic") == APP_EVENT.topic).count()
    assert repeated == arrived - N_LINES
    assert repeated >= N_LINES // 2
    assert ledger(settings, settled=True).differences == ()


def append_lines_and_kill(profile: Profile) -> bytes:
    """Appends all lines and kills Flume when half of them are written; returns the positions that it had noted then."""
    with log_file(profile).open("wb") as log:
        for number, line in enumerate(app_lines()):
            log.write(line + b"\n")
            if number == N_LINES // 2 - 1:
                log.flush()
                time.sleep(2)
                noted = positions_file(profile).read_bytes()
                os.kill(pid_of_flume(profile), signal.SIGKILL)
    return noted


def read_again_from(noted: bytes, profile: Profile) -> None:
    """As if Flume had been killed before it noted how far it had read since: it sends these lines again."""
    servers.stop(profile, ["flume"])
    before = n_messages(profile.brokers, APP_EVENT.topic)
    positions_file(profile).write_bytes(noted)
    servers.start(profile, ["flume"])
    [position] = [each["pos"] for each in json.loads(noted) if each["file"] == str(log_file(profile))]
    n_again = log_file(profile).read_bytes()[position:].count(b"\n")
    until_quiet(profile, at_least=before + n_again)


def until_quiet(profile: Profile, at_least: int) -> None:
    """Until so many messages have come, and then for two seconds no more."""
    deadline = time.monotonic() + SECONDS_TO_DELIVER
    n_came, since = 0, time.monotonic()
    while n_came < at_least or time.monotonic() - since < 2:
        assert time.monotonic() < deadline, f"{n_came} of {at_least} lines came"
        time.sleep(0.2)
        n_now = n_messages(profile.brokers, APP_EVENT.topic)
        if n_now != n_came:
            n_came, since = n_now, time.monotonic()


def app_lines() -> Iterator[bytes]:
    """Things that clients did, each with an id of its own."""
    plain = json_values(APP_EVENT, rows(APP_EVENT, {})[0])
    for number in range(1, N_LINES + 1):
        yield wrap(APP_EVENT, {**plain, "client_event_id": f"event-{number}"}, source="app", sequence=number)


def log_file(profile: Profile) -> Path:
    return profile.app_logs / "app" / "app-2022-12-23.log"


def positions_file(profile: Profile) -> Path:
    return profile.data_of("flume") / "behaviour_app_events_v1" / "positions.json"


def pid_of_flume(profile: Profile) -> int:
    [flume] = [status for status in servers.status(profile) if status.name == "flume"]
    return flume.processes[0].pid
