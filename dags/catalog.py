"""What a DAG may know of the platform: jobs and commands by name, as `jobs/catalog.json` lists them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

Stages = Mapping[str, Sequence[str]]


class CatalogError(ValueError):
    """A DAG names what does not exist, or what cannot be put in order. Airflow shows it as an import error."""


@dataclass(frozen=True)
class Job:
    name: str
    writes: str
    reads: frozenset[str]


@dataclass(frozen=True)
class Catalog:
    """Jobs by name, and for each command the words that follow `python -m`."""

    jobs: Mapping[str, Job]
    commands: Mapping[str, tuple[str, ...]]

    @classmethod
    def read(cls, path: Path | None = None) -> Catalog:
        """The catalog of the checkout that BROKERLAKE_HOME names, by default the one that this file is in."""
        listed = json.loads((path or _path()).read_text())
        jobs = [Job(job["name"], job["writes"], frozenset(job["reads"])) for job in listed["jobs"]]
        commands = {each["name"]: tuple(each["run"].split()) for each in listed["commands"]}
        return cls({job.name: job for job in jobs}, commands)

    def command(self, name: str) -> tuple[str, ...]:
        _refuse_unknown("command", [name], self.commands)
        return self.commands[name]

    def refuse_unknown_jobs(self, names: Iterable[str]) -> None:
        """Raises CatalogError with the names that are close to the first unknown one."""
        _refuse_unknown("job", names, self.jobs)

    def arrows(self, stages: Stages) -> dict[str, frozenset[str]]:
        """For each stage the stages whose tables it reads, in an order in which they can run.

        Raises CatalogError for an unknown job, a job of two stages, and stages that need each other.
        """
        for names in stages.values():
            self.refuse_unknown_jobs(names)
        writer = self._writers(stages)
        needs = {
            stage: frozenset(
                writer[table] for name in names for table in self.jobs[name].reads if table in writer
            )
            - {stage}
            for stage, names in stages.items()
        }
        return {stage: needs[stage] for stage in _in_order(needs)}

    def _writers(self, stages: Stages) -> dict[str, str]:
        writer: dict[str, str] = {}
        for stage, names in stages.items():
            for name in names:
                other = writer.setdefault(self.jobs[name].writes, stage)
                if other != stage:
                    raise CatalogError(f"job {name} is in the stages {other} and {stage}: leave it in one")
        return writer


def _in_order(needs: Mapping[str, frozenset[str]]) -> tuple[str, ...]:
    try:
        return tuple(TopologicalSorter(needs).static_order())
    except CycleError as error:
        circle = " needs ".join(reversed(error.args[1]))
        raise CatalogError(f"stages cannot be put in order: {circle}; move a job to another stage") from None


def _refuse_unknown(kind: str, names: Iterable[str], known: Iterable[str]) -> None:
    listed = sorted(known)
    for name in names:
        if name not in listed:
            close = get_close_matches(name, listed, n=3)
            hint = f"did you mean {', '.join(close)}?" if close else f"there are {', '.join(listed)}"
            raise CatalogError(f"there is no {kind} {name!r} in jobs/catalog.json: {hint}")


def _path() -> Path:
    home = os.environ.get("BROKERLAKE_HOME") or Path(__file__).resolve().parents[1]
    return Path(home) / "jobs" / "catalog.json"
