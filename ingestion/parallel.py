"""A few writes at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")


def in_threads(act: Callable[[Item], None], items: Iterable[Item], n_threads: int) -> None:
    """Acts on each item, `n_threads` at a time, and raises the first error once all have ended."""
    with ThreadPoolExecutor(n_threads) as pool:
        for done in [pool.submit(act, item) for item in items]:
            done.result()
