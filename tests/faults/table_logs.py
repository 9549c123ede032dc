"""Commits of tables that are damaged: everybody refuses in one sentence, and goes on once the file is put back."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ingestion.errors import StreamFailed
from ingestion.ledger.reading import ledger
from lake.errors import LogError
from lake.files import files_of
from lake.reader import query
from lake.settings import Settings
from schemas.declaration import Table
from schemas.operations import BRONZE_EVENTS, QUARANTINE_EVENTS
from schemas.transactions import CASH_MOVEMENTS
from tests.faults.fault import Fault, Outcome
from tests.faults.places import log_of
from tests.faults.trial import Trial

GROUP = "tables"
TABLES = (BRONZE_EVENTS, CASH_MOVEMENTS, QUARANTINE_EVENTS)
N_NUMBERS = 40  # of which some are garbage, so that each round writes each table
Harm = Callable[[Path, random.Random], None]


@dataclass(frozen=True)
class Case:
    """Harm to the commit of a version of a table, with the sums beside it or without."""

    table: Table
    version: int
    harm: Harm
    has_sums: bool

    def __str__(self) -> str:
        sums = "" if self.has_sums else " without its sums"
        return f"{self.table.name}, version {self.version} {self.harm.__name__}{sums}"


def emptied(commit: Path, _: random.Random) -> None:
    commit.write_bytes(b"")


def cut(commit: Path, choices: random.Random) -> None:
    """Within its last line, as a disk leaves it that took half of a write."""
    content = commit.read_bytes()
    last_line = content.rstrip(b"\n").rfind(b"\n") + 1
    commit.write_bytes(content[: choices.randrange(last_line + 1, len(content) - 1)])


def gone(commit: Path, _: random.Random) -> None:
    commit.unlink()


def gone_with_all_after_it(commit: Path, _: random.Random) -> None:
    """A compaction that follows has the rows too."""
    version = int(commit.stem)
    for path in commit.parent.iterdir():
        if (number := re.match(r"\.?(\d{20})\.", path.name)) and int(number[1]) >= version:
            path.unlink()


def shortened(commit: Path, _: random.Random) -> None:
    """By a whole line: what is left is a commit like any other."""
    lines = commit.read_bytes().splitlines(keepends=True)
    commit.write_bytes(b"".join(lines[:-1]))


def damaged(trial: Trial) -> Outcome:
    """Two rounds of messages; then commits of bronze, silver and quarantine are damaged one after the other, each is tried
    and put back; a third round."""
    for number in range(2):
        trial.sent.send(range(number * N_NUMBERS, (number + 1) * N_NUMBERS))
        trial.go_on()
    choices = random.Random(trial.seed)
    before = _files(trial.settings)
    sentences, short = [], []
    for case in _cases(trial.settings):
        with _harmed(trial.settings, case, choices):
            said = _refused(trial, case)
        sentences += said[:1]
        short += [] if said else [f"nobody noticed: {case}"]
    for case in _silent_cases(trial.settings):
        with _harmed(trial.settings, case, choices):
            short += [] if _ledger_differs(trial.settings) else [f"the ledger is content: {case}"]
    if _files(trial.settings) != before:
        short.append("something was written though commits were damaged")
    trial.sent.send(range(2 * N_NUMBERS, 3 * N_NUMBERS))
    began = time.monotonic()
    trial.go_on()
    return trial.outcome(time.monotonic() - began, sentences[0], tuple(short))


def _cases(settings: Settings) -> Iterator[Case]:
    """In the middle of the log and at its end. Without sums nothing tells of a last commit that is gone."""
    for table in TABLES:
        middle, *_, end = _versions_with_rows(settings, table)
        for version in (middle, end):
            for has_sums in (True, False):
                for harm in (emptied, cut, gone):
                    if harm is not gone or version != end or has_sums:
                        yield Case(table, version, harm, has_sums)


def _silent_cases(settings: Settings) -> Iterator[Case]:
    """Logs that are whole, with fewer rows than were written: what is not there must be missed by the ledger."""
    for table in TABLES:
        new_rows = _versions_with_rows(settings, table, b'"dataChange":true')[-1]
        yield Case(table, new_rows, gone_with_all_after_it, has_sums=False)
        yield Case(table, _versions_with_rows(settings, table)[-1], shortened, has_sums=False)


def _refused(trial: Trial, case: Case) -> list[str]:
    """What the streams, a question, the ledger and the reads of jobs say, if each says what it must; else nothing."""
    beginning = f"the log of {case.table.name} is damaged at version {case.version} ("
    acts: list[Callable[[], object]] = [
        trial.go_on,
        lambda: query(trial.settings, f"SELECT count(*) FROM {case.table.name}", for_service=True),
        lambda: ledger(trial.settings, settled=True),
        lambda: files_of(trial.settings, case.table),
    ]
    said = [_said(act) for act in acts]
    is_plain = all(beginning in each and "put that file back" in each and "\n" not in each for each in said)
    return said if is_plain else []


def _said(act: Callable[[], object]) -> str:
    try:
        act()
    except (LogError, StreamFailed) as error:
        return str(error)
    return ""


def _ledger_differs(settings: Settings) -> bool:
    return bool(ledger(settings, settled=True).differences)


@contextmanager
def _harmed(settings: Settings, case: Case, choices: random.Random) -> Iterator[None]:
    """The damage, and the files put back at the end of the block."""
    commit = log_of(settings, case.table) / f"{case.version:020}.json"
    sums = [commit.with_suffix(".crc"), commit.with_name(f".{commit.name}.crc")]
    kept = {path: path.read_bytes() for path in commit.parent.iterdir() if path.is_file()}
    for path in [] if case.has_sums else sums:
        path.unlink(missing_ok=True)
    case.harm(commit, choices)
    try:
        yield
    finally:
        for path, content in kept.items():
            path.write_bytes(content)


def _versions_with_rows(settings: Settings, table: Table, mark: bytes = b'{"add":') -> list[int]:
    """Of the commits that added files, compactions too; with a mark of those that have it."""
    commits = sorted(log_of(settings, table).glob("*.json"))
    found = [path for path in commits if b'{"add":' in (content := path.read_bytes()) and mark in content]
    assert len(found) > 1, f"{table.name} has {len(found)} commits with rows"
    return [int(path.stem) for path in found]


def _files(settings: Settings) -> dict[str, list[str]]:
    """Every file of every log, and of every folder of a table beside it."""
    return {
        table.name: sorted(path.name for path in log_of(settings, table).parent.rglob("*"))
        for table in TABLES
    }


FAULTS = (
    Fault(
        (16,),
        "commits-damaged",
        GROUP,
        "Commits of bronze, silver and quarantine are emptied, cut or gone, in the middle of the log and at its end.",
        damaged,
    ),
)
