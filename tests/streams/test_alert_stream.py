"""The alert stream on a real broker: what is planted is found, once, however it arrives and is cut; so does a replay."""

import json
import random
import shutil
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from pyspark.sql import SparkSession

from ingestion import land, topics
from ingestion.refining import refine
from jobs.risk import alert_stream
from lake.settings import Settings
from lake.store import Store
from lake.tables import create_missing
from schemas import catalog
from schemas.risk import ALERT, ALERT_NOTICES
from tests.faults.places import as_path
from tests.ingestion import broker
from tests.rows import only
from tests.streams import planted
from tests.streams.planted import EVERYTHING, EXPECTED, Sent, order, orders

FLOOD = {
    "session_date": "2022-12-23",
    "alert_id": planted.alert_id(f"R07|1|flood|{planted.TEN_US + 3_000_000}"),
    "rule_id": "R07",
    "rule_version": "1",
    "severity": "high",
    "entity_id": "flood",
    "window_started_at": "2022-12-23T15:00:03.000000Z",
    "window_ended_at": "2022-12-23T15:00:04.000000Z",
    "triggered_at": "2022-12-23T15:00:03.019000Z",
    "observed_value": 20.0,
    "threshold_value": 20.0,
    "evidence": sorted(planted.order_key(f"flood-{number}", 1) for number in range(20)),
    "explanation": "Account flood sent 20 orders and cancels in the second from 2022-12-23T15:00:03Z "
    "(warned from 20, limit 28 a second).",
}
"""The alert of a burst beyond the threshold: its evidence is what landed first."""

SESSIONS = [date(2022, 12, 22), date(2022, 12, 23)]


@pytest.fixture
def store(spark: SparkSession, brokers: str, tmp_path: Path) -> Store:
    """An empty lake, and a broker whose topics are empty."""
    admin = AdminClient({"bootstrap.servers": brokers})
    there = [name for name in admin.list_topics(timeout=20).topics if not name.startswith("__")]
    for done in admin.delete_topics(there).values() if there else ():
        done.result(20)
    topics.reconcile(brokers)
    settings = Settings.from_environment({"BROKERLAKE_ROOT": str(tmp_path), "BROKERLAKE_BROKERS": brokers})
    return Store(spark, settings)


def send(store: Store, messages: Iterable[Sent]) -> None:
    producer = Producer({"bootstrap.servers": store.settings.brokers, "enable.idempotence": True})
    for message in messages:
        producer.produce(message.topic, message.value, message.key)
    assert producer.flush(20) == 0


def run(store: Store, max_offsets: int = 200_000) -> None:
    alert_stream.start(store, once=True, params_set="small", max_offsets=max_offsets).awaitTermination()


def published(store: Store) -> list[bytes]:
    return [message.value() for message in broker.read(store.settings.brokers, ALERT.topic)]


def sessions_by_id(values: Iterable[bytes]) -> dict[str, str]:
    records = [json.loads(value)["data"] for value in values]
    found = {record["alert_id"]: record["session_date"] for record in records}
    assert len(found) == len(records), "an alert was published twice"
    return found


def checkpoint(store: Store) -> Path:
    return as_path(store.settings.checkpoints) / "alerts"


def test_what_is_planted_is_found_and_a_replay_finds_the_same(store: Store) -> None:
    create_missing(store.settings, catalog.TABLES)
    send(store, EVERYTHING)
    run(store)
    values = published(store)
    assert sessions_by_id(values) == EXPECTED
    assert FLOOD in [json.loads(value)["data"] for value in values]

    land.start(store, once=True).awaitTermination()
    refine.start(store, once=True).awaitTermination()
    names = [column.name for column in ALERT.columns]
    shown = only(store.read(ALERT_NOTICES), *names)
    assert {row["alert_id"]: str(row["session_date"]) for row in shown} == EXPECTED
    assert only(alert_stream.replay(store, SESSIONS, "small"), *names) == shown


def test_neither_order_nor_batches_change_which_alerts_there_are(store: Store) -> None:
    send(store, shuffled(EVERYTHING, seed=1))
    run(store, max_offsets=60)
    assert sessions_by_id(published(store)) == EXPECTED


def shuffled(messages: list[Sent], seed: int) -> list[Sent]:
    """In another order, except that the messages of one key stay in theirs: the first to land bears the key."""
    places = list(range(len(messages)))
    random.Random(seed).shuffle(places)
    keys = [natural_key(message) for message in messages]
    waiting = {key: [m for m, k in zip(messages, keys, strict=True) if k == key] for key in keys}
    return [waiting[keys[place]].pop(0) for place in places]


def natural_key(message: Sent) -> str:
    data = json.loads(message.value)["data"]
    names = [column.name for column in catalog.event(message.topic).key]
    return json.dumps([data[name] for name in names])


def test_started_again_it_goes_on_where_it_was(store: Store) -> None:
    first, second = orders("burst", 12), orders("burst", 25)[12:]
    send(store, first)
    run(store)
    assert published(store) == []
    run(store)
    send(store, second)
    run(store)
    run(store)
    assert list(sessions_by_id(published(store))) == [planted.alert_id(f"R07|1|burst|{planted.TEN_US}")]


def test_a_batch_that_is_done_again_publishes_the_same_bytes(store: Store) -> None:
    send(store, orders("burst", 12))
    run(store)
    send(store, [*orders("burst", 25)[12:], order("far", 1, limit_price=200), *planted.RAISE_FAILURES])
    run(store)
    once = sorted(published(store))
    assert len(once) == 5
    last = max((checkpoint(store) / "commits").iterdir(), key=lambda path: (path.name.isdigit(), path.name))
    last.unlink()
    (last.parent / f".{last.name}.crc").unlink(missing_ok=True)
    run(store)
    assert sorted(published(store)) == sorted(once * 2)


def test_a_checkpoint_that_is_made_anew_publishes_the_same_bytes(store: Store) -> None:
    send(store, EVERYTHING)
    run(store)
    once = sorted(published(store))
    shutil.rmtree(checkpoint(store))
    run(store, max_offsets=80)
    assert sorted(published(store)) == sorted(once * 2)
