"""`python -m tests.faults`: tries faults, and `python -m tests.faults render`: makes docs/reliability.md of the record."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from infra.local.server_profile import REPOSITORY
from lake.run import code_version
from tests.faults import page, record, summary, table
from tests.faults.declared import FAULTS, chosen
from tests.faults.fault import Fault, NotPossibleHere, Outcome
from tests.faults.record import Tried
from tests.faults.trial import Trial
from tests.ingestion import broker
from tests.session import small_session

# Where the driver dies, a new process goes on, with all that its start takes; elsewhere one session outlives the faults.
DRIVER_DIES = ("streams", "jobs", "everything")
RECORD = REPOSITORY / "var" / "faults" / "trials.jsonl"


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    if options.verb == "render":
        return render(options.record)
    try:
        faults = chosen(options.only)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    planned = list(_planned(faults, options.deep, options.seed))
    if not planned:
        print(f"{options.only} is tried deep only: DEEP=1, or SEED=1 for a single trial", file=sys.stderr)
        return 2
    return run(planned, options.record)


def run(planned: Sequence[tuple[Fault, int]], file: Path) -> int:
    """Tries what this version of the code has not been tried on yet, and shows the table over all that was asked."""
    console = Console(width=None if sys.stdout.isatty() else 160)
    version = code_version()
    known = record.already(record.read(file), version)
    results = [known[key] for fault, seed in planned if (key := (fault.name, seed)) in known]
    waiting = [(fault, seed) for fault, seed in planned if (fault.name, seed) not in known]
    console.print(
        f"{len(waiting)} trials of {version}, {len(results)} are on record in {file}", highlight=False
    )
    with TemporaryDirectory() as folder, broker.running(Path(folder) / "servers") as brokers:
        for number, (fault, seed) in enumerate(waiting):
            session = None if fault.group in DRIVER_DIES else small_session(Path(folder) / "spark")
            try:
                tried = _try(fault, Trial.fresh(Path(folder) / str(number), brokers, seed, session), version)
            except NotPossibleHere as error:
                console.print(
                    f"          {fault.name} seed {seed}: not possible here: {error}", soft_wrap=True
                )
                continue
            record.append(file, tried)
            results.append(tried)
            console.print(_line(tried), highlight=False, soft_wrap=True)
    found = summary.summaries(results)
    table.show(found, console)
    return 1 if any(each.failures for each in found.values()) else 0


def render(file: Path) -> int:
    """The record into docs/reliability.json, a fault's last version in place of an earlier one, and that into the page."""
    names = {each.name for each in FAULTS}
    found = {**summary.read(), **summary.summaries(record.read(file))}
    summary.write({name: each for name, each in found.items() if name in names})
    page.FILE.write_text(page.page(FAULTS, summary.read()))
    return 0


def parser() -> argparse.ArgumentParser:
    root = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    root.add_argument("verb", nargs="?", choices=("run", "render"), default="run")
    root.add_argument("--only", help="a group, or one fault by its name", default="")
    root.add_argument(
        "--deep", action="store_true", help="more seeds; can be stopped, and goes on where it was"
    )
    root.add_argument("--seed", type=int, help="only this seed")
    root.add_argument("--record", type=Path, default=RECORD, help=f"default: {RECORD}")
    return root


def _planned(faults: Sequence[Fault], deep: bool, seed: int | None) -> Iterator[tuple[Fault, int]]:
    for fault in faults:
        seeds = range(1, fault.n_deep + 1) if deep else fault.seeds
        yield from ((fault, each) for each in ([seed] if seed is not None else seeds))


def _try(fault: Fault, trial: Trial, version: str) -> Tried:
    started_at, began = datetime.now(UTC), time.monotonic()
    try:
        outcome = fault.act(trial)
    except NotPossibleHere:
        raise
    except Exception as error:
        # One trial that cannot be made must not keep the others from being made: it is recorded as fallen short.
        outcome = Outcome(fell_short=(f"{type(error).__name__}: {error}",))
    return Tried(fault.name, trial.seed, outcome, version, started_at, round(time.monotonic() - began, 1))


def _line(tried: Tried) -> str:
    """Progress: enough to try it again alone."""
    name = f"{tried.fault} seed {tried.seed}"
    if tried.outcome.is_ok:
        return f"{tried.seconds:6.1f} s  {name}: ok"
    return f"{tried.seconds:6.1f} s  {name} FELL SHORT (`make faults ONLY={tried.fault} SEED={tried.seed}`): {tried.outcome}"


if __name__ == "__main__":
    sys.exit(main())
