"""What recorded trials say of each fault, small enough to be committed: docs/reliability.json."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from infra.local.server_profile import REPOSITORY
from tests.faults.record import Tried

FILE = REPOSITORY / "docs" / "reliability.json"


@dataclass(frozen=True)
class Summary:
    """The trials of one fault on one version of the code. `failures` are the seeds that fell short."""

    code_version: str
    seeds: tuple[int, ...]
    failures: tuple[int, ...]
    lost: int
    doubled: int
    money_difference: str
    recovered_seconds: tuple[float, ...]
    n_refused: int

    @property
    def n_trials(self) -> int:
        return len(self.seeds)

    @property
    def bound(self) -> float | None:
        """The rate of failure that clean trials leave possible, with 95 % confidence: about 3/N. None where one failed."""
        return None if self.failures else min(1.0, 3 / self.n_trials)

    @property
    def recovered(self) -> str:
        """Half and most of the seconds, or that it refused."""
        said = [f"refused, {self.n_refused} of {self.n_trials}"] if self.n_refused else []
        if self.recovered_seconds:
            said.append(f"{median(self.recovered_seconds):.1f} / {max(self.recovered_seconds):.1f}")
        return "; ".join(said) or "never"


def summary(tried: Sequence[Tried]) -> Summary:
    """Of trials of one fault: those of the version that was tried last, a seed's last trial each."""
    version = tried[-1].code_version
    last = {each.seed: each for each in tried if each.code_version == version}
    trials = [last[seed] for seed in sorted(last)]
    outcomes = [each.outcome for each in trials]
    return Summary(
        code_version=version,
        seeds=tuple(each.seed for each in trials),
        failures=tuple(each.seed for each in trials if not each.outcome.is_ok),
        lost=sum(each.lost for each in outcomes),
        doubled=sum(each.doubled for each in outcomes),
        money_difference=f"{sum(abs(each.money_difference) for each in outcomes):.2f}",
        recovered_seconds=tuple(
            round(each.recovered_seconds, 1) for each in outcomes if each.recovered_seconds is not None
        ),
        n_refused=sum(each.refused is not None for each in outcomes),
    )


def summaries(tried: Iterable[Tried]) -> dict[str, Summary]:
    """By the name of the fault."""
    by_fault: dict[str, list[Tried]] = {}
    for each in tried:
        by_fault.setdefault(each.fault, []).append(each)
    return {name: summary(trials) for name, trials in sorted(by_fault.items())}


def write(found: Mapping[str, Summary], file: Path = FILE) -> None:
    """A line a fault."""
    lines = [f"{json.dumps(name)}: {json.dumps(asdict(each))}" for name, each in sorted(found.items())]
    file.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def read(file: Path = FILE) -> dict[str, Summary]:
    kept = json.loads(file.read_text()) if file.is_file() else {}
    return {name: _summary(fields) for name, fields in kept.items()}


def _summary(fields: dict[str, object]) -> Summary:
    listed = {name: tuple(value) for name, value in fields.items() if isinstance(value, list)}
    return Summary(**{**fields, **listed})  # type: ignore[arg-type]
