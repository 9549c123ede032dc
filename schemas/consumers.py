"""Which jobs and alert rules a change of an event would break: those that read it and name the changed column.

Read from the source and not run: a job's module, and what it imports of `jobs` and `models`. A column that a job passes
on without naming it is one that the table it writes has too. Where a source is not there, its job counts.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from schemas.catalog import silver_of, table
from schemas.declaration import Event
from schemas.lineage import JobEntry, Lineage

_OURS = ("jobs", "models")
_WORD = re.compile(r"[a-z][a-z0-9_]*")
_WATCHED_EVENTS = Path("jobs/risk/watched_events.py")


def consumers(root: Path, lineage: Lineage, event: Event, column: str) -> list[str]:
    """Jobs and rules by name; all that read the event where `column` is empty."""
    jobs = [
        f"job {job.name}"
        for job in lineage.readers(silver_of(event))
        if not column or _job_uses(root, job, column)
    ]
    rules = [
        f"rule {rule.rule} ({rule.name})"
        for rule in lineage.rules
        if rule.topic == event.topic and (not column or _rule_uses(root, rule.name, column))
    ]
    return jobs + rules


def _job_uses(root: Path, job: JobEntry, column: str) -> bool:
    writes = table(job.writes)
    path = Path("jobs") / writes.domain / f"{job.name}.py"
    passes_on = any(each.name == column for each in writes.columns)
    return passes_on or not (root / path).exists() or column in _words(root, path)


def _rule_uses(root: Path, name: str, column: str) -> bool:
    path = Path("models/risk/rules") / f"{name}.py"
    there = (root / path).exists()
    return not there or column in _words(root, path) | _words(root, _WATCHED_EVENTS)


def _words(root: Path, path: Path) -> frozenset[str]:
    """The words in the texts of a module and of ours that it imports."""
    found: set[str] = set()
    seen: set[Path] = set()
    waiting = [path]
    while waiting:
        each = waiting.pop()
        if each in seen or not (root / each).exists():
            continue
        seen.add(each)
        tree = ast.parse((root / each).read_text())
        found.update(word for text in _texts(tree) for word in _WORD.findall(text))
        waiting.extend(_imported(tree))
    return frozenset(found)


def _texts(tree: ast.AST) -> Iterator[str]:
    return (
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def _imported(tree: ast.AST) -> Iterator[Path]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in _OURS:
            module = Path(*node.module.split("."))
            yield module.with_suffix(".py")
            yield from (module / f"{each.name}.py" for each in node.names)
