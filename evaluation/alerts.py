"""Are the alerts those that were planted, and are the near misses silent?"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from evaluation.section import Fact, Grid, Section, listed
from ingestion.simulator.truth import Plant, Truth
from lake.reader import query
from lake.settings import Settings
from schemas.risk import BREACH_RULES

# Nobody plants breaches of limits, concentration or margin: they follow from what clients do.
_NOT_PLANTED = ", ".join(f"'{rule_id}'" for rule_id in BREACH_RULES)
QUESTION = (
    f"SELECT rule_id, entity_id, window_started_at FROM gold.alerts WHERE rule_id NOT IN ({_NOT_PLANTED})"
)


class Raised(NamedTuple):
    """What makes an alert the same alert: its rule, what it is about, and where its window starts."""

    rule_id: str
    entity_id: str
    window_started_at: datetime

    @staticmethod
    def planted(plant: Plant) -> Raised:
        started = datetime.fromisoformat(plant.window_started_at).astimezone(UTC)
        return Raised(plant.rule_id, plant.entity_id, started)

    def __str__(self) -> str:
        return f"{self.rule_id} {self.entity_id} {self.window_started_at:%Y-%m-%dT%H:%M:%S.%fZ}"


@dataclass(frozen=True)
class RuleAlerts:
    """One rule: what was planted and raised, what was planted and is missing, what was raised and never planted.

    raised_near_misses are among the extra ones.
    """

    rule_id: str
    n_planted: int
    n_near_misses: int
    missing: tuple[Raised, ...]
    extra: tuple[Raised, ...]
    raised_near_misses: tuple[Raised, ...]

    @property
    def n_found(self) -> int:
        return self.n_planted - len(self.missing)


def judge(
    planted: Iterable[Plant], near_misses: Iterable[Plant], found: Collection[Raised]
) -> tuple[RuleAlerts, ...]:
    """One answer a rule, in order of their ids; also for rules that raised and were never planted."""
    alerts, near, raised = (
        {Raised.planted(each) for each in planted},
        {Raised.planted(each) for each in near_misses},
        set(found),
    )
    return tuple(
        _rule(
            rule_id,
            *({each for each in group if each.rule_id == rule_id} for group in (alerts, near, raised)),
        )
        for rule_id in sorted({each.rule_id for each in alerts | near | raised})
    )


def _rule(rule_id: str, planted: set[Raised], near: set[Raised], found: set[Raised]) -> RuleAlerts:
    return RuleAlerts(
        rule_id,
        len(planted),
        len(near),
        missing=tuple(sorted(planted - found)),
        extra=tuple(sorted(found - planted)),
        raised_near_misses=tuple(sorted((found & near) - planted)),
    )


def section(settings: Settings, truth: Truth) -> Section:
    """Reads gold.alerts."""
    found = [Raised(**row) for row in query(settings, QUESTION).to_pylist()]
    return told(judge(truth.alerts, truth.near_misses, found))


def told(rules: tuple[RuleAlerts, ...]) -> Section:
    """The answer as a section."""
    missing = [str(each) for rule in rules for each in rule.missing]
    extra = [str(each) for rule in rules for each in rule.extra]
    n_planted = sum(rule.n_planted for rule in rules)
    n_near = sum(rule.n_near_misses for rule in rules)
    n_raised = sum(len(rule.raised_near_misses) for rule in rules)
    return Section(
        name="alerts",
        title="Alerts: planted and found",
        facts=(
            Fact(f"{n_planted - len(missing)} of {n_planted} planted alerts were raised", not missing),
            Fact(f"{len(extra)} alerts were raised that nobody planted", not extra),
            Fact(f"{n_near - n_raised} of {n_near} near misses stayed silent", not n_raised),
        ),
        grids=(
            Grid(
                ("rule", "planted", "found", "missing", "extra", "near misses", "raised"),
                tuple(_row(rule) for rule in rules),
            ),
        ),
        notes=(*listed("missing", missing), *listed("extra", extra)),
        figures={"rules": [_figures(rule) for rule in rules]},
    )


def _row(rule: RuleAlerts) -> tuple[str | int, ...]:
    return (
        rule.rule_id,
        rule.n_planted,
        rule.n_found,
        len(rule.missing),
        len(rule.extra),
        rule.n_near_misses,
        len(rule.raised_near_misses),
    )


def _figures(rule: RuleAlerts) -> dict[str, Any]:
    return {
        "rule_id": rule.rule_id,
        "n_planted": rule.n_planted,
        "n_found": rule.n_found,
        "missing": [str(each) for each in rule.missing],
        "extra": [str(each) for each in rule.extra],
        "n_near_misses": rule.n_near_misses,
        "raised_near_misses": [str(each) for each in rule.raised_near_misses],
    }
