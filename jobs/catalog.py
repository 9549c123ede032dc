"""Every job, found by walking the folders, in the order that reads and writes give."""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from graphlib import TopologicalSorter
from pathlib import Path

import jobs
from jobs.risk.watched_events import WATCHED_BY
from lake.errors import JobError
from lake.job import Job
from models.risk.rules import BY_MODULE

CATALOG = Path(__file__).with_name("catalog.json")

# What a DAG may start besides jobs; each is `python -m <command>`.
COMMANDS = {
    "settle": (
        "ingestion settle",
        "Waits until a session is complete and refined; catches up if no stream runs.",
    ),
    "ledger": ("ingestion ledger", "The verdict by topic: everything that landed is accounted for, once."),
    "publish_alerts": (
        "ingestion publish-alerts",
        "Publishes the breaches that tables have raised, of sessions whose books are open.",
    ),
    "compact": ("lake compact", "Compacts tables and removes files that no reader needs."),
}


def _find_jobs() -> tuple[Job, ...]:
    found = []
    for module in pkgutil.walk_packages(jobs.__path__, "jobs."):
        if module.ispkg or module.name.count(".") != 2:
            continue
        job = getattr(importlib.import_module(module.name), "JOB", None)
        if isinstance(job, Job):
            found.append(job)
    return in_order(found)


def in_order(chosen: Iterable[Job]) -> tuple[Job, ...]:
    """Jobs so that each comes after those that write what it reads; its own table does not count."""
    by_table = {job.writes.name: job for job in sorted(chosen, key=lambda job: job.name)}
    return tuple(by_table[name] for name in TopologicalSorter(needed_by(by_table.values())).static_order())


def needed_by(jobs: Iterable[Job]) -> dict[str, list[str]]:
    """For the table of each of these jobs, the tables of the others that it is made from."""
    made = {job.writes.name: job for job in jobs}
    return {
        name: [each.table.name for each in job.inputs if each.table.name in made and each.table.name != name]
        for name, job in made.items()
    }


def find(names: Sequence[str]) -> tuple[Job, ...]:
    """Jobs by name, in order. Raises JobError naming what is unknown and what is close to it."""
    by_name = {job.name: job for job in JOBS}
    for name in names:
        if name not in by_name:
            close = get_close_matches(name, by_name, n=3)
            hint = (
                f"did you mean {', '.join(close)}?" if close else f"the jobs are {', '.join(sorted(by_name))}"
            )
            raise JobError(f"there is no job {name!r}: {hint}")
    return in_order(by_name[name] for name in names)


def as_json() -> str:
    """What a DAG may know of the jobs: name, reads, writes, sentence. Committed as jobs/catalog.json."""
    listed = [
        {
            "name": job.name,
            "writes": job.writes.name,
            "reads": sorted({each.table.name for each in job.inputs}),
            "sentence": job.sentence.splitlines()[0],
        }
        for job in JOBS
    ]
    commands = [{"name": name, "run": run, "sentence": said} for name, (run, said) in COMMANDS.items()]
    rules = [
        {
            "rule": rule.id,
            "name": module,
            "watches": [topic for topic, names in WATCHED_BY.items() if module in names],
        }
        for module, rule in sorted(BY_MODULE.items())
    ]
    return json.dumps({"jobs": listed, "commands": commands, "rules": rules}, indent=2) + "\n"


JOBS: tuple[Job, ...] = _find_jobs()
