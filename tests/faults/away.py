"""A broker that cannot take messages for a while: it is away, or its disk is full."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace

from infra.local import servers
from infra.local.server_profile import Ports, Profile
from ingestion import topics
from ingestion.publishing.spooled_publisher import SpooledPublisher
from lake.envelope import HEADERS
from tests.faults.brokers import N_NUMBERS, SECONDS_OF_SENDING, own_brokers
from tests.faults.fault import Fault, Outcome
from tests.faults.sent import Message
from tests.faults.serving import small_disk
from tests.faults.trial import Trial

GROUP = "kafka"
MEGABYTES_OF_BROKER = 96
SECONDS_FULL = 5.0


def spooled(trial: Trial) -> Outcome:
    """A producer keeps on disk what it cannot send; another one sends that, and then its own."""
    with own_brokers(trial) as (own, profile):
        made = [replace(each, may_repeat=True) for each in own.sent.made(range(100))]
        cuts = sorted(random.Random(trial.seed).sample(range(1, len(made)), 2))
        before, meanwhile, after = made[: cuts[0]], made[cuts[0] : cuts[1]], made[cuts[1] :]
        _publish(own, before)
        servers.stop(profile, ["kafka"])
        n_waiting = _publish(own, meanwhile)
        servers.start(profile, ["kafka"])
        n_left = _publish(own, after)
        own.sent.messages += made
        short = [] if n_waiting == len(meanwhile) else [f"{n_waiting} waited, not {len(meanwhile)}"]
        short += [f"{n_left} wait still"] if n_left else []
        return own.outcome(own.go_on(), fell_short=tuple(short))


def _publish(trial: Trial, messages: Sequence[Message]) -> int:
    """By a producer that is made anew, as in a process of its own; how many messages wait when it ends."""
    settings = trial.settings
    with closing(
        SpooledPublisher(settings.brokers, settings.journals, "trial", settings.spools)
    ) as publisher:
        for each in messages:
            publisher.publish(each.event.topic, each.key, each.value, HEADERS)
        return publisher.send()


def disk_full(trial: Trial) -> Outcome:
    """The broker's disk is full while messages are sent: it stops, and its keeper tries until there is room again."""
    profile = Profile(root=trial.settings.root / "servers", ports=Ports.free())
    with (
        small_disk(profile.data_of("kafka"), MEGABYTES_OF_BROKER) as disk,
        servers.running(profile, ["kafka"]),
    ):
        topics.reconcile(profile.brokers)
        own = Trial(replace(trial.settings, brokers=profile.brokers), trial.seed, trial.spark)
        at = random.Random(trial.seed).uniform(0.2, 0.8) * SECONDS_OF_SENDING

        def fill_for_a_while() -> None:
            disk.fill()
            time.sleep(SECONDS_FULL)
            disk.free()

        filling = threading.Timer(at, fill_for_a_while)
        filling.start()
        own.sent.send_these(own.sent.made(range(N_NUMBERS)), SECONDS_OF_SENDING)
        filling.join()
        said = profile.log_of("kafka").read_text(errors="replace")
        short = () if "No space left on device" in said else ("the broker did not find its disk full",)
        return own.outcome(own.go_on(), fell_short=short)


FAULTS = (
    Fault(
        (3,),
        "spooled-while-away",
        GROUP,
        "The broker is stopped, a producer keeps its messages on disk and ends, another one sends them later.",
        spooled,
    ),
    Fault(
        (5,),
        "broker-disk-full",
        GROUP,
        f"The broker's disk is full for {SECONDS_FULL:.0f} s while messages are sent to it.",
        disk_full,
    ),
)
