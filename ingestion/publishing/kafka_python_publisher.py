"""A publisher by kafka-python: plain Python, for what sends few messages."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from threading import BoundedSemaphore

from kafka import KafkaProducer
from kafka import errors as kafka_errors
from kafka.producer.future import RecordMetadata

from ingestion.errors import BrokerUnreachable
from ingestion.publishing.journal import Deliveries, Journal
from ingestion.publishing.publisher import Headers

SECONDS_TO_CONNECT = 5.0
SECONDS_TO_DELIVER = 60.0
MESSAGES_UNDER_WAY = 10_000

_SURELY_NOT_STORED = (
    kafka_errors.MessageSizeTooLargeError,
    kafka_errors.TopicAuthorizationFailedError,
    kafka_errors.UnknownTopicOrPartitionError,
)


class KafkaPythonPublisher:
    """Idempotent, acknowledged by all replicas, lz4. See `ingestion.publishing.publisher.Publisher`."""

    def __init__(self, brokers: str, journals: Path, producer: str) -> None:
        # The library's own buffer is unbounded.
        self._under_way = BoundedSemaphore(MESSAGES_UNDER_WAY)
        try:
            self._producer = KafkaProducer(**_configuration(brokers))
        except kafka_errors.KafkaError as error:
            raise BrokerUnreachable(brokers, str(error)) from error
        self._journal = Journal(journals, producer)

    def publish(self, topic: str, key: bytes | None, value: bytes, headers: Headers = ()) -> None:
        number = self._journal.attempt(topic, value)
        self._under_way.acquire()
        try:
            future = self._producer.send(topic, value, key, [*headers, self._journal.header(number)])
        except kafka_errors.KafkaError as error:
            self._under_way.release()
            self._journal.failed(number, f"{topic}: {error}")
            return
        future.add_callback(self._acknowledge, number).add_errback(self._fail, number)

    def flush(self) -> None:
        with suppress(kafka_errors.KafkaTimeoutError):  # the journal counts what had no answer
            self._producer.flush(timeout=SECONDS_TO_DELIVER)
        self._journal.flush()

    def close(self) -> None:
        try:
            self.flush()
        finally:
            self._producer.close(timeout=SECONDS_TO_CONNECT)
            self._journal.close()

    @property
    def deliveries(self) -> Deliveries:
        return self._journal.deliveries

    def _acknowledge(self, number: int, at: RecordMetadata) -> None:
        self._under_way.release()
        self._journal.acknowledged(number, at.partition, at.offset)

    def _fail(self, number: int, error: Exception) -> None:
        self._under_way.release()
        settle = self._journal.failed if isinstance(error, _SURELY_NOT_STORED) else self._journal.unknown
        settle(number, str(error))


def _configuration(brokers: str) -> dict[str, object]:
    return {
        "bootstrap_servers": brokers.split(","),
        "bootstrap_timeout_ms": int(SECONDS_TO_CONNECT * 1000),
        "enable_idempotence": True,
        "acks": "all",
        "compression_type": "lz4",
        "linger_ms": 20,
        "batch_size": 65_536,
        "max_block_ms": int(SECONDS_TO_CONNECT * 1000),
        "delivery_timeout_ms": int(SECONDS_TO_DELIVER * 1000) - 5000,
        "allow_auto_create_topics": False,
    }
