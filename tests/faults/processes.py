"""Real driver processes: started, killed from outside with all that they started, and waited for."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from infra.local.server_profile import REPOSITORY
from lake.kill_points import PLACE, SIGNAL
from lake.settings import Settings

SECONDS_TO_END = 600.0
CATCH_UP = ("-m", "tests.faults.driver", "catch_up")
KILLED = -signal.SIGKILL


@dataclass(frozen=True)
class Driver:
    """A process that leads a session of its own, so that its JVM and Python workers are found with it."""

    process: subprocess.Popen[bytes]
    log: Path

    def signal(self, number: signal.Signals) -> None:
        """To the driver and its JVM at once, then to the workers, which are in a group of their own."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)
        for pid in psutil.pids():
            with suppress(ProcessLookupError, PermissionError):
                if os.getsid(pid) == self.process.pid and pid != self.process.pid:
                    os.kill(pid, number)

    def end(self, seconds: float = SECONDS_TO_END) -> int:
        """Waits until it has ended by itself, and leaves nothing of it behind. Raises TimeoutExpired."""
        try:
            return self.process.wait(seconds)
        finally:
            self.leave_nothing()

    def killed_when(self, is_time: Callable[[], bool]) -> bool:
        """Kills it as soon as `is_time` says so; False where it ended before."""
        try:
            if not self.runs_until(is_time):
                return False
            os.killpg(self.process.pid, signal.SIGKILL)
            return self.process.wait() == KILLED
        finally:
            self.leave_nothing()

    def runs_until(self, is_time: Callable[[], bool]) -> bool:
        """Waits until `is_time` says so; False where it ended before."""
        deadline = time.monotonic() + SECONDS_TO_END
        while self.process.poll() is None and time.monotonic() < deadline:
            if is_time():
                return True
            time.sleep(0.0005)
        return False

    def leave_nothing(self) -> None:
        self.signal(signal.SIGKILL)
        self.process.wait()

    def said(self) -> str:
        """The last line that it wrote."""
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else ""


def start(settings: Settings, command: Sequence[str] = CATCH_UP, **variables: str) -> Driver:
    log = settings.root / f"driver-{time.monotonic_ns()}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    environment = {
        **os.environ,
        "BROKERLAKE_ROOT": str(settings.root),
        "BROKERLAKE_LAKE": settings.lake,
        "BROKERLAKE_BROKERS": settings.brokers,
        "BROKERLAKE_PARAMS": "small",
        "BROKERLAKE_DRIVER_MEMORY": "1g",
        **variables,
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=REPOSITORY,
            env=environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    return Driver(process, log)


def killed_at(settings: Settings, place: str, command: Sequence[str] = CATCH_UP) -> tuple[str, ...]:
    """Runs a driver that is to die at a place; a sentence where it ended otherwise."""
    status = start(settings, command, **{PLACE: place}).end()
    return () if status == KILLED else (f"the driver ended with {status}, not at {place}",)


def start_to_be_stopped(settings: Settings, place: str, command: Sequence[str] = CATCH_UP) -> Driver:
    return start(settings, command, **{PLACE: place, SIGNAL: "STOP"})
