"""What a broker has of each partition: its first offset and the one that comes next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future

from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, ListOffsetsResultInfo, OffsetSpec

from ingestion.errors import BrokerUnreachable
from ingestion.ledger.accounts import Key, Span

SECONDS_TO_CONNECT = 3.0
SECONDS_TO_ANSWER = 10.0


def spans(brokers: str, topics: Sequence[str]) -> dict[Key, Span]:
    """The offsets of every partition of the topics that exist. Raises BrokerUnreachable."""
    admin = AdminClient({"bootstrap.servers": brokers, "log_level": 0})
    try:
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
    except KafkaException as error:
        raise BrokerUnreachable(brokers, error.args[0].str()) from error
    return {key: Span(first[key], end[key]) for key in first}


def _answers(asked: Mapping[TopicPartition, Future[ListOffsetsResultInfo]]) -> dict[Key, int]:
    return {
        (partition.topic, partition.partition): future.result(SECONDS_TO_ANSWER).offset
        for partition, future in asked.items()
    }
