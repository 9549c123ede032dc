"""The record of trials: one JSON line each, appended as it ends, so that a run can be stopped and gone on with."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from tests.faults.fault import Outcome


@dataclass(frozen=True)
class Tried:
    """One trial: what it came to, of which code, when it began and how long it took in seconds."""

    fault: str
    seed: int
    outcome: Outcome
    code_version: str
    started_at: datetime
    seconds: float

    def line(self) -> str:
        return json.dumps(asdict(self), default=str)

    @staticmethod
    def of(line: str) -> Tried:
        fields = json.loads(line)
        outcome = fields.pop("outcome")
        outcome["money_difference"] = Decimal(outcome["money_difference"])
        outcome["fell_short"] = tuple(outcome["fell_short"])
        fields["started_at"] = datetime.fromisoformat(fields["started_at"])
        return Tried(outcome=Outcome(**outcome), **fields)


def append(file: Path, tried: Tried) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as lines:
        lines.write(tried.line() + "\n")


def read(file: Path) -> list[Tried]:
    """Every trial, in the order in which they ended; none where there is no file."""
    return [Tried.of(line) for line in file.read_text().splitlines()] if file.is_file() else []


def already(tried: Iterable[Tried], code_version: str) -> dict[tuple[str, int], Tried]:
    """The trials of a version of the code, which need not be made again. Changed files are no version."""
    if code_version.endswith("-dirty") or code_version == "unknown":
        return {}
    return {(each.fault, each.seed): each for each in tried if each.code_version == code_version}
