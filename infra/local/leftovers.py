"""Finds and ends what supervisor started, also when supervisor itself was killed."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import psutil

from infra.errors import StillRunning
from infra.local.supervision import MARK

PROCESS_NAME = "SUPERVISOR_PROCESS_NAME"
KEEPER = ""


def find(root: Path) -> dict[str, list[psutil.Process]]:
    """The processes that still run for this root, children included, by supervisor's name for them."""
    spared = _self_and_ancestors()
    found: dict[str, list[psutil.Process]] = {}
    for process in psutil.process_iter():
        environment = {} if process.pid in spared else _environment(process)
        if environment.get(MARK) == str(root):
            found.setdefault(environment.get(PROCESS_NAME, KEEPER), []).append(process)
    return found


def end(root: Path, order: Iterable[str], seconds: float = 20.0) -> None:
    """Ends the keeper first, lest it start others again, then the rest in this order; raises StillRunning."""
    by_name = find(root)
    last = [name for name in by_name if name not in (KEEPER, *order)]
    for name in (KEEPER, *order, *last):
        _end(by_name.get(name, []), seconds)
    if still := [f"{p.name()} ({p.pid})" for group in find(root).values() for p in group]:
        raise StillRunning(still)


def _end(processes: list[psutil.Process], seconds: float) -> None:
    for process in processes:
        _signal(process, gently=True)
    _, alive = psutil.wait_procs(processes, timeout=seconds)
    for process in alive:
        _signal(process, gently=False)
    psutil.wait_procs(alive, timeout=5)


def _signal(process: psutil.Process, gently: bool) -> None:
    with suppress(psutil.NoSuchProcess):
        process.terminate() if gently else process.kill()


def _environment(process: psutil.Process) -> dict[str, str]:
    try:
        return process.environ()
    except (psutil.Error, OSError):
        return {}


def _self_and_ancestors() -> set[int]:
    myself = psutil.Process()
    return {myself.pid, *(parent.pid for parent in myself.parents())}
