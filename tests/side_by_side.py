"""How tests are shared out between runners that work side by side."""

from __future__ import annotations

from xdist.scheduler import LoadFileScheduling

PLAY = "tests/acceptance"


class Scheduling(LoadFileScheduling):
    """A runner takes a file at a time, so that what a module shares is made once; all that shares the play goes to one."""

    def _split_scope(self, nodeid: str) -> str:
        return PLAY if nodeid.startswith(f"{PLAY}/") else super()._split_scope(nodeid)
