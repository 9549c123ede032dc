"""Python workers of Spark that die while refine decodes: a task is done again, or the batch fails as a whole."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import psutil

from tests.faults import processes
from tests.faults.beside import Beside
from tests.faults.fault import Fault, Outcome
from tests.faults.kills import N_AFTER, N_BEFORE, REFINE
from tests.faults.processes import Driver
from tests.faults.trial import Trial

GROUP = "streams"
DAEMON = "pyspark.daemon"
A_TASK_FAILED = "ERROR Executor: Exception in task"
GAVE_UP = "the stream refine ended: its Python workers die again and again"
SECONDS_BETWEEN_LOOKS = 0.001
SECONDS_TO_LIVE = 0.5  # at most: it forks, imports and gets its first rows in that time


def one_killed(trial: Trial) -> Outcome:
    """One dies, the seed says how long after it was forked: the driver goes on as if nothing had happened."""
    driver, began = _refining(trial)
    with Killing(driver, random.Random(trial.seed), is_enough=lambda: _n_failed(driver) > 0) as killing:
        status = driver.end()
    short = [] if killing.n_killed and _n_failed(driver) else [f"{killing.n_killed} died, and no task failed"]
    if status != 0:
        short.append(f"the driver ended with {status}: {driver.said()}")
    return _went_on(trial, began, None, short)


def all_killed(trial: Trial) -> Outcome:
    """Each dies at once, until the driver gives up: what it wrote by then is not written again by the next one."""
    driver, began = _refining(trial)
    with Killing(driver, None, is_enough=lambda: False) as killing:
        status = driver.end()
    short = [] if killing.n_killed else ["no worker died"]
    if status != 1 or GAVE_UP not in driver.said():
        short.append(f"after {killing.n_killed} workers died it ended with {status}: {driver.said()}")
    return _went_on(trial, began, driver.said(), short)


def _refining(trial: Trial) -> tuple[Driver, float]:
    trial.sent.send(range(N_BEFORE))
    trial.run("land")
    return processes.start(trial.settings, REFINE), time.monotonic()


def _went_on(trial: Trial, began: float, refused: str | None, short: list[str]) -> Outcome:
    trial.sent.send(range(N_BEFORE, N_BEFORE + N_AFTER))
    trial.go_on()
    return trial.outcome(time.monotonic() - began, refused, tuple(short))


def _n_failed(driver: Driver) -> int:
    return driver.log.read_text(errors="replace").count(A_TASK_FAILED)


@dataclass
class Killing(Beside):
    """Kills workers of a driver that were not there before, until it is enough or the block ends: one of them a moment
    later, as the choices say, or without choices all of them at once."""

    driver: Driver
    choices: random.Random | None
    is_enough: Callable[[], bool]
    n_killed: int = 0

    def go_on(self) -> None:
        seen: set[psutil.Process] = set()
        while not self.is_over.wait(SECONDS_BETWEEN_LOOKS):
            new = [each for each in _workers(self.driver) if each not in seen]
            if new and self.is_enough():
                return
            seen.update(new)
            self._kill(new)

    def _kill(self, workers: list[psutil.Process]) -> None:
        if self.choices is not None and workers:
            workers = [self.choices.choice(workers)]
            time.sleep(self.choices.uniform(0, SECONDS_TO_LIVE))
        for each in workers:
            with suppress(psutil.NoSuchProcess):
                each.kill()
                self.n_killed += 1


def _workers(driver: Driver) -> list[psutil.Process]:
    """A daemon forks one for each task that runs Python and finds none idle."""
    try:
        below = psutil.Process(driver.process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
    return [child for each in below if _is_daemon(each) for child in _children(each)]


def _is_daemon(process: psutil.Process) -> bool:
    try:
        return DAEMON in process.cmdline()
    except psutil.Error:
        return False


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children()
    except psutil.NoSuchProcess:
        return []


FAULTS = (
    Fault((2,), "worker-killed", GROUP, "A Python worker dies while refine decodes a batch.", one_killed),
    Fault(
        (2,),
        "workers-killed-on-sight",
        GROUP,
        "Every Python worker dies as soon as it is forked, until refine gives up.",
        all_killed,
        seeds=(),
    ),
)
