"""Two drivers, one lease: the second waits its turn, and one that slept past its lease writes nothing."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Sequence

from ingestion.stream_names import LEASE
from lake.lease import LEASE_SECONDS
from lake.reader import open_table
from lake.settings import Settings
from schemas import catalog
from tests.faults import processes
from tests.faults.fault import Fault, Outcome
from tests.faults.kills import N_AFTER, N_BEFORE
from tests.faults.trial import Trial

SECONDS_TO_STOP = 600.0


def second_driver(trial: Trial) -> Outcome:
    """One driver sleeps within its lease; another one is refused; the first goes on and ends its work."""
    trial.sent.send(range(N_BEFORE))
    first = asleep(trial, "land.before_write")
    try:
        second = processes.start(trial.settings)
        status, sentence = second.end(), second.said()
        began = time.monotonic()
        first.signal(signal.SIGCONT)
        ended = first.end()
    finally:
        first.signal(signal.SIGKILL)
    short = []
    if status != 1 or "another process holds the lease 'streams'" not in sentence:
        short.append(f"the second driver ended with {status}: {sentence}")
    if ended != 0:
        short.append(f"the first driver ended with {ended}: {first.said()}")
    return trial.outcome(time.monotonic() - began, sentence, tuple(short))


def slept(place: str, n_visits: int = 1) -> Callable[[Trial], Outcome]:
    """A driver sleeps at a place for longer than its lease; another takes over; the first wakes."""

    def act(trial: Trial) -> Outcome:
        trial.sent.send(range(N_BEFORE))
        visit = 1 + (trial.seed - 1) % n_visits
        first = asleep(trial, f"{place}:{visit}")
        try:
            _let_expire(trial.settings)
            trial.sent.send(range(N_BEFORE, N_BEFORE + N_AFTER))
            began = time.monotonic()
            second = processes.start(trial.settings)
            short = [] if second.end() == 0 else [f"the second driver failed: {second.said()}"]
            seconds = time.monotonic() - began
            before = _files(trial.settings)
            first.signal(signal.SIGCONT)
            status = first.end()
        finally:
            first.signal(signal.SIGKILL)
        if status == 0 or "another driver has taken over the streams" not in first.said():
            short.append(f"the first driver ended with {status}: {first.said()}")
        if _files(trial.settings) != before:
            short.append("the first driver wrote after it had lost its lease")
        trial.sent.send(range(N_BEFORE + N_AFTER, N_BEFORE + N_AFTER + 10))
        trial.go_on()
        return trial.outcome(seconds, first.said(), tuple(short))

    return act


def asleep(trial: Trial, place: str, command: Sequence[str] = processes.CATCH_UP) -> processes.Driver:
    """A driver that has stopped itself at a place, all its processes."""
    driver = processes.start_to_be_stopped(trial.settings, place, command)
    deadline = time.monotonic() + SECONDS_TO_STOP
    while os.waitid(os.P_PID, driver.process.pid, os.WSTOPPED | os.WNOHANG | os.WNOWAIT) is None:
        assert driver.process.poll() is None, f"the driver ended before it came to {place}: {driver.said()}"
        assert time.monotonic() < deadline, f"the driver did not come to {place}"
        time.sleep(0.1)
    return driver


def _let_expire(settings: Settings) -> None:
    """As if the time of the lease had passed since it was renewed."""
    holder = settings.leases / f"{LEASE}.holder"
    long_ago = time.time() - LEASE_SECONDS - 1
    os.utime(holder, (long_ago, long_ago))


def _files(settings: Settings) -> dict[str, list[str]]:
    return {table.name: sorted(open_table(settings, table).file_uris()) for table in catalog.TABLES}


def _fault(
    numbers: tuple[int, ...],
    name: str,
    sentence: str,
    act: Callable[[Trial], Outcome],
    seeds: tuple[int, ...] = (1,),
) -> Fault:
    return Fault(numbers, name, "lease", sentence, act, seeds)


FAULTS = (
    _fault(
        (17,), "second-driver", "A second driver starts while the first one holds the lease.", second_driver
    ),
    _fault(
        (17, 30),
        "slept-before-landing",
        "A driver sleeps past its lease before it writes to bronze, another takes over, it wakes.",
        slept("land.before_write"),
        seeds=(),
    ),
    _fault(
        (17, 30),
        "slept-before-silver",
        "A driver sleeps past its lease between duplicates and silver, another takes over, it wakes.",
        slept("refine.between_tables"),
    ),
)
