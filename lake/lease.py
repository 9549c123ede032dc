"""One writer at a time: a lock that the operating system gives back when its holder dies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from lake.errors import LeaseError


@contextmanager
def lease(folder: Path, name: str, wait_seconds: float = 0) -> Iterator[None]:
    """Holds the lease `name` inside the block. Raises LeaseError when somebody else holds it for too long."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / f"{name}.lock")
    try:
        lock.acquire(timeout=wait_seconds)
    except Timeout:
        raise LeaseError(f"another process holds the lease {name!r} ({folder / name}.lock)") from None
    try:
        yield
    finally:
        lock.release()


def is_held(folder: Path, name: str) -> bool:
    """Whether another process holds the lease now."""
    try:
        with lease(folder, name):
            return False
    except LeaseError:
        return True
