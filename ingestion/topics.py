"""Topics as data: what the declared events want of the broker, and making it so."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TypeVar

from confluent_kafka import KafkaException
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    ResourceType,
    TopicMetadata,
)

from ingestion.errors import BrokerUnreachable, TopicsRefused
from schemas import catalog

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")

SECONDS_TO_CONNECT = 5.0
SECONDS_TO_CHANGE = 30.0
BROKERS_DEFAULT = -1

# What is not landed yet must not expire, and the broker's clock is the only one that says when we got it.
CONFIGURATION = {"retention.ms": "-1", "message.timestamp.type": "LogAppendTime"}


@dataclass(frozen=True)
class Topic:
    name: str
    n_partitions: int
    configuration: Mapping[str, str] = field(default_factory=lambda: dict(CONFIGURATION))


@dataclass(frozen=True)
class Changes:
    """What was done, or would be: one sentence each. `refused` is what the broker has and may not be changed."""

    created: tuple[str, ...] = ()
    grown: tuple[str, ...] = ()
    configured: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        return (*self.created, *self.grown, *self.configured, *self.refused)


@dataclass(frozen=True)
class _Difference:
    """The same as values: what the broker lacks."""

    missing: tuple[Topic, ...]
    small: tuple[tuple[Topic, int], ...]
    large: tuple[tuple[Topic, int], ...]
    thin: tuple[tuple[Topic, int, int], ...]
    otherwise: tuple[tuple[Topic, dict[str, str]], ...]


def declared() -> tuple[Topic, ...]:
    """The topic of every declared event."""
    return tuple(Topic(event.topic, event.n_partitions) for event in catalog.EVENTS)


def reconcile(brokers: str, topics: tuple[Topic, ...] | None = None, *, dry_run: bool = False) -> Changes:
    """Creates the topics that are missing, grows those with too few partitions, sets what is configured otherwise.

    Fewer partitions cannot be had and are reported; topics that are not declared are left alone. More partitions send
    a key elsewhere from then on: its order across the change is kept by nobody. `dry_run` changes nothing and says
    what would be done. Raises BrokerUnreachable, and TopicsRefused if the broker does not carry a change out.
    """
    admin = AdminClient({"bootstrap.servers": brokers, "log_level": 0})
    found = _difference(admin, brokers, declared() if topics is None else topics)
    if not dry_run:
        _apply(admin, found)
    return _told(found)


def _difference(admin: AdminClient, brokers: str, topics: tuple[Topic, ...]) -> _Difference:
    try:
        there = admin.list_topics(timeout=SECONDS_TO_CONNECT).topics
    except KafkaException as error:
        raise BrokerUnreachable(brokers, error.args[0].str()) from error
    sizes = {name: len(metadata.partitions) for name, metadata in there.items()}
    present = tuple(topic for topic in topics if topic.name in sizes)
    sized = tuple((topic, sizes[topic.name]) for topic in present)
    wanted = _n_replicas(admin)
    copied = [(topic, _fewest_replicas(there[topic.name])) for topic in present]
    return _Difference(
        missing=tuple(topic for topic in topics if topic.name not in sizes),
        small=tuple((topic, size) for topic, size in sized if size < topic.n_partitions),
        large=tuple((topic, size) for topic, size in sized if size > topic.n_partitions),
        thin=tuple((topic, n, wanted) for topic, n in copied if n < wanted),
        otherwise=_configured_otherwise(admin, present),
    )


def _n_replicas(admin: AdminClient) -> int:
    """How many replicas a new topic gets."""
    broker = next(iter(admin.list_topics(timeout=SECONDS_TO_CONNECT).brokers))
    asked = ConfigResource(ResourceType.BROKER, str(broker))
    return int(_settled(admin.describe_configs([asked]))[asked]["default.replication.factor"].value)


def _fewest_replicas(topic: TopicMetadata) -> int:
    return min((len(partition.replicas) for partition in topic.partitions.values()), default=0)


def _configured_otherwise(
    admin: AdminClient, topics: tuple[Topic, ...]
) -> tuple[tuple[Topic, dict[str, str]], ...]:
    """Topics with the values that differ, as the broker has them."""
    if not topics:
        return ()
    asked = {topic.name: ConfigResource(ResourceType.TOPIC, topic.name) for topic in topics}
    answers = _settled(admin.describe_configs(list(asked.values())))
    found = []
    for topic in topics:
        actual = answers[asked[topic.name]]
        wrong = {k: actual[k].value for k, v in topic.configuration.items() if actual[k].value != v}
        if wrong:
            found.append((topic, wrong))
    return tuple(found)


def _apply(admin: AdminClient, found: _Difference) -> None:
    if found.missing:
        new = [
            NewTopic(t.name, t.n_partitions, BROKERS_DEFAULT, config=dict(t.configuration))
            for t in found.missing
        ]
        _settled(admin.create_topics(new))
    if found.small:
        _settled(admin.create_partitions([NewPartitions(t.name, t.n_partitions) for t, _ in found.small]))
    if found.otherwise:
        _settled(admin.incremental_alter_configs([_corrected(t, wrong) for t, wrong in found.otherwise]))


def _corrected(topic: Topic, wrong: dict[str, str]) -> ConfigResource:
    entries = [
        ConfigEntry(name, topic.configuration[name], incremental_operation=AlterConfigOpType.SET)
        for name in wrong
    ]
    return ConfigResource(ResourceType.TOPIC, topic.name, incremental_configs=entries)


def _settled(futures: Mapping[Asked, Future[Answer]]) -> dict[Asked, Answer]:
    """The broker's answers. Raises TopicsRefused with every error among them."""
    answers, problems = {}, []
    for what, future in futures.items():
        try:
            answers[what] = future.result(SECONDS_TO_CHANGE)
        except KafkaException as error:
            problems.append(f"{what}: {error.args[0].str()}")
    if problems:
        raise TopicsRefused(problems)
    return answers


def _told(found: _Difference) -> Changes:
    return Changes(
        created=tuple(f"{t.name}: created with {_partitions(t.n_partitions)}" for t in found.missing),
        grown=tuple(
            f"{t.name}: grown from {size} to {_partitions(t.n_partitions)}" for t, size in found.small
        ),
        configured=tuple(
            f"{t.name}: {name} set to {t.configuration[name]}, was {value}"
            for t, wrong in found.otherwise
            for name, value in wrong.items()
        ),
        refused=(
            *(
                f"{t.name}: has {_partitions(size)}, declared are {t.n_partitions}; a topic cannot shrink: "
                "declare as many, or move to a new version of the topic"
                for t, size in found.large
            ),
            *(
                f"{t.name}: has {n} of the {wanted} replicas that a new topic gets; only Kafka's own tool adds replicas: "
                "kafka-reassign-partitions"
                for t, n, wanted in found.thin
            ),
        ),
    )


def _partitions(count: int) -> str:
    return "1 partition" if count == 1 else f"{count} partitions"
