"""`python -m benchmarks.value_at_risk PART…`: the job against the kernel alone and against a tutorial's; what it takes."""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace

from pyspark.sql import SparkSession

from benchmarks.pairs import ENOUGH_PAIRS, Compared, Cost, compare
from benchmarks.value_at_risk import bytes_read
from benchmarks.value_at_risk.book import Size
from benchmarks.value_at_risk.growth import growth
from benchmarks.value_at_risk.memory import weigh
from benchmarks.value_at_risk.sides import Sides
from lake.settings import Settings
from lake.spark import spark_session

AIM_OF_KERNEL, AIM_OF_TUTORIAL, AIM_OF_BYTES = 1.3, 30.0, 0.05
PARTITIONS = (1, 2, 8)


def main() -> int:
    options = _parser().parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = replace(Settings.from_environment({"BROKERLAKE_ROOT": folder}), params="standard")
        spark = spark_session(settings, "benchmarks")
        for part in options.parts:
            PARTS[part](spark, settings, options)
        spark.stop()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.value_at_risk", description=__doc__)
    parser.add_argument("parts", nargs="+", choices=sorted(PARTS), metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--accounts", type=int, default=20_000, metavar="N")
    parser.add_argument("--scenarios", type=int, default=1_000, metavar="N")
    parser.add_argument("--pairs", type=int, default=7, metavar="N")
    return parser


def _sides(spark: SparkSession, settings: Settings, options: argparse.Namespace) -> Sides:
    return Sides(spark, Size(options.accounts, options.scenarios), settings)


def _kernel(spark: SparkSession, settings: Settings, options: argparse.Namespace) -> None:
    sides = _sides(spark, settings, options)
    _tell(f"{options.accounts} accounts; the same answer as the kernel: {sides.same_as_kernel()}")
    _say("our arithmetic on the same arrays", _compare(sides.arithmetic, sides.kernel, options))
    _say("our half in Python, Arrow to Arrow", _compare(sides.python, sides.kernel, options))
    _say("the whole job", _compare(sides.job, sides.kernel, options))


def _tutorial(spark: SparkSession, settings: Settings, options: argparse.Namespace) -> None:
    sides = _sides(spark, settings, options)
    _tell(f"{options.accounts} accounts; largest difference from the tutorial: {sides.same_as_tutorial()}")
    for what, ours in (("the job's half of accounts", sides.accounts), ("the whole job", sides.job)):
        found = _compare(ours, sides.tutorial, options)
        if found.accepted:
            _tell(f"the tutorial's time over that of {what}: wall {found.wall}, processor {found.cpu}")
            _tell(f"aim {AIM_OF_TUTORIAL} ×: {_met(found.meets(AIM_OF_TUTORIAL))}")


def _memory(spark: SparkSession, settings: Settings, options: argparse.Namespace) -> None:
    sides = _sides(spark, settings, options)
    for n in PARTITIONS:
        found = weigh(sides, n)
        peaks = ", ".join(
            f"{each.n_rows} rows {each.before_mb:.0f} to {each.peak_mb:.0f} MB" for each in found
        )
        _tell(f"{n} partitions of {options.accounts} accounts: {peaks}")


def _growth(spark: SparkSession, settings: Settings, options: argparse.Namespace) -> None:
    for size, cost in growth(spark, settings):
        _tell(f"{size}: {cost.wall:.1f} s, {cost.cpu:.1f} processor")


def _bytes(spark: SparkSession, settings: Settings, options: argparse.Namespace) -> None:
    size = bytes_read.SIZE
    bytes_read.fill(spark, settings, size)
    one, every = (bytes_read.read(spark, settings, size, days) for days in (size.days[-1:], size.days))
    _tell(f"{size}: one more session reads {one:,} bytes, all of them {every:,}: {one / every:.3f}")
    _tell(f"aim {AIM_OF_BYTES}: {_met(one <= AIM_OF_BYTES * every)}")


PARTS: dict[str, Callable[[SparkSession, Settings, argparse.Namespace], None]] = {
    "kernel": _kernel,
    "tutorial": _tutorial,
    "memory": _memory,
    "growth": _growth,
    "bytes": _bytes,
}


def _compare(ours: Callable[[], Cost], theirs: Callable[[], Cost], options: argparse.Namespace) -> Compared:
    """A run of each side before the first pair, so that plans and processes are warm."""
    theirs()
    ours()
    return compare(ours, theirs, options.pairs, _tell)


def _say(what: str, found: Compared) -> None:
    """Our time over the kernel's, where less is better."""
    pairs = found.accepted
    if len(pairs) < 2:
        _tell(f"{what}: {len(pairs)} pairs count, ask for more PAIRS")
        return
    wall = sorted(pair.ours.wall / pair.theirs.wall for pair in pairs)
    cpu = statistics.median(pair.ours.cpu / pair.theirs.cpu for pair in pairs)
    worse = statistics.quantiles(wall, n=4)[-1]
    _tell(
        f"{what}, of the kernel: {statistics.median(wall):.2f} × ({wall[0]:.2f} to {wall[-1]:.2f}, worse quartile {worse:.2f}, "
        f"{len(pairs)} pairs), processor {cpu:.2f} ×"
    )
    _tell(f"aim {AIM_OF_KERNEL} ×: {_met(len(pairs) >= ENOUGH_PAIRS and worse <= AIM_OF_KERNEL)}")


def _met(is_met: bool) -> str:
    return "met" if is_met else "not met"


def _tell(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
