"""A few pieces of work of one Spark session at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from pyspark import inheritable_thread_target
from pyspark.sql import SparkSession

Item = TypeVar("Item")


def in_threads(
    spark: SparkSession, act: Callable[[Item], None], items: Iterable[Item], n_threads: int
) -> None:
    """Acts on each item, `n_threads` at a time, and raises the first error once all have ended."""
    inherited = inheritable_thread_target(spark)(act)
    with ThreadPoolExecutor(n_threads) as pool:
        for done in [pool.submit(inherited, item) for item in items]:
            done.result()
