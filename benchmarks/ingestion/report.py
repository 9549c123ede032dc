"""What a run found, in a few lines."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from benchmarks.ingestion.freshness import Freshness
from benchmarks.ingestion.limits import Limits
from benchmarks.pairs import Compared

_NOTHING = "so nothing is claimed: the first pair never counts, nor one during which the machine drifted; ask for more PAIRS"


def text(n_messages: int, found: Compared, serial: Sequence[Limits], aim: float, aim_of_limit: float) -> str:
    limit = statistics.median(each.serial for each in serial)
    parts = {
        name: statistics.median(getattr(each, name) for each in serial) for name in ("read", "parse", "write")
    }
    said = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in parts.items())
    return "\n".join(
        [
            f"{n_messages} messages; {len(found.accepted)} pairs count, {found.n_dropped} dropped",
            f"the serial limit: {limit:.1f} s ({said})",
            *(_compared(n_messages, found, limit, aim, aim_of_limit) if found.accepted else [_NOTHING]),
        ]
    )


def _compared(n_messages: int, found: Compared, limit: float, aim: float, aim_of_limit: float) -> list[str]:
    ours = statistics.median(pair.ours.wall for pair in found.accepted)
    return [
        f"ours against the stock job, wall:      {found.wall}",
        f"ours against the stock job, processor: {found.cpu}",
        f"ours: {ours:.1f} s, {n_messages / ours:,.0f} messages a second, {limit / ours:.2f} of the limit",
        f"aim {aim} ×: {_met(found.meets(aim))}; aim {aim_of_limit} of the limit: {_met(limit / ours >= aim_of_limit)}",
    ]


def freshness(ours: Sequence[Freshness], stock: Sequence[Freshness], a_second: int, aim: float) -> str:
    ratios = [mine.p99 / theirs.p99 for mine, theirs in zip(ours, stock, strict=True)]
    return "\n".join(
        [
            f"freshness at {a_second} messages a second: {len(ratios)} rounds",
            f"p99, ours of the stock job's: {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})",
            f"aim {aim}: {_met(max(ratios) <= aim)}",
        ]
    )


def _met(is_met: bool) -> str:
    return "met" if is_met else "not met"
