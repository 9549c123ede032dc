"""Which library sends: confluent-kafka unless asked otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from ingestion.publishing.publisher import Publisher

Library = Literal["confluent-kafka", "kafka-python"]


def connect(brokers: str, journals: Path, producer: str, library: Library = "confluent-kafka") -> Publisher:
    """A publisher by either library, with a journal of its own in the folder, named after the producer.

    confluent-kafka is some ten times quicker, kafka-python is plain Python. Both are idempotent, want all replicas'
    acknowledgement, and put a key into the same partition as a Java producer. Raises BrokerUnreachable.
    """
    if library == "kafka-python":
        from ingestion.publishing.kafka_python_publisher import KafkaPythonPublisher

        return KafkaPythonPublisher(brokers, journals, producer)
    from ingestion.publishing.confluent_publisher import ConfluentPublisher

    return ConfluentPublisher(brokers, journals, producer)
