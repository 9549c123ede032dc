"""More than usual: ten times the load while the streams run, in memory that is bounded, and caught up with afterwards."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import psutil

from tests.faults import streaming
from tests.faults.beside import Beside
from tests.faults.fault import Fault, Outcome
from tests.faults.processes import Driver
from tests.faults.trial import Trial

GROUP = "load"
TIMES = 10
USUAL_A_SECOND = 100  # messages, of a broker of a thousand clients
SECONDS_SHORT, SECONDS_DEEP = 45, 300
HEAP_MEGABYTES = 1_024
OF_STREAMS = {"BROKERLAKE_PARAMS": "standard", "BROKERLAKE_DRIVER_MEMORY": f"{HEAP_MEGABYTES}m"}
BESIDE_THE_HEAP_MEGABYTES = 2_048  # the JVM's own, and Python's workers


def ten_times(seconds: int) -> Callable[[Trial], Outcome]:
    """Ten times the usual messages for so long. The lag that is left must go at twice the rate at which it came."""

    def act(trial: Trial) -> Outcome:
        # A number is some 2.2 messages.
        numbers = range(int(seconds * TIMES * USUAL_A_SECOND / 2.2))
        messages = trial.sent.made(numbers)
        with streaming.running(trial.settings, **OF_STREAMS) as streams:
            with Memory(streams) as memory:
                trial.sent.send_these(messages, seconds)
                lag = len(messages) - streaming.n_decided(trial.settings)
                began = time.monotonic()
                # As if all of it had waited, and the time that a batch takes though it is empty.
                limit = len(messages) / (2 * TIMES * USUAL_A_SECOND) + 30.0
                left = streaming.n_left(trial.settings, len(messages), limit)
                took = time.monotonic() - began
            short = streaming.stopped(streams)
        if left:
            short.append(f"{left} of {lag} messages still wait {took:.0f} s after the load has ended")
        if memory.most > HEAP_MEGABYTES + BESIDE_THE_HEAP_MEGABYTES:
            short.append(f"the streams took {memory.most:.0f} MB")
        return trial.outcome(took, fell_short=tuple(short))

    return act


@dataclass
class Memory(Beside):
    """The most memory, in MB, that a driver and all that it started have taken while the block ran."""

    driver: Driver
    most: float = 0.0

    def go_on(self) -> None:
        root = psutil.Process(self.driver.process.pid)
        while not self.is_over.wait(1.0):
            try:
                tree = [root, *root.children(recursive=True)]
                # Workers are forked and share pages: what is theirs alone is counted.
                total = sum(each.memory_full_info().uss for each in tree)
            except psutil.Error:
                continue
            self.most = max(self.most, total / 1_048_576)


FAULTS = (
    Fault(
        (27,),
        "ten-times-the-load",
        GROUP,
        f"Ten times the usual messages come for {SECONDS_SHORT} s while the streams run.",
        ten_times(SECONDS_SHORT),
        seeds=(),
    ),
    Fault(
        (27,),
        "ten-times-for-five-minutes",
        GROUP,
        f"Ten times the usual messages come for {SECONDS_DEEP} s while the streams run.",
        ten_times(SECONDS_DEEP),
        seeds=(),
        n_deep=1,
    ),
)
