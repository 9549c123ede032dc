"""Four processes that write one table at the same time as four machines would: each with leases of its own."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from lake import rows
from lake.reader import open_table, query
from lake.settings import Settings
from tests.faults import processes
from tests.faults.fault import Outcome
from tests.faults.writer import APPENDED, GO, MERGED, READY, REPLACED, REPLACED_CLIENTS, ROLES, TABLE
from tests.rows import arrow_table

SECONDS_TO_GET_READY = 300.0
SECONDS_A_WRITE = 15.0  # a merge that loses is made again
NO_JVM = "delta-rs"
Row = tuple[date, str, int]


@dataclass(frozen=True)
class Written:
    """What a writer says of one of its writes."""

    role: str
    number: int
    n_commits: int
    error: str | None


@dataclass(frozen=True)
class Commit:
    """What the log says of a commit. Its mark is the writer's and the number of its write; none without Spark."""

    version: int
    operation: str
    mark: str | None
    engine: str


def run(settings: Settings, n_writes: int, seed: int) -> Outcome:
    """`n_writes` of each role on an empty table; what the table and its log then hold against what the writers were told."""
    rows.append(settings, TABLE, arrow_table(TABLE, {"session_date": MERGED, "n_interactions": 0}))
    with _writers(settings, n_writes, seed) as drivers:
        began = time.monotonic()
        limit = max(processes.SECONDS_TO_END, SECONDS_A_WRITE * n_writes)
        status = {role: driver.end(limit) for role, driver in drivers.items()}
        seconds = time.monotonic() - began
        written = [each for role, driver in drivers.items() for each in _written(role, driver)]
    short = [f"the writer {role} ended with {number}" for role, number in status.items() if number]
    return judged(written, _commits(settings), _rows(settings), seconds, short)


@contextmanager
def _writers(settings: Settings, n_writes: int, seed: int) -> Iterator[dict[str, processes.Driver]]:
    """The processes, all of them at the start of the race; none is left behind."""
    homes = {role: replace(settings, root=settings.root / role) for role in ROLES}
    with ExitStack() as stack:
        drivers = {}
        for role, home in homes.items():
            command = ("-m", "tests.faults.writer", role, str(n_writes), str(seed))
            drivers[role] = processes.start(home, command, BROKERLAKE_CORES="1")
            stack.callback(drivers[role].leave_nothing)
        deadline = time.monotonic() + SECONDS_TO_GET_READY
        while not all((home.root / READY).exists() for home in homes.values()):
            for role, driver in drivers.items():
                assert driver.process.poll() is None, f"the writer {role} did not start: {driver.said()}"
            assert time.monotonic() < deadline, "the writers were not ready in time"
            time.sleep(0.05)
        for home in homes.values():
            (home.root / GO).touch()
        yield drivers


def judged(
    written: list[Written], commits: list[Commit], found: Counter[Row], seconds: float, short: list[str]
) -> Outcome:
    """Versions contiguous, the commits that writers were told of and no others, and the rows that those come to."""
    expected = _expected(written, commits)
    return Outcome(
        lost=(expected - found).total(),
        doubled=(found - expected).total(),
        recovered_seconds=seconds,
        fell_short=(
            *short,
            *_not_as_told(written, commits),
            *_not_refused_plainly(written),
            *_no_race(commits),
        ),
    )


def _expected(written: list[Written], commits: list[Commit]) -> Counter[Row]:
    """Each append once, as many merges as were told of, and the last replacement in the log."""
    done = [each for each in written if each.n_commits]
    appended = [(APPENDED, f"append-{each.number}", each.number) for each in done if each.role == "append"]
    n_merged = sum(each.role == "merge" for each in done)
    replacements = [each.mark for each in commits if each.mark and each.mark.startswith("replace-")]
    last = int(replacements[-1].split("-")[1]) if replacements else 0
    replaced = [(REPLACED, client, last) for client in REPLACED_CLIENTS]
    return Counter([*appended, (MERGED, "client-1", n_merged), *replaced])


def _not_as_told(written: list[Written], commits: list[Commit]) -> Iterator[str]:
    versions = [each.version for each in commits]
    if versions != list(range(len(versions))):
        yield f"versions are not contiguous: {versions}"
    told = Counter(f"{each.role}-{each.number}" for each in written if each.role in ("merge", "replace") and each.n_commits)  # fmt: skip
    marked = Counter(each.mark for each in commits if each.mark is not None)
    for mark in sorted((told - marked).elements()):
        yield f"{mark} was told to be committed and is not in the log"
    for mark in sorted((marked - told).elements()):
        yield f"{mark} is in the log and its writer was not told so"
    for role, operation in (("append", "WRITE"), ("compaction", "OPTIMIZE")):
        n_told = sum(each.n_commits for each in written if each.role == role)
        in_log = [each for each in commits if each.engine.startswith(NO_JVM) and each.operation == operation]
        # The first append made the row that is merged into.
        n_in_log = len(in_log) - (role == "append")
        if n_in_log != n_told:
            yield f"{n_in_log} commits of {role} are in the log, its writer was told of {n_told}"


def _not_refused_plainly(written: list[Written]) -> Iterator[str]:
    for each in written:
        if each.error is not None and not each.error.startswith("RaceLost: another writer changed "):
            yield f"{each.role} {each.number} raised {each.error}"


def _no_race(commits: list[Commit]) -> Iterator[str]:
    """Each role wrote, and not one after the other."""
    roles = [each.mark.split("-")[0] if each.mark else each.operation for each in commits]
    n_changes = sum(a != b for a, b in pairwise(roles))
    if not {"merge", "replace", "OPTIMIZE", "WRITE"} <= set(roles) or n_changes < 2 * len(ROLES):
        yield f"the writers did not meet: {n_changes} changes of who wrote in {len(roles)} commits"


def _written(role: str, driver: processes.Driver) -> list[Written]:
    lines = [line for line in driver.log.read_text(errors="replace").splitlines() if line.startswith("{")]
    return [Written(role, **json.loads(line)) for line in lines]


def _commits(settings: Settings) -> list[Commit]:
    history = sorted(open_table(settings, TABLE).history(), key=lambda each: int(each["version"]))
    return [
        Commit(
            each["version"],
            each["operation"],
            json.loads(each["userMetadata"])["mark"] if each.get("userMetadata") else None,
            each.get("engineInfo", ""),
        )
        for each in history
    ]


def _rows(settings: Settings) -> Counter[Row]:
    answer = query(settings, f"SELECT session_date, client_id, n_interactions FROM {TABLE.name}")
    return Counter(tuple(row.values()) for row in answer.to_pylist())
