"""Topics are made what is declared, and others are left alone."""

import pytest
from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType

from ingestion import topics
from ingestion.__main__ import main
from ingestion.errors import BrokerUnreachable
from ingestion.topics import Changes, Topic, declared, reconcile
from schemas.catalog import EVENTS
from tests.ingestion.broker import create


def configuration(brokers: str, topic: str) -> dict[str, str]:
    resource = ConfigResource(ResourceType.TOPIC, topic)
    admin = AdminClient({"bootstrap.servers": brokers})
    entries = admin.describe_configs([resource])[resource].result(10)
    return {name: entry.value for name, entry in entries.items()}


def n_partitions(brokers: str) -> dict[str, int]:
    found = AdminClient({"bootstrap.servers": brokers}).list_topics(timeout=10).topics
    return {name: len(topic.partitions) for name, topic in found.items()}


def test_every_event_has_a_topic() -> None:
    assert [topic.name for topic in declared()] == [event.topic for event in EVENTS]
    assert {"behaviour.app_events.v1": 1, "transactions.fills.v1": 2}.items() <= {
        topic.name: topic.n_partitions for topic in declared()
    }.items()


def test_created_once_and_never_expiring(kafka: str) -> None:
    wanted = (Topic("made.once.v1", 2),)
    assert reconcile(kafka, wanted) == Changes(created=("made.once.v1: created with 2 partitions",))
    assert reconcile(kafka, wanted) == Changes()
    found = configuration(kafka, "made.once.v1")
    assert (found["retention.ms"], found["message.timestamp.type"]) == ("-1", "LogAppendTime")


def test_a_dry_run_changes_nothing(kafka: str) -> None:
    wanted = (Topic("never.made.v1", 1),)
    assert reconcile(kafka, wanted, dry_run=True).created == ("never.made.v1: created with 1 partition",)
    assert "never.made.v1" not in n_partitions(kafka)


def test_grown(kafka: str) -> None:
    reconcile(kafka, (Topic("grown.v1", 1),))
    assert reconcile(kafka, (Topic("grown.v1", 3),)) == Changes(
        grown=("grown.v1: grown from 1 to 3 partitions",)
    )
    assert n_partitions(kafka)["grown.v1"] == 3
    assert reconcile(kafka, (Topic("grown.v1", 3),)) == Changes()


def test_never_shrunk(kafka: str) -> None:
    reconcile(kafka, (Topic("large.v1", 3),))
    (sentence,) = reconcile(kafka, (Topic("large.v1", 2),)).refused
    assert sentence.startswith("large.v1: has 3 partitions, declared are 2; a topic cannot shrink")
    assert n_partitions(kafka)["large.v1"] == 3


def test_configured_otherwise(kafka: str) -> None:
    create(kafka, "expiring.v1", **{"retention.ms": "1000", "cleanup.policy": "compact"})
    assert reconcile(kafka, (Topic("expiring.v1", 1),)).configured == (
        "expiring.v1: retention.ms set to -1, was 1000",
    )
    found = configuration(kafka, "expiring.v1")
    assert (found["retention.ms"], found["cleanup.policy"]) == ("-1", "compact")


def test_foreign_topics_are_left_alone(kafka: str) -> None:
    create(kafka, "somebody.elses.v1", **{"retention.ms": "1000"})
    reconcile(kafka, (Topic("ours.v1", 1),))
    assert configuration(kafka, "somebody.elses.v1")["retention.ms"] == "1000"


def test_no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topics, "SECONDS_TO_CONNECT", 0.5)
    with pytest.raises(BrokerUnreachable, match=r"no Kafka broker answers at 127\.0\.0\.1:1 "):
        reconcile("127.0.0.1:1")


def test_the_verb(kafka: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKERLAKE_BROKERS", kafka)
    assert main(["topics"]) == 0
    capsys.readouterr()
    assert main(["topics", "--dry-run"]) == 0
    assert capsys.readouterr().out == "all 19 topics are as declared\n"
