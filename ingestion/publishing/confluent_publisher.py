"""A publisher by confluent-kafka: for the rates of bulk loads."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from ingestion.errors import BrokerUnreachable
from ingestion.publishing.journal import Deliveries, Journal
from ingestion.publishing.publisher import Headers

SECONDS_TO_CONNECT = 5.0
SECONDS_TO_DELIVER = 60.0
MESSAGES_UNDER_WAY = 100_000

# With any other error the broker may have the message although its answer was lost.
_SURELY_NOT_STORED = {
    KafkaError.MSG_SIZE_TOO_LARGE,
    KafkaError.TOPIC_AUTHORIZATION_FAILED,
    KafkaError.UNKNOWN_TOPIC_OR_PART,
    KafkaError._UNKNOWN_TOPIC,
    KafkaError._UNKNOWN_PARTITION,
    KafkaError._PURGE_QUEUE,
}


class ConfluentPublisher:
    """Idempotent, acknowledged by all replicas, lz4. See `ingestion.publishing.publisher.Publisher`."""

    def __init__(self, brokers: str, journals: Path, producer: str) -> None:
        self._producer = Producer(_configuration(brokers))
        try:
            self._producer.list_topics(timeout=SECONDS_TO_CONNECT)
        except KafkaException as error:
            raise BrokerUnreachable(brokers, error.args[0].str()) from error
        self._journal = Journal(journals, producer)

    def publish(self, topic: str, key: bytes | None, value: bytes, headers: Headers = ()) -> None:
        number = self._journal.attempt(topic, value)
        try:
            self._hand_over(number, topic, key, value, [*headers, self._journal.header(number)])
        except KafkaException as error:
            self._journal.failed(number, f"{topic}: {error.args[0].str()}")
        self._producer.poll(0)

    def flush(self) -> None:
        self._producer.flush(SECONDS_TO_DELIVER)
        self._journal.flush()

    def close(self) -> None:
        try:
            self.flush()
        finally:
            self._journal.close()

    @property
    def deliveries(self) -> Deliveries:
        return self._journal.deliveries

    def _hand_over(self, number: int, topic: str, key: bytes | None, value: bytes, headers: Headers) -> None:
        settle = partial(self._settle, number)
        while True:
            try:
                self._producer.produce(topic, value, key, on_delivery=settle, headers=list(headers))
                return
            except BufferError:
                self._producer.poll(0.1)

    def _settle(self, number: int, error: KafkaError | None, message: Message) -> None:
        if error is None:
            self._journal.acknowledged(number, message.partition(), message.offset())
            return
        settle = self._journal.failed if error.code() in _SURELY_NOT_STORED else self._journal.unknown
        settle(number, f"{message.topic()}: {error.str()}")


def _configuration(brokers: str) -> dict[str, object]:
    return {
        "bootstrap.servers": brokers,
        "enable.idempotence": True,
        "acks": "all",
        "compression.type": "lz4",
        "linger.ms": 20,
        # The hash that Java producers take: a key is in one partition whoever sends it.
        "partitioner": "murmur2_random",
        "queue.buffering.max.messages": MESSAGES_UNDER_WAY,
        "queue.buffering.max.kbytes": 131_072,
        "delivery.timeout.ms": int(SECONDS_TO_DELIVER * 1000) - 5000,
        # A topic that is missing fails at once instead of after half a minute.
        "topic.metadata.propagation.max.ms": 3000,
        # Errors are raised; the library's own lines on stderr would only repeat them.
        "log_level": 0,
    }
