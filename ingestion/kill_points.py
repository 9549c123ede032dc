"""Places where a test ends the process, as a power cut would."""

from __future__ import annotations

import os
import signal

VARIABLE = "BROKERLAKE_KILL_AT"


def kill_point(name: str) -> None:
    """Kills this process if the environment names this place; otherwise does nothing."""
    if os.environ.get(VARIABLE) == name:
        os.kill(os.getpid(), signal.SIGKILL)
