"""How much memory a run takes at its most: this process and everything that its servers started."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

from infra.local.server_profile import Profile

# A look has the kernel walk over the pages of every process, so many looks would slow down what they watch.
_SECONDS_BETWEEN_LOOKS = 10.0


@dataclass
class Peak:
    """The largest sum so far, in bytes; memory that processes share is counted once (PSS)."""

    n_bytes: int = 0


@contextmanager
def watched(profile: Profile) -> Iterator[Peak]:
    """Looks every few seconds while the block runs."""
    peak, stop = Peak(), threading.Event()

    def watch() -> None:
        while not stop.wait(_SECONDS_BETWEEN_LOOKS):
            peak.n_bytes = max(peak.n_bytes, sum(_bytes_of(each) for each in _processes(profile)))

    thread = threading.Thread(target=watch, name="memory", daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        stop.set()
        thread.join()


def _processes(profile: Profile) -> list[psutil.Process]:
    found = [psutil.Process()]
    for process in psutil.process_iter(["cmdline"]):
        if any(word.startswith(str(profile.root / "run")) for word in process.info["cmdline"] or ()):
            found += [process, *_children(process)]
    return found


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.Error:
        return []


def _bytes_of(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except psutil.Error:
        return 0
