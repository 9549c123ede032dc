"""All questions, answered from a lake and the truth beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from evaluation import (
    alerts,
    churn,
    pipeline_section,
    prices,
    published,
    recommendation_section,
    risk,
    statements,
    suitability,
)
from evaluation.errors import NoTruth
from evaluation.section import Section
from ingestion.simulator.truth import Truth
from lake.settings import Settings


@dataclass(frozen=True)
class Report:
    """Every answer. What must hold decides the verdict; how good the models are is reported only."""

    sections: tuple[Section, ...]

    @property
    def broken(self) -> list[str]:
        """What does not hold and must, a sentence each; empty when all is well."""
        return [
            f"{section.name}: {fact.sentence}"
            for section in self.sections
            for fact in section.facts
            if not fact.holds
        ]

    def show(self, console: Console) -> None:
        """Prints every section and the verdict."""
        for section in self.sections:
            section.show(console)
            console.print()
        n_facts = sum(len(section.facts) for section in self.sections)
        n_broken = len(self.broken)
        verdict = f"{n_broken} of {n_facts} facts are broken" if n_broken else f"all {n_facts} facts hold"
        console.print(f"evaluation: {verdict}", style="red" if n_broken else "green")

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {"broken": self.broken, "sections": [section.as_dict() for section in self.sections]}


def evaluate(settings: Settings, real_data: Path | None = None) -> Report:
    """Reads the lake without a JVM, and the truth from `<root>/truth`.

    real_data: where published cases lie; None looks where `published.data_folder` says. Raises NoTruth, and QueryError
    where a table was never created.
    """
    truth = _truth(settings.root / "truth")
    return Report(
        (
            pipeline_section.section(settings, truth),
            prices.section(settings, truth),
            statements.section(settings, truth),
            alerts.section(settings, truth),
            risk.section(settings),
            churn.section(settings, truth),
            suitability.section(settings),
            recommendation_section.section(settings, truth),
            published.section(real_data or published.data_folder()),
        )
    )


def _truth(folder: Path) -> Truth:
    try:
        return Truth.read(folder)
    except FileNotFoundError:
        raise NoTruth(folder) from None
