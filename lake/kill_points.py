"""Places where a test ends the process, as a power cut would.

BROKERLAKE_KILL_AT names one, and which visit to it is the last: `land.after_commit:3` is the third, `land.after_commit`
the first. Each process counts its own visits. With BROKERLAKE_KILL_SIGNAL=STOP the processes sleep instead of dying.
"""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter

import psutil

PLACE = "BROKERLAKE_KILL_AT"
SIGNAL = "BROKERLAKE_KILL_SIGNAL"

_visits: Counter[str] = Counter()
_counting = threading.Lock()


def kill_point(name: str) -> None:
    """Ends the driver, its JVM and its Python workers if the environment names this visit; else does nothing."""
    if PLACE in os.environ:
        _visit(name)


def _visit(name: str) -> None:
    place, _, visit = os.environ[PLACE].partition(":")
    with _counting:
        _visits[name] += 1
        is_meant = name == place and _visits[name] == int(visit or 1)
    if is_meant:
        _end_all(signal.SIGSTOP if os.environ.get(SIGNAL) == "STOP" else signal.SIGKILL)


def _end_all(number: signal.Signals) -> None:
    """The whole tree: a JVM whose driver is gone would go on for a moment, and commit."""
    driver = _driver()
    others = [each for each in driver.children(recursive=True) if each.pid != os.getpid()]
    for process in others if driver.pid == os.getpid() else [driver, *others]:
        process.send_signal(number)
    os.kill(os.getpid(), number)


def _driver() -> psutil.Process:
    """The topmost process that was told to end here: this may be a Python worker, far below it."""
    process = psutil.Process()
    while (parent := process.parent()) is not None and _was_told(parent):
        process = parent
    return process


def _was_told(process: psutil.Process) -> bool:
    try:
        return process.environ().get(PLACE) == os.environ[PLACE]
    except psutil.AccessDenied:  # somebody else's, so none of ours
        return False
