"""A network between publisher, landing and broker that is slow, or cut in one direction or both for a while."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from infra.local import servers
from infra.local.server_profile import HOST, Ports, Profile
from ingestion import topics
from tests.faults.brokers import N_NUMBERS, SECONDS_OF_SENDING
from tests.faults.fault import Fault, Outcome
from tests.faults.proxy import Direction, Proxy
from tests.faults.trial import Trial

GROUP = "kafka"
SECONDS_CUT = 4.0
SECONDS_BEFORE_LANDING_IS_CUT = 1.0
DELAY_SECONDS = 0.03  # of what is sent at once, in each direction
BYTES_PER_SECOND = 500_000


def cut(*directions: Direction) -> Callable[[Trial], Outcome]:
    """What goes in these directions is lost for a while, and all connections with it: while messages are sent, at a
    moment that the seed chooses, and while they are landed."""

    def act(trial: Trial) -> Outcome:
        with _behind_a_proxy(trial) as (own, proxy):
            at = random.Random(trial.seed).uniform(0.2, 0.8) * SECONDS_OF_SENDING
            with _later(at, proxy, directions):
                own.sent.send_these(own.sent.made(range(N_NUMBERS)), SECONDS_OF_SENDING)
            short = () if proxy.n_swallowed else ("nothing was lost on the way",)
            with _later(SECONDS_BEFORE_LANDING_IS_CUT, proxy, directions):
                seconds = own.go_on()
            return own.outcome(seconds, fell_short=short)

    return act


def slow(trial: Trial) -> Outcome:
    """All the while each packet takes its time, and few go at once."""
    with _behind_a_proxy(trial) as (own, proxy):
        proxy.delay_seconds, proxy.bytes_per_second = DELAY_SECONDS, BYTES_PER_SECOND
        own.sent.send(range(N_NUMBERS))
        return own.outcome(own.go_on())


@contextmanager
def _later(seconds: float, proxy: Proxy, directions: tuple[Direction, ...]) -> Iterator[None]:
    cutting = threading.Timer(seconds, proxy.cut, [SECONDS_CUT, *directions])
    cutting.start()
    yield
    cutting.join()


@contextmanager
def _behind_a_proxy(trial: Trial) -> Iterator[tuple[Trial, Proxy]]:
    """The trial on a broker of its own that it reaches through a proxy only."""
    proxy = Proxy()
    root, ports = trial.settings.root / "servers", Ports.free()
    profile = Profile(root=root, ports=ports, advertised_port=proxy.port)
    with proxy.before(ports.kafka), servers.running(profile, ["kafka"]):
        topics.reconcile(profile.brokers)
        yield Trial(replace(trial.settings, brokers=f"{HOST}:{proxy.port}"), trial.seed, trial.spark), proxy


FAULTS = (
    Fault((7,), "network-slow", GROUP, "Every packet to the broker and back takes its time.", slow),
    # Only deep: that answers are lost is the harder half of it.
    Fault(
        (6,),
        "network-cut",
        GROUP,
        f"The network to the broker is cut for {SECONDS_CUT:.0f} s, while sending and while landing.",
        cut("to the server", "from the server"),
        seeds=(),
    ),
    Fault(
        (6,),
        "answers-lost",
        GROUP,
        f"The broker hears, and its answers are lost for {SECONDS_CUT:.0f} s, while sending and while landing.",
        cut("from the server"),
    ),
)
