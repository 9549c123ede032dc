"""Processor time of a process and of all that it has started."""

from __future__ import annotations

import psutil


def of_tree(process: psutil.Process | None = None) -> float:
    """Seconds that a process, its children, and their children have taken so far, those that have ended included."""
    root = process or psutil.Process()
    total = 0.0
    for each in [root, *root.children(recursive=True)]:
        try:
            total += sum(each.cpu_times()[:4])
        except psutil.NoSuchProcess:
            continue
    return total
