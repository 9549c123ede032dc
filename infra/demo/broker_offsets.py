"""What the broker holds: the end of each topic."""

from __future__ import annotations

from confluent_kafka import Consumer, TopicPartition

from ingestion.ledger.broker_offsets import spans


def n_messages(brokers: str, topic: str) -> int:
    """How many messages a topic has got since it was made."""
    return sum(span.end for span in spans(brokers, [topic]).values())


def from_the_end(brokers: str, topic: str) -> Consumer:
    """A consumer that gets what comes from now on; close it after use."""
    consumer = Consumer(
        {"bootstrap.servers": brokers, "group.id": "demo", "enable.auto.commit": False, "log_level": 0}
    )
    ends = spans(brokers, [topic])
    consumer.assign([TopicPartition(topic, number, span.end) for (_, number), span in ends.items()])
    return consumer
