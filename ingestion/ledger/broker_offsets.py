"""What a broker has of each partition: its first offset and the one that comes next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future

from confluent_kafka import KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, ListOffsetsResultInfo, OffsetSpec
from tenacity import retry, retry_if_exception, stop_after_delay, wait_fixed

from ingestion.errors import BrokerUnreachable
from ingestion.ledger.accounts import Key, Span

SECONDS_TO_CONNECT = 3.0
SECONDS_TO_ANSWER = 10.0
_MOVED = {
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.FENCED_LEADER_EPOCH,
}


def spans(brokers: str, topics: Sequence[str]) -> dict[Key, Span]:
    """The offsets of every partition of the topics that exist. Raises BrokerUnreachable."""
    admin = AdminClient({"bootstrap.servers": brokers, "log_level": 0})
    try:
        return _spans(admin, topics)
    except KafkaException as error:
        raise BrokerUnreachable(brokers, error.args[0].str()) from error


def _has_moved(error: BaseException) -> bool:
    """Whether a partition has another leader than the one that was asked, as for a moment after a broker went or came."""
    return isinstance(error, KafkaException) and error.args[0].code() in _MOVED


@retry(
    retry=retry_if_exception(_has_moved),
    wait=wait_fixed(0.2),
    stop=stop_after_delay(SECONDS_TO_ANSWER),
    reraise=True,
)
def _spans(admin: AdminClient, topics: Sequence[str]) -> dict[Key, Span]:
    there = admin.list_topics(timeout=SECONDS_TO_CONNECT).topics
    partitions = [
        TopicPartition(topic, number)
        for topic in topics
        if topic in there
        for number in there[topic].partitions
    ]
    if not partitions:
        return {}
    first = _answers(admin.list_offsets({each: OffsetSpec.earliest() for each in partitions}))
    end = _answers(admin.list_offsets({each: OffsetSpec.latest() for each in partitions}))
    return {key: Span(first[key], end[key]) for key in first}


def _answers(asked: Mapping[TopicPartition, Future[ListOffsetsResultInfo]]) -> dict[Key, int]:
    return {
        (partition.topic, partition.partition): future.result(SECONDS_TO_ANSWER).offset
        for partition, future in asked.items()
    }
