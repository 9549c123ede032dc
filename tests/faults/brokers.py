"""A broker that dies, sleeps or grows while messages come: what it acknowledged is there, once."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, NewPartitions, OffsetSpec
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from infra.local import kafka, servers, supervision
from infra.local.server_profile import HOST, Ports, Profile
from ingestion import topics
from schemas.transactions import CASH_MOVEMENT
from tests.faults.fault import Fault, Outcome
from tests.faults.serving import pid_of
from tests.faults.trial import Trial

GROUP = "kafka"
N_NUMBERS = 500
SECONDS_OF_SENDING = 4.0
SECONDS_ASLEEP = 5.0
# After nine without a word a broker leads nothing any more; where it was the controller too, the others choose one before,
# and on a busy machine both take their time.
SECONDS_TO_BE_REPLACED = 120.0
Disturb = Callable[[Profile, str], None]
"""Does something to a broker, by the name of its process."""


def disturbed(disturb: Disturb, n_brokers: int = 1) -> Callable[[Trial], Outcome]:
    """Something happens to a broker at a moment that the seed chooses, while messages are sent to it.

    Of three brokers it is the leader of a partition, which another one has to become meanwhile.
    """

    def act(trial: Trial) -> Outcome:
        with own_brokers(trial, n_brokers) as (own, profile):
            partition = trial.seed % CASH_MOVEMENT.n_partitions
            leader, epoch = kafka.process_of(_led(profile, partition)), _epoch(profile, partition)
            at = random.Random(trial.seed).uniform(0.2, 0.8) * SECONDS_OF_SENDING
            disturbing = threading.Timer(at, disturb, [profile, leader])
            disturbing.start()
            own.sent.send_these(own.sent.made(range(N_NUMBERS)), SECONDS_OF_SENDING)
            disturbing.join()
            has_changed = n_brokers == 1 or _epoch(profile, partition) > epoch
            return own.outcome(
                own.go_on(), fell_short=() if has_changed else (f"{leader} led all the while",)
            )

    return act


def killed(profile: Profile, broker: str) -> None:
    """The supervisor starts it again."""
    os.kill(pid_of(profile, broker), signal.SIGKILL)


def bounced(profile: Profile, broker: str) -> None:
    """It hands over what it leads, ends, and is started again."""
    keeper = supervision.rpc(profile)
    keeper.stopProcess(broker, True)
    keeper.startProcess(broker, False)


def asleep(seconds: float) -> Disturb:
    def disturb(profile: Profile, broker: str) -> None:
        pid = pid_of(profile, broker)
        os.kill(pid, signal.SIGSTOP)
        time.sleep(seconds)
        os.kill(pid, signal.SIGCONT)

    return disturb


def asleep_until_replaced(profile: Profile, broker: str) -> None:
    """Until the others say that it leads nothing any more."""
    pid = pid_of(profile, broker)
    os.kill(pid, signal.SIGSTOP)
    deadline = time.monotonic() + SECONDS_TO_BE_REPLACED
    try:
        while broker in _leaders_by_others(profile, broker) and time.monotonic() < deadline:
            time.sleep(0.5)
    finally:
        os.kill(pid, signal.SIGCONT)


def partitions_added(trial: Trial) -> Outcome:
    """A topic grows between two rounds: the new partitions are landed from their beginning."""
    with own_brokers(trial) as (own, profile):
        own.sent.send(range(60))
        seconds = own.go_on()
        admin = AdminClient(
            {"bootstrap.servers": profile.brokers}
        )  # a client that nothing holds ends its requests
        admin.create_partitions([NewPartitions(CASH_MOVEMENT.topic, 7)])[CASH_MOVEMENT.topic].result(20)
        own.sent.send(range(60, 160))
        return own.outcome(seconds + own.go_on())


@contextmanager
def own_brokers(trial: Trial, n_brokers: int = 1) -> Iterator[tuple[Trial, Profile]]:
    """The trial on brokers of its own, which nobody else is disturbed by."""
    root = trial.settings.root / "servers"
    profile = Profile(root=root, ports=Ports.free(), n_brokers=n_brokers)
    with servers.running(profile, ["kafka"]):
        topics.reconcile(profile.brokers)
        yield Trial(replace(trial.settings, brokers=profile.brokers), trial.seed, trial.spark), profile


# For a moment after a broker went or came, or a topic was made, the one that is asked does not know all partitions, or is
# not the one that leads.
_until_known = retry(
    retry=retry_if_exception_type((KafkaException, KeyError)), wait=wait_fixed(0.3), stop=stop_after_delay(20)
)


@_until_known
def _led(profile: Profile, partition: int) -> int:
    """The number of the broker that leads a partition of the topic that most is sent to."""
    return _leaders(profile.brokers, timeout=20)[partition]


def _leaders_by_others(profile: Profile, broker: str) -> set[str]:
    """Who leads a partition of the topic that most is sent to, as one of the other brokers knows it."""
    others = [
        f"{HOST}:{port}"
        for number, (port, _) in enumerate(profile.kafka_ports, start=1)
        if kafka.process_of(number) != broker
    ]
    try:
        return {kafka.process_of(leader) for leader in _leaders(",".join(others), timeout=5).values()}
    except KafkaException:
        return {broker}


def _leaders(brokers: str, timeout: float) -> dict[int, int]:
    """The number of the broker that leads each partition of that topic, as one of these brokers knows it."""
    found = AdminClient({"bootstrap.servers": brokers}).list_topics(CASH_MOVEMENT.topic, timeout=timeout)
    return {number: int(each.leader) for number, each in found.topics[CASH_MOVEMENT.topic].partitions.items()}


@_until_known
def _epoch(profile: Profile, partition: int) -> int:
    """Grows each time that the partition gets a leader, be it the one that it had before."""
    admin = AdminClient({"bootstrap.servers": profile.brokers})
    which = TopicPartition(CASH_MOVEMENT.topic, partition)
    return int(admin.list_offsets({which: OffsetSpec.latest()})[which].result(20).leader_epoch)


FAULTS = (
    Fault(
        (3,),
        "broker-killed",
        GROUP,
        "The broker dies while messages are sent to it, and is started again.",
        disturbed(killed),
    ),
    Fault(
        (4,),
        "broker-asleep",
        GROUP,
        f"The broker sleeps for {SECONDS_ASLEEP:.0f} s while messages are sent to it.",
        disturbed(asleep(SECONDS_ASLEEP)),
    ),
    Fault(
        (3,),
        "leader-killed",
        GROUP,
        "Of three brokers the leader dies while messages are sent to it, and is started again.",
        disturbed(killed, n_brokers=3),
    ),
    # Only deep, as the one below: a leader that dies is the harder case.
    Fault(
        (3,),
        "leader-bounced",
        GROUP,
        "Of three brokers the leader is stopped and started while messages are sent to it.",
        disturbed(bounced, n_brokers=3),
        seeds=(),
    ),
    Fault(
        (4,),
        "leader-asleep",
        GROUP,
        "Of three brokers the leader sleeps, while messages are sent to it, until another one leads.",
        disturbed(asleep_until_replaced, n_brokers=3),
        seeds=(),
    ),
    Fault(
        (26,),
        "partitions-added",
        GROUP,
        "A topic gets partitions after it was landed from.",
        partitions_added,
    ),
)
