"""Tables that are compacted and vacuumed while streams write them and readers are under way."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from lake.compaction import RETENTION_HOURS
from lake.errors import LakeError
from lake.fence import set_properties
from lake.files import files_of
from lake.reader import open_table, query, query_batches
from lake.settings import Settings
from schemas.declaration import Table
from schemas.operations import BRONZE_EVENTS
from schemas.transactions import CASH_MOVEMENTS
from tests.faults import processes, streaming
from tests.faults.beside import Beside
from tests.faults.fault import Fault, Outcome
from tests.faults.places import as_path, log_of
from tests.faults.trial import Trial

GROUP = "tables"
WATCHED = (BRONZE_EVENTS, CASH_MOVEMENTS)
COMPACT = ("-m", "lake", "compact")
N_NUMBERS = 100
INTERVAL = "1000"  # commits from one checkpoint to the next: none in a trial
SECONDS_OF_LOAD = 8.0  # some batches of the streams, of a file or two each
SECONDS_TO_DECIDE = 180.0
_REMOVED_AT = re.compile(r'("deletionTimestamp":)(\d+)')
A_WEEK_AND_AN_HOUR = timedelta(hours=RETENTION_HOURS + 1)


def compacted_and_vacuumed(trial: Trial) -> Outcome:
    """Twice while messages come. In between a week goes by for what the first one removed, so the second deletes it from
    the disk; readers that began before the second end after it."""
    for table in WATCHED:
        # A checkpoint would keep the times at which files were removed, which `_age` changes in the log alone.
        set_properties(open_table(trial.settings, table), {"delta.checkpointInterval": INTERVAL})
    with streaming.running(trial.settings) as streams:
        _, short = _compacted_under_load(trial, range(N_NUMBERS))
        # All is decided: who reads a version for more than a week is not promised its files.
        old = [path for table in WATCHED for path in _age(trial.settings, table)]
        versions = {table: open_table(trial.settings, table).version() for table in WATCHED}
        readers = [_Reader(trial.settings, table) for table in WATCHED]
        with Asking(trial.settings) as asking:
            seconds, more = _compacted_under_load(trial, range(N_NUMBERS, 2 * N_NUMBERS))
            short += more + [sentence for each in readers for sentence in each.ended()]
        short += asking.wrong + streaming.stopped(streams)
    there = [path for path in old if path.exists()]
    if there or not old:
        short.append(f"of {len(old)} old files {len(there)} are still there")
    for table, version in versions.items():
        new = [path for path in _log(trial.settings, table) if int(path.stem) > version]
        if not any(_is_compaction(_actions(path)) for path in new):
            short.append(f"{table.name} was not compacted")
    return trial.outcome(seconds, fell_short=tuple(short))


def _compacted_under_load(trial: Trial, numbers: range) -> tuple[float, list[str]]:
    """Sends over some seconds, and compacts until the streams have decided about all, and once more. Returns how long they
    took from the end of the load on."""
    short = []
    with ThreadPoolExecutor(1) as source:
        deciding = source.submit(_decided, trial, numbers)
        is_over = False
        while not is_over:
            is_over = deciding.done()
            command = processes.start(trial.settings, COMPACT)
            if (status := command.end()) != 0:
                short.append(f"compact ended with {status}: {command.said()}")
        seconds, left = deciding.result()
    return seconds, short + ([f"{left} messages are not decided"] if left else [])


def _decided(trial: Trial, numbers: range) -> tuple[float, int]:
    trial.sent.send_these(trial.sent.made(numbers), SECONDS_OF_LOAD)
    began = time.monotonic()
    left = streaming.n_left(trial.settings, len(trial.sent.messages), SECONDS_TO_DECIDE)
    return time.monotonic() - began, left


@dataclass
class _Reader:
    """Two long readers of one table: one has listed its files and opens none yet, the other has begun to read."""

    settings: Settings
    table: Table
    _listed: list[str] = field(init=False)
    _begun: Iterator[pa.RecordBatch] = field(init=False)
    _first: pa.RecordBatch = field(init=False)

    def __post_init__(self) -> None:
        self._listed = files_of(self.settings, self.table)
        self._begun = query_batches(self.settings, f"SELECT origin_offset FROM {self.table.name}")
        self._first = next(self._begun)

    def ended(self) -> list[str]:
        """What was wrong with how they ended: they must have read the same."""
        name = self.table.name
        try:
            n_of_files = sum(pq.read_metadata(as_path(each)).num_rows for each in self._listed)
        except OSError as error:
            return [f"a reader of {name} that had listed its files: {error}"]
        try:
            n_begun = self._first.num_rows + sum(each.num_rows for each in self._begun)
        except LakeError as error:
            return [f"a reader of {name} that had begun: {error}"]
        return [] if n_begun == n_of_files else [f"readers of {name} got {n_begun} and {n_of_files} rows"]


@dataclass
class Asking(Beside):
    """Counts rows again and again while the block runs: there are never fewer than before."""

    settings: Settings
    wrong: list[str] = field(default_factory=list)
    n_answers: int = 0

    def __exit__(self, *error: object) -> None:
        super().__exit__(*error)
        if not self.n_answers:
            self.wrong.append("no question was answered")

    def go_on(self) -> None:
        last = 0
        while not self.is_over.wait(0.05):
            try:
                answer = query(self.settings, f"SELECT count(*) AS n FROM {CASH_MOVEMENTS.name}")
            except LakeError as error:
                self.wrong.append(f"a question failed: {error}")
                continue
            now = answer["n"][0].as_py()
            if now < last:
                self.wrong.append(f"{last} rows were there, then {now}")
            last = now
            self.n_answers += 1


def _age(settings: Settings, table: Table) -> list[Path]:
    """Makes a week go by for the files that compactions have removed, which are these."""
    aged = []
    for path in _log(settings, table):
        if _is_compaction(actions := _actions(path)):
            # At once and of the same length: the streams read this log.
            copy = path.with_name(f"{path.name}.aged")
            copy.write_text(_REMOVED_AT.sub(_a_week_before, path.read_text()))
            path.with_name(f".{path.name}.crc").unlink(missing_ok=True)
            copy.replace(path)
            folder = as_path(settings.table_path(table.name))
            aged += [folder / each["remove"]["path"] for each in actions if "remove" in each]
    return aged


def _a_week_before(removed_at: re.Match[str]) -> str:
    return f"{removed_at[1]}{int(removed_at[2]) - A_WEEK_AND_AN_HOUR // timedelta(milliseconds=1)}"


def _log(settings: Settings, table: Table) -> list[Path]:
    return sorted(log_of(settings, table).glob("*.json"))


def _actions(commit: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in commit.read_text().splitlines()]


def _is_compaction(actions: Sequence[Mapping[str, Any]]) -> bool:
    return any(each.get("commitInfo", {}).get("operation") == "OPTIMIZE" for each in actions)


FAULTS = (
    Fault(
        (32,),
        "compacted-and-vacuumed",
        GROUP,
        "All tables are compacted, and what a week ago was removed is deleted, while streams write them and readers are under way.",
        compacted_and_vacuumed,
    ),
)
