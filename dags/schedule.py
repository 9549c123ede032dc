"""Whether runs start by themselves: one setting for all DAGs, read from the environment."""

from __future__ import annotations

import os
from typing import TypeVar

Schedule = TypeVar("Schedule")


def when_on(schedule: Schedule) -> Schedule | None:
    """The schedule where BROKERLAKE_SCHEDULE is `on`; None, runs by hand only, where it is `off` or not set.

    Played history lies in the past: a schedule would ask for sessions that no source will ever send.
    """
    chosen = os.environ.get("BROKERLAKE_SCHEDULE") or "off"
    if chosen not in ("on", "off"):
        raise ValueError(f"BROKERLAKE_SCHEDULE is {chosen!r} and can be on or off")
    return schedule if chosen == "on" else None
