"""Drivers that die: at named places of the streams, and at moments that only a look at the disk can find."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path

from lake.files import files_of
from schemas import catalog
from tests.faults import processes
from tests.faults.fault import Fault, Outcome
from tests.faults.places import as_path
from tests.faults.trial import Trial

N_BEFORE, N_AFTER = 60, 40
LAND = ("-m", "ingestion", "land", "--once")
REFINE = ("-m", "ingestion", "refine", "--once")
N_CYCLES, N_A_CYCLE = 5, 20
PLACES = (
    "land.before_read",
    "land.before_write",
    "land.after_commit",
    "refine.before_read",
    "refine.after_read",
    "refine.between_tables",
    "refine.after_table",
    "refine.after_silver",
    "refine.after_commit",
    "land/offsets",
    "land/commits",
    "refine/offsets",
    "refine/commits",
)
PARQUET_ENDS_WITH = b"PAR1"


def killed_between_silver_tables(trial: Trial) -> Outcome:
    """A driver dies after the first silver table's commit or the second's, the seed says which."""
    command = _prepared(trial, "refine")
    place = f"refine.after_table:{1 + (trial.seed - 1) % 2}"
    return _went_on(trial, processes.killed_at(trial.settings, place, command))


def killed_at_renewal(trial: Trial) -> Outcome:
    """A driver that lands for ever dies as it renews its lease; the next one need not wait until that has expired."""
    trial.sent.send(range(N_BEFORE))
    return _went_on(trial, processes.killed_at(trial.settings, "lease.renewal", LAND[:-1]))


def killed_while_writing(stream: str, table: str, is_written: bool) -> Callable[[Trial], Outcome]:
    """A driver dies from outside once a file of a table is begun, or `is_written` to its end, and not committed."""

    def act(trial: Trial) -> Outcome:
        command = _prepared(trial, stream)
        folder = as_path(trial.settings.table_path(table))
        known = set(folder.glob("*.parquet"))

        def is_time() -> bool:
            new = [path for path in folder.glob("*.parquet") if path not in known]
            return any(_is_whole(path) == is_written for path in new)

        was_killed = processes.start(trial.settings, command).killed_when(is_time)
        new = {path.name for path in folder.glob("*.parquet") if path not in known}
        committed = {Path(name).name for name in files_of(trial.settings, catalog.table(table))}
        is_between = was_killed and new and not new & committed
        return _went_on(trial, () if is_between else (f"it did not die between files and commit of {table}",))

    return act


def killed_at_every_place(trial: Trial) -> Outcome:
    """Drivers die at all the places in turn, each after new messages; the last one goes on."""
    return _killed_in_turn(trial, PLACES)


def killed_again_and_again(trial: Trial) -> Outcome:
    """Five drivers in a row die where the seed says, each after new messages; the sixth goes on."""
    choices = random.Random(trial.seed)
    return _killed_in_turn(trial, [choices.choice(PLACES) for _ in range(N_CYCLES)])


def _killed_in_turn(trial: Trial, places: Sequence[str]) -> Outcome:
    short: list[str] = []
    for number, place in enumerate(places):
        trial.sent.send(range(number * N_A_CYCLE, (number + 1) * N_A_CYCLE))
        if "/" in place:
            stream, log = place.split("/")
            driver = processes.start(trial.settings)
            was_killed = driver.killed_when(_is_noting(trial, stream, log))
            short += [] if was_killed else [f"driver {number} did not die at {place}"]
        else:
            short += processes.killed_at(trial.settings, place)
    return trial.outcome(trial.go_on(), fell_short=tuple(short))


def _is_noting(trial: Trial, stream: str, log: str) -> Callable[[], bool]:
    folder = as_path(trial.settings.checkpoints) / stream / log
    known = set(folder.glob(".*.tmp"))  # what an earlier driver left when it died
    return lambda: bool(set(folder.glob(".*.tmp")) - known)


def _prepared(trial: Trial, stream: str) -> tuple[str, ...]:
    """Sends, lands where refine is to die, and gives the command that runs the stream."""
    trial.sent.send(range(N_BEFORE))
    if stream == "land":
        return LAND
    trial.run("land")
    return REFINE


def _went_on(trial: Trial, short: tuple[str, ...]) -> Outcome:
    trial.sent.send(range(N_BEFORE, N_BEFORE + N_AFTER))
    return trial.outcome(trial.go_on(), fell_short=short)


def _is_whole(path: Path) -> bool:
    """Whether a file has the end that Parquet writes last."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - len(PARQUET_ENDS_WITH)))
        return size > len(PARQUET_ENDS_WITH) and file.read() == PARQUET_ENDS_WITH


def _fault(name: str, sentence: str, act: Callable[[Trial], Outcome], seeds: tuple[int, ...] = (1,)) -> Fault:
    return Fault((1,), name, "streams", sentence, act, seeds)


FAULTS = (
    _fault(
        "kill-land-mid-write",
        "Landing dies while a file of bronze is written.",
        killed_while_writing("land", "bronze.events", is_written=False),
        seeds=(),
    ),
    _fault(
        "kill-land-after-files",
        "Landing dies after a data file of bronze, before Delta's commit.",
        killed_while_writing("land", "bronze.events", is_written=True),
        seeds=(),
    ),
    _fault(
        "kill-refine-mid-write",
        "Refine dies while a file of silver is written.",
        killed_while_writing("refine", "silver.cash_movements", is_written=False),
        seeds=(),
    ),
    _fault(
        "kill-refine-after-files",
        "Refine dies after a data file of silver, before Delta's commit.",
        killed_while_writing("refine", "silver.cash_movements", is_written=True),
    ),
    _fault(
        "kill-refine-between-silver-tables",
        "Refine dies after one silver table's commit or the other's.",
        killed_between_silver_tables,
        seeds=(),
    ),
    _fault("kill-at-lease-renewal", "Landing dies as it renews its lease.", killed_at_renewal),
    _fault(
        "kill-at-every-place",
        "Landing and refining die at thirteen places in turn: before and after each read, write and commit, "
        "and while offsets and batches are noted.",
        killed_at_every_place,
        seeds=(),
    ),
    Fault(
        (1,),
        "kill-cycles",
        "streams",
        "Landing and refining die five times in a row, where the seed says.",
        killed_again_and_again,
        seeds=(9,),  # five places of both streams, no two the same
        n_deep=20,
    ),
)
