"""How the cost of the whole job grows with accounts, positions, scenarios and sessions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pyspark.sql import SparkSession

from benchmarks.pairs import Cost
from benchmarks.value_at_risk.book import Size
from benchmarks.value_at_risk.sides import Sides
from lake.settings import Settings

BASE = Size(accounts=20_000)
SIZES = (
    BASE,
    replace(BASE, accounts=5_000),
    replace(BASE, accounts=100_000),
    replace(BASE, positions=5),
    replace(BASE, positions=80),
    replace(BASE, scenarios=250),
    replace(BASE, scenarios=4_000),
    replace(BASE, sessions=5),
    replace(BASE, accounts=500_000),
    replace(BASE, accounts=1_000_000),
)


def growth(
    spark: SparkSession, settings: Settings, sizes: tuple[Size, ...] = SIZES
) -> Iterator[tuple[Size, Cost]]:
    """Of each size the quicker of two runs; a run before them is not counted."""
    for size in sizes:
        sides = Sides(spark, size, settings)
        runs = [sides.job() for _ in range(3)]
        for frame in sides.book.frames:
            frame.unpersist()
        yield size, min(runs[1:], key=lambda cost: cost.wall)
