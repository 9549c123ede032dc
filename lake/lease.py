"""One writer at a time: a lock that the operating system gives back when its holder dies.

A lock that is *renewed* can also be taken from a holder that sleeps. That such a holder then writes nothing is not the
lock's doing, but that of a fence in the tables (`lake/fence.py`).
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from lake.errors import LeaseError
from lake.kill_points import kill_point

LEASE_SECONDS = 60.0
"""How long a holder may be silent before its lease can be taken over."""
_SECONDS_BETWEEN_RENEWALS = 10.0
_SECONDS_BETWEEN_LOOKS = 0.5
_SECONDS_TO_TAKE = 10.0


@contextmanager
def lease(folder: Path, name: str, wait_seconds: float = 0) -> Iterator[None]:
    """Holds the lease `name` inside the block. Raises LeaseError when somebody else holds it for too long."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(_lock_file(folder, name))
    try:
        lock.acquire(timeout=wait_seconds)
    except Timeout:
        raise _is_taken(folder, name) from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def renewed_lease(folder: Path, name: str, wait_seconds: float = 0) -> Iterator[None]:
    """Like `lease`, and renewed while the block runs: one that was not renewed for LEASE_SECONDS is taken over.

    Raises LeaseError when somebody else holds it, and renews it, for too long.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = _taken(folder, name, time.monotonic() + wait_seconds)
    is_over = threading.Event()
    renewing = threading.Thread(target=_renew, args=(_holder_file(folder, name), is_over), daemon=True)
    renewing.start()
    try:
        yield
    finally:
        is_over.set()
        renewing.join()
        lock.release()


def is_held(folder: Path, name: str) -> bool:
    """Whether another process holds the lease now; a lease that can be taken over is held no longer."""
    try:
        with lease(folder, name):
            return False
    except LeaseError:
        return not _has_expired(folder, name)


def _taken(folder: Path, name: str, deadline: float) -> FileLock:
    while True:
        # One at a time, so that no two take the same lease over, one from the other.
        with lease(folder, f"{name}.taking", _SECONDS_TO_TAKE):
            if (lock := _take(folder, name)) is not None:
                return lock
        if time.monotonic() >= deadline:
            raise _is_taken(folder, name)
        time.sleep(_SECONDS_BETWEEN_LOOKS)


def _take(folder: Path, name: str) -> FileLock | None:
    lock = FileLock(_lock_file(folder, name))
    if _has_expired(folder, name):
        # Whoever sleeps keeps its lock on the file that is removed.
        _lock_file(folder, name).unlink(missing_ok=True)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return None
    _holder_file(folder, name).write_text(f"{os.getpid()}\n")
    return lock


def _renew(holder: Path, is_over: threading.Event) -> None:
    """Tells that the holder is awake, unless another one has taken the lease over meanwhile."""
    while not is_over.wait(_SECONDS_BETWEEN_RENEWALS):
        kill_point("lease.renewal")
        if _holder(holder) != os.getpid():
            return
        os.utime(holder)


def _has_expired(folder: Path, name: str) -> bool:
    """Whether the holder is silent for too long. A lease that nobody renews does not expire."""
    try:
        return time.time() - _holder_file(folder, name).stat().st_mtime > LEASE_SECONDS
    except FileNotFoundError:
        return False


def _holder(file: Path) -> int | None:
    try:
        return int(file.read_text())
    except (FileNotFoundError, ValueError):
        return None


def _is_taken(folder: Path, name: str) -> LeaseError:
    pid = _holder(_holder_file(folder, name))
    who = "" if pid is None else f", process {pid}"
    return LeaseError(f"another process holds the lease {name!r} ({_lock_file(folder, name)}{who})")


def _lock_file(folder: Path, name: str) -> Path:
    return folder / f"{name}.lock"


def _holder_file(folder: Path, name: str) -> Path:
    return folder / f"{name}.holder"
