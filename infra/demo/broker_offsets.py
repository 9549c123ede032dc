"""What the broker holds: the end of each topic."""

from __future__ import annotations

from confluent_kafka import Consumer, TopicPartition


def n_messages(brokers: str, topic: str) -> int:
    """How many messages a topic has got since it was made."""
    consumer = _consumer(brokers)
    try:
        partitions = consumer.list_topics(topic, timeout=10).topics[topic].partitions
        return sum(
            consumer.get_watermark_offsets(TopicPartition(topic, p), timeout=10)[1] for p in partitions
        )
    finally:
        consumer.close()


def from_the_end(brokers: str, topic: str) -> Consumer:
    """A consumer that gets what comes from now on; close it after use."""
    consumer = _consumer(brokers)
    partitions = consumer.list_topics(topic, timeout=10).topics[topic].partitions
    ends = [
        TopicPartition(topic, p, consumer.get_watermark_offsets(TopicPartition(topic, p), timeout=10)[1])
        for p in partitions
    ]
    consumer.assign(ends)
    return consumer


def _consumer(brokers: str) -> Consumer:
    return Consumer(
        {"bootstrap.servers": brokers, "group.id": "demo", "enable.auto.commit": False, "log_level": 0}
    )
