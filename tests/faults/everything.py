"""All that runs on a machine dies in one moment under load, its keeper too, and is started again by hand."""

from __future__ import annotations

import random
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

import psutil

from infra.local import leftovers, servers
from infra.local.server_profile import Ports, Profile
from infra.local.supervision import KEEPER
from ingestion import topics
from schemas import catalog
from tests.faults import streaming
from tests.faults.fault import Fault, Outcome
from tests.faults.tailed_logs import N_LINES, Logs
from tests.faults.trial import Trial
from tests.ingestion import broker

GROUP = "everything"
STORAGE, READERS = ("kafka",), ("flume", "streams")
DIE = {KEEPER, "kafka", "flume", "streams"}
N_NUMBERS = 400
SECONDS_OF_LOAD = 12.0  # some batches of the streams
SECONDS_TO_DECIDE = 180.0


def killed(trial: Trial) -> Outcome:
    """Sources go on sending and writing lines meanwhile; the seed says when all else dies."""
    profile = Profile(root=trial.settings.root, ports=Ports.free(), params="small")
    own = Trial(replace(trial.settings, brokers=profile.brokers), trial.seed, trial.spark)
    with servers.running(profile, STORAGE):
        topics.reconcile(profile.brokers)
        servers.start(profile, READERS)
        logs = Logs(own, profile)
        with ThreadPoolExecutor(2) as sources:
            sending = sources.submit(own.sent.send_these, own.sent.made(range(N_NUMBERS)), SECONDS_OF_LOAD)
            writing = sources.submit(logs.write, N_LINES, SECONDS_OF_LOAD)
            time.sleep(random.Random(trial.seed).uniform(0.2, 0.8) * SECONDS_OF_LOAD)
            died = _kill_all(profile)
            began = time.monotonic()
            short = [] if died >= DIE else [f"{sorted(DIE - died)} did not die"]
            short += [] if not (sending.done() or writing.done()) else ["the load was over before"]
            servers.start(profile, STORAGE)
            servers.start(profile, READERS)
            sending.result()
            writing.result()
        logs.arrive()
        # Whatever it would send twice from here on would come after the count.
        servers.stop(profile, ["flume"])
        n_there = sum(len(broker.read(profile.brokers, event.topic)) for event in catalog.EVENTS)
        if left := streaming.n_left(own.settings, n_there, SECONDS_TO_DECIDE):
            short.append(
                f"the streams have not decided about {left} messages after {SECONDS_TO_DECIDE:.0f} s"
            )
        seconds = time.monotonic() - began
        servers.stop(profile, ["streams"])
        return own.outcome(seconds, fell_short=tuple(short))


def _kill_all(profile: Profile) -> set[str]:
    """The names of what died: the keeper first, lest it start others again."""
    found = leftovers.find(profile.root)
    for name in sorted(found, key=lambda name: name != KEEPER):
        for process in found[name]:
            with suppress(psutil.NoSuchProcess):
                process.kill()
    psutil.wait_procs([process for group in found.values() for process in group], timeout=20)
    return set(found)


FAULTS = (
    Fault(
        (34,),
        "everything-killed",
        GROUP,
        "Broker, Flume, streams and their keeper die in one moment under load, and are started again.",
        killed,
    ),
)
