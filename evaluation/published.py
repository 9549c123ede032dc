"""Does the arithmetic of risk give what others have printed? Only where the real data lies beside the project."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from evaluation.section import Fact, Grid, Section
from lake.settings import HOME
from models.risk.value_at_risk import historical_expected_shortfall, historical_value_at_risk

CONFIDENCE = 0.95
# PerformanceAnalytics on its EDHEC series: historical VaR and ES at 95 %, type 7, losses positive; printed cut off after four digits,
# here in ten-thousandths.
EDHEC = {
    "Convertible Arbitrage": (150, 387), "CTA Global": (314, 406), "Distressed Securities": (197, 413),
    "Emerging Markets": (423, 754), "Equity Market Neutral": (83, 175), "Event Driven": (255, 444),
    "Fixed Income Arbitrage": (72, 290), "Global Macro": (149, 210), "Long/Short Equity": (262, 448),
    "Merger Arbitrage": (106, 233), "Relative Value": (114, 271), "Short Selling": (667, 948),
    "Funds of Funds": (203, 356),
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One printed figure and ours, both in ten-thousandths and cut off."""

    series: str
    measure: str
    printed: int
    found: int

    @property
    def agrees(self) -> bool:
        return self.printed == self.found


def data_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Where the real data lies: BROKERLAKE_REAL_DATA, else beside the project. It may be absent."""
    return Path(environment.get("BROKERLAKE_REAL_DATA") or HOME.parent / "shared" / "data")


def judge(returns: pd.DataFrame, printed: Mapping[str, tuple[int, int]]) -> tuple[Case, ...]:
    """VaR and ES of each printed series; returns: months x series, fractions of one. A series that is absent raises KeyError."""
    cases = []
    for series, (value_at_risk, shortfall) in printed.items():
        profits = returns[series].to_numpy(dtype=float)
        for measure, expected, found in (
            ("VaR", value_at_risk, historical_value_at_risk(profits, CONFIDENCE)),
            ("ES", shortfall, historical_expected_shortfall(profits, CONFIDENCE)),
        ):
            cases.append(Case(series, measure, expected, math.floor(found * 10_000)))
    return tuple(cases)


def section(folder: Path) -> Section:
    """Reads the EDHEC series; says so where it is absent."""
    path = folder / "risk_var" / "edhec.csv"
    if not path.exists():
        note = "skipped: the real data is not there; BROKERLAKE_REAL_DATA may say where it lies"
        return Section("published", "Published cases", notes=(note,), figures={"skipped": True})
    return told(judge(pd.read_csv(path, index_col="date"), EDHEC))


def told(cases: tuple[Case, ...]) -> Section:
    """The answer as a section."""
    differing = [case for case in cases if not case.agrees]
    agreed = f"{len(cases) - len(differing)} of {len(cases)} figures of the EDHEC table agree"
    return Section(
        name="published",
        title="Published cases: EDHEC hedge-fund indices, historical VaR and ES at 95 %",
        facts=(Fact(agreed, bool(cases) and not differing),),
        grids=(
            Grid(
                ("series", "measure", "printed", "found"),
                tuple((c.series, c.measure, c.printed / 10_000, c.found / 10_000) for c in differing),
            ),
        ),
        figures={"n_cases": len(cases), "differing": [f"{case.series} {case.measure}" for case in differing]},
    )
