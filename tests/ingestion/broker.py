"""A real broker on free ports that never meets a running demo; what a test asks of it: new topics, and what is in them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from confluent_kafka import Consumer, KafkaException, Message, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from infra.local import servers
from infra.local.server_profile import Ports, Profile

SECONDS = 20.0


@contextmanager
def running(root: Path) -> Iterator[str]:
    """The address of a broker without topics, until the end of the block."""
    profile = Profile(root=root, ports=Ports.free())
    with servers.running(profile, ["kafka"]):
        yield profile.brokers


def create(brokers: str, topic: str, n_partitions: int = 1, **configuration: str) -> str:
    new = NewTopic(topic, n_partitions, 1, config=configuration)
    admin = AdminClient({"bootstrap.servers": brokers})  # a client that nothing holds ends its requests
    admin.create_topics([new])[topic].result(SECONDS)
    return topic


def read(brokers: str, topic: str) -> list[Message]:
    """Every message of the topic, partition by partition."""
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": "tests", "enable.auto.commit": False})
    try:
        partitions = consumer.list_topics(topic, timeout=SECONDS).topics[topic].partitions
        return [message for number in sorted(partitions) for message in _read(consumer, topic, number)]
    finally:
        consumer.close()


# A topic that was just made has no leader for a moment.
@retry(retry=retry_if_exception_type(KafkaException), wait=wait_fixed(0.1), stop=stop_after_delay(SECONDS))
def _read(consumer: Consumer, topic: str, number: int) -> list[Message]:
    first, end = consumer.get_watermark_offsets(TopicPartition(topic, number), timeout=SECONDS)
    if first == end:
        return []
    consumer.assign([TopicPartition(topic, number, first)])
    return consumer.consume(end - first, timeout=SECONDS)
