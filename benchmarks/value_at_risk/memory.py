"""How much memory the Python process of each partition takes at its peak."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from benchmarks.value_at_risk.sides import Sides
from jobs.risk.account_blocks import laid_out

_WEIGHED = "n_rows bigint, process bigint, peak_mb double, before_mb double"


@dataclass(frozen=True)
class Weighed:
    """Of one partition: rows that it read, its process, and that process's memory in MB, before and at its peak."""

    n_rows: int
    process: int
    peak_mb: float
    before_mb: float


def weigh(sides: Sides, n_partitions: int) -> list[Weighed]:
    """Spark starts a process for each task that runs at a time, and uses it again for later partitions."""
    risk = sides.risk

    def weighed(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        before, n_rows = _mb("VmRSS"), 0

        def counted() -> Iterator[pa.RecordBatch]:
            nonlocal n_rows
            for batch in batches:
                n_rows += batch.num_rows
                yield batch

        for _ in risk(counted()):
            pass
        row = {"n_rows": n_rows, "process": os.getpid(), "peak_mb": _mb("VmHWM"), "before_mb": before}
        yield pa.RecordBatch.from_pylist([row])

    spark, name = sides.spark, "spark.sql.shuffle.partitions"
    usual = spark.conf.get(name)
    spark.conf.set(name, str(n_partitions))
    spark.conf.set("spark.sql.adaptive.coalescePartitions.enabled", "false")
    found = laid_out(sides.held()).mapInArrow(weighed, _WEIGHED).toArrow().to_pylist()
    spark.conf.set(name, str(usual))
    spark.conf.unset("spark.sql.adaptive.coalescePartitions.enabled")
    return [Weighed(**row) for row in found]


def _mb(name: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{name}:"))
