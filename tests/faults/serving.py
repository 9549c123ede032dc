"""Servers of a trial's own: who they are, and a disk that is theirs alone and small."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from infra.local import supervision
from infra.local.server_profile import Profile
from tests.faults.fault import NotPossibleHere

MEGABYTE = 1_048_576


def pid_of(profile: Profile, process: str) -> int:
    """A process that runs, by the name that its keeper has for it."""
    return supervision.states(profile)[process].pid


@dataclass(frozen=True)
class SmallDisk:
    """A folder with a limit to what is in it."""

    folder: Path

    def fill(self) -> None:
        """Takes all the room that is left, to the last page."""
        with self._ballast.open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(MEGABYTE))

    def free(self) -> None:
        self._ballast.unlink()

    @property
    def _ballast(self) -> Path:
        return self.folder / "ballast"


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[SmallDisk]:
    """A file system in memory at this folder. Raises NotPossibleHere where mounting one is not permitted."""
    folder.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise NotPossibleHere(f"a file system in memory cannot be mounted ({done.stderr.strip()})")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
