"""What the machine itself does at the moment: a loop, a copy, and syncs to the disk.

A pair of measurements whose yardsticks differ says something about the machine and nothing about the code.
"""

from __future__ import annotations

import os
import tempfile
import time
from dataclasses import dataclass

_LOOPS = 3_000_000
_COPIED_BYTES = 64 * 2**20
_SYNCS = 20
MOST_DRIFT = 1.3
"""Beyond this ratio of two readings what lies between them is dropped."""


@dataclass(frozen=True)
class Reading:
    """Seconds of each yardstick."""

    loop: float
    copy: float
    sync: float

    def drift(self, other: Reading) -> float:
        """The largest ratio between two readings, 1.0 where they are the same. Syncs wait for a disk that is shared,
        and count where both the loop and the copy are steady only as what is printed."""
        pairs = ((self.loop, other.loop), (self.copy, other.copy))
        return max(max(left, right) / min(left, right) for left, right in pairs)


def read() -> Reading:
    return Reading(_timed(_loop), _timed(_copy), _timed(_sync))


def _timed(act) -> float:  # type: ignore[no-untyped-def]
    """The better of three, which is what the machine can do and not what got in its way."""
    seconds = []
    for _ in range(3):
        began = time.perf_counter()
        act()
        seconds.append(time.perf_counter() - began)
    return min(seconds)


def _loop() -> None:
    total = 0
    for number in range(_LOOPS):
        total += number


def _copy() -> None:
    bytes(bytearray(_COPIED_BYTES))


def _sync() -> None:
    with tempfile.NamedTemporaryFile() as file:
        for _ in range(_SYNCS):
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())
