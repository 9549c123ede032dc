"""What a DAG may know of the platform: jobs and commands by name, as `jobs/catalog.json` lists them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path


class CatalogError(ValueError):
    """A DAG names what does not exist. Airflow shows it as an import error."""


@dataclass(frozen=True)
class Catalog:
    """Names of jobs, and for each command the words that follow `python -m`."""

    jobs: frozenset[str]
    commands: Mapping[str, tuple[str, ...]]

    @classmethod
    def read(cls, path: Path | None = None) -> Catalog:
        """The catalog of the checkout that BROKERLAKE_HOME names, by default the one that this file is in."""
        listed = json.loads((path or _path()).read_text())
        commands = {each["name"]: tuple(each["run"].split()) for each in listed["commands"]}
        return cls(frozenset(job["name"] for job in listed["jobs"]), commands)

    def command(self, name: str) -> tuple[str, ...]:
        _refuse_unknown("command", [name], self.commands)
        return self.commands[name]

    def refuse_unknown_jobs(self, names: Iterable[str]) -> None:
        """Raises CatalogError with the names that are close to the first unknown one."""
        _refuse_unknown("job", names, self.jobs)


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
