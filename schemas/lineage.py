"""Who writes and who reads a table: from the declarations, and from the catalog of jobs where it exists."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from schemas.catalog import silver_of
from schemas.declaration import Event, Table
from schemas.operations import SESSION_CLOSE, SOURCES

CATALOG = Path("jobs/catalog.json")

# What the streams and the runner write about themselves; no job makes these tables.
PIPELINE_WRITERS = {
    "bronze.events": "the landing stream",
    "quarantine.events": "refine",
    "ops.duplicates": "refine",
    "ops.parked": "refine",
    "ops.undeclared_fields": "refine",
    "ops.touched_sessions": "refine",
    "ops.quarantine_decisions": "replays and discards of quarantined messages",
    "ops.ledger": "the ledger",
    "ops.ledger_sources": "the ledger",
    "ops.ledger_breaks": "the ledger",
    "ops.job_runs": "the runner of jobs, from what commits say",
}


@dataclass(frozen=True)
class JobEntry:
    """What the catalog says of a job; tables by their full names."""

    name: str
    writes: str
    reads: tuple[str, ...]
    sentence: str


@dataclass(frozen=True)
class RuleEntry:
    """What the catalog says of an alert rule: its id, its name, and the topic or table that it watches."""

    rule: str
    name: str
    topic: str


@dataclass(frozen=True)
class Lineage:
    """Every job that there is, and every alert rule."""

    jobs: tuple[JobEntry, ...] = ()
    rules: tuple[RuleEntry, ...] = ()

    def writer(self, table: Table) -> JobEntry | None:
        """The job that makes a table; None for what streams write."""
        return next((job for job in self.jobs if job.writes == table.name), None)

    def readers(self, table: Table) -> tuple[JobEntry, ...]:
        """The jobs that read a table themselves."""
        return tuple(job for job in self.jobs if table.name in job.reads)

    def downstream(self, table: Table) -> tuple[str, ...]:
        """Every table that is made from this one, directly or through others, by name."""
        found = {table.name}
        while True:
            more = {job.writes for job in self.jobs if found & set(job.reads)} - found
            if not more:
                return tuple(sorted(found - {table.name}))
            found |= more

    def readers_in_words(self, event: Event) -> str:
        """Who reads an event: its silver table, and what is made from that."""
        table = silver_of(event)
        return ", ".join((table.name, *self.downstream(table)))


def read_lineage(root: Path) -> Lineage:
    """The jobs of `jobs/catalog.json` under a checkout; none where there is no such file."""
    path = root / CATALOG
    if not path.exists():
        return Lineage()
    entries = json.loads(path.read_text())
    return Lineage(
        tuple(
            JobEntry(job["name"], job["writes"], tuple(job["reads"]), job.get("sentence", ""))
            for job in entries["jobs"]
        ),
        tuple(
            RuleEntry(rule["rule"], rule["name"], topic)
            for rule in entries.get("rules", ())
            for topic in rule["watches"]
        ),
    )


def senders(event: Event) -> tuple[str, ...]:
    """The sources that send an event; every source that closes its sessions sends the closes."""
    if event == SESSION_CLOSE:
        return tuple(source.name for source in SOURCES if source.closes_sessions)
    return tuple(source.name for source in SOURCES if event.topic in source.topics)
