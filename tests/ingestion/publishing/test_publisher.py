"""Both publishers against a real broker."""

import json
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from ingestion.errors import DeliveryFailed
from ingestion.publishing.connection import Library, connect
from ingestion.publishing.journal import Deliveries
from tests.ingestion.broker import create, read

LIBRARIES: tuple[Library, ...] = ("confluent-kafka", "kafka-python")


@pytest.mark.parametrize("library", LIBRARIES)
def test_what_is_sent_arrives_in_order(kafka: str, library: Library, tmp_path: Path) -> None:
    topic = create(kafka, f"order.{library}")
    with closing(connect(kafka, tmp_path, "test", library)) as publisher:
        for number in range(1000):
            publisher.publish(topic, b"key", b"%d" % number, [("h", b"1")])
        publisher.publish(topic, None, b"no key")
    assert publisher.deliveries == Deliveries(sent=1001, acknowledged=1001, failed=0, unknown=0)
    found = read(kafka, topic)
    assert [message.value() for message in found] == [*(b"%d" % number for number in range(1000)), b"no key"]
    [journal] = tmp_path.iterdir()
    assert (found[0].key(), found[-1].key()) == (b"key", None)
    assert found[0].headers() == [("h", b"1"), ("brokerlake-journal", f"{journal.stem}:1".encode())]
    assert found[-1].headers() == [("brokerlake-journal", f"{journal.stem}:1001".encode())]
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    assert sorted(line["n"] for line in lines if "topic" in line) == [*range(1, 1002)]
    assert {line["n"]: (line["partition"], line["offset"]) for line in lines if "offset" in line} == {
        n: (0, n - 1) for n in range(1, 1002)
    }
    assert lines[-1] == {"closed": True}


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_key_has_the_partition_that_java_gives_it(kafka: str, library: Library, tmp_path: Path) -> None:
    """Positive murmur2 of Kafka's own test vectors, modulo ten."""
    topic = create(kafka, f"keys.{library}", n_partitions=10)
    with closing(connect(kafka, tmp_path, "test", library)) as publisher:
        for key in (b"21", b"foobar", b"a-little-bit-long-string"):
            publisher.publish(topic, key, b"value")
    found = {message.key(): message.partition() for message in read(kafka, topic)}
    assert found == {b"21": 0, b"foobar": 6, b"a-little-bit-long-string": 2}


@pytest.mark.parametrize("library", LIBRARIES)
def test_what_a_broker_refuses_is_counted(kafka: str, library: Library, tmp_path: Path) -> None:
    topic = create(kafka, f"large.{library}", **{"max.message.bytes": "1000"})
    publisher = connect(kafka, tmp_path, "test", library)
    publisher.publish(topic, b"key", b"small")
    publisher.flush()
    publisher.publish(topic, b"key", Random(1).randbytes(70_000))  # compression cannot make it fit
    with pytest.raises(DeliveryFailed, match="of 2 messages 1 failed and 0 may or may not have arrived"):
        publisher.flush()
    with pytest.raises(DeliveryFailed):
        publisher.close()


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_missing_topic_is_named(kafka: str, library: Library, tmp_path: Path) -> None:
    publisher = connect(kafka, tmp_path, "test", library)
    publisher.publish("no.such_topic.v1", b"key", b"value")
    with pytest.raises(DeliveryFailed, match=r"1 failed .*no\.such_topic\.v1.*python -m ingestion topics"):
        publisher.close()


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_full_queue_waits(
    kafka: str, library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = {"confluent-kafka": "confluent_publisher", "kafka-python": "kafka_python_publisher"}[library]
    monkeypatch.setattr(f"ingestion.publishing.{module}.MESSAGES_UNDER_WAY", 10)
    topic = create(kafka, f"queue.{library}")
    with closing(connect(kafka, tmp_path, "test", library)) as publisher:
        for number in range(100):
            publisher.publish(topic, None, b"%d" % number)
    assert publisher.deliveries.acknowledged == 100
