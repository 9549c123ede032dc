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

from confluent_kafka.admin import AdminClient, NewPartitions

from infra.local import servers
from infra.local.server_profile import Ports, Profile
from ingestion import topics
from schemas.transactions import CASH_MOVEMENT
from tests.faults.fault import Fault, Outcome
from tests.faults.trial import Trial

GROUP = "kafka"
N_NUMBERS = 500
SECONDS_OF_SENDING = 4.0
SECONDS_ASLEEP = 5.0


def disturbed(disturb: Callable[[int], None]) -> Callable[[Trial], Outcome]:
    """Something happens to the broker's process at a moment that the seed chooses, while messages are sent to it."""

    def act(trial: Trial) -> Outcome:
        with _own_broker(trial) as (own, profile):
            at = random.Random(trial.seed).uniform(0.2, 0.8) * SECONDS_OF_SENDING
            disturbing = threading.Timer(at, disturb, [_pid(profile)])
            disturbing.start()
            own.sent.send_these(own.sent.made(range(N_NUMBERS)), SECONDS_OF_SENDING)
            disturbing.join()
            return own.outcome(own.go_on())

    return act


def killed(pid: int) -> None:
    """The supervisor starts it again."""
    os.kill(pid, signal.SIGKILL)


def asleep(pid: int) -> None:
    os.kill(pid, signal.SIGSTOP)
    time.sleep(SECONDS_ASLEEP)
    os.kill(pid, signal.SIGCONT)


def partitions_added(trial: Trial) -> Outcome:
    """A topic grows between two rounds: the new partitions are landed from their beginning."""
    with _own_broker(trial) as (own, profile):
        own.sent.send(range(60))
        seconds = own.go_on()
        admin = AdminClient(
            {"bootstrap.servers": profile.brokers}
        )  # a client that nothing holds ends its requests
        admin.create_partitions([NewPartitions(CASH_MOVEMENT.topic, 7)])[CASH_MOVEMENT.topic].result(20)
        own.sent.send(range(60, 160))
        return own.outcome(seconds + own.go_on())


@contextmanager
def _own_broker(trial: Trial) -> Iterator[tuple[Trial, Profile]]:
    """The trial on a broker of its own, which nobody else is disturbed by."""
    profile = Profile(root=trial.settings.root / "servers", ports=Ports.free())
    with servers.running(profile, ["kafka"]):
        topics.reconcile(profile.brokers)
        yield Trial(replace(trial.settings, brokers=profile.brokers), trial.seed, trial.spark), profile


def _pid(profile: Profile) -> int:
    [kafka] = [status for status in servers.status(profile) if status.name == "kafka"]
    return kafka.processes[0].pid


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
        disturbed(asleep),
    ),
    Fault(
        (26,),
        "partitions-added",
        GROUP,
        "A topic gets partitions after it was landed from.",
        partitions_added,
    ),
)
