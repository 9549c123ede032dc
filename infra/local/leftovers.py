"""Finds and ends what supervisor started, also when supervisor itself was killed.

A process is ours by the mark in its environment, or by its process group, which a file of ours names: a
program that rewrites its title overwrites the environment that others see, and a program that begins a
session of its own leaves the group.
"""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import psutil

from infra.errors import StillRunning
from infra.local.supervision import KEEPER, MARK, pid_files

PROCESS_NAME = "SUPERVISOR_PROCESS_NAME"
# Between a process' start and the moment when its file is written.
SECONDS_TO_WRITE = 5.0


def find(root: Path) -> dict[str, list[psutil.Process]]:
    """The processes that still run for this root, children included, by supervisor's name for them."""
    groups = _groups(root)
    spared = _self_and_ancestors()
    found: dict[str, list[psutil.Process]] = {}
    for process in psutil.process_iter():
        if process.pid not in spared and (name := _name(process, root, groups)) is not None:
            found.setdefault(name, []).append(process)
    return found


def end(root: Path, order: Iterable[str], seconds: float = 10.0) -> None:
    """Ends the keeper first, lest it start others again, then the rest in this order; raises StillRunning."""
    by_name = find(root)
    names = dict.fromkeys([KEEPER, *order, *by_name])
    for name in names:
        _end(by_name.get(name, []), seconds)
    if still := [f"{p.name()} ({p.pid})" for group in find(root).values() for p in group]:
        raise StillRunning(still)


def _name(process: psutil.Process, root: Path, groups: dict[int, str]) -> str | None:
    with suppress(psutil.Error, OSError):
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        if group := groups.get(os.getpgid(process.pid)):
            return group
        environment = process.environ()
        if environment.get(MARK) == str(root):
            return environment.get(PROCESS_NAME, KEEPER)
    return None


def _groups(root: Path) -> dict[int, str]:
    """Process groups that our files name, without numbers that have been given to others since."""
    groups = {}
    for path in pid_files(root):
        with suppress(FileNotFoundError):  # supervisor takes its own away when it ends
            number, written = path.read_text().strip(), path.stat().st_mtime
            if number.isdecimal() and psutil.boot_time() < written and _may_lead(int(number), written):
                groups[int(number)] = path.stem
    return groups


def _may_lead(pid: int, written: float) -> bool:
    """A group outlives its leader, and its number is not given away before the group is gone."""
    try:
        return psutil.Process(pid).create_time() < written + SECONDS_TO_WRITE
    except psutil.NoSuchProcess:
        return True


def _end(processes: list[psutil.Process], seconds: float) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    _, alive = psutil.wait_procs(processes, timeout=seconds)
    for process in alive:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive, timeout=5)


def _self_and_ancestors() -> set[int]:
    myself = psutil.Process()
    return {myself.pid, *(parent.pid for parent in myself.parents())}
