"""Does the arithmetic of risk give what others have printed? Only where the real data lies beside the project."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from evaluation.section import Fact, Grid, Section
from lake.settings import HOME
from models.risk.parametric import (
    cornish_fisher_value_at_risk,
    moments,
    normal_expected_shortfall,
    normal_value_at_risk,
)
from models.risk.value_at_risk import Floats, historical_expected_shortfall, historical_value_at_risk

CONFIDENCE = 0.95
MEASURES: dict[str, Callable[[Floats], float]] = {
    "historical VaR": lambda returns: historical_value_at_risk(returns, CONFIDENCE),
    "historical ES": lambda returns: historical_expected_shortfall(returns, CONFIDENCE),
    "Gaussian VaR": lambda returns: normal_value_at_risk(moments(returns), CONFIDENCE),
    "Gaussian ES": lambda returns: normal_expected_shortfall(moments(returns), CONFIDENCE),
    "Cornish-Fisher VaR": lambda returns: cornish_fisher_value_at_risk(moments(returns), CONFIDENCE),
}
# PerformanceAnalytics on its EDHEC series: MEASURES at 95 %, quantile of type 7, deviation with divisor n, losses positive;
# printed cut off after four digits, here in ten-thousandths.
EDHEC = {
    "Convertible Arbitrage": (150, 387, 217, 287, 256), "CTA Global": (314, 406, 331, 426, 320),
    "Distressed Securities": (197, 413, 229, 305, 280), "Emerging Markets": (423, 754, 469, 606, 534),
    "Equity Market Neutral": (83, 175, 91, 125, 109), "Event Driven": (255, 444, 246, 325, 296),
    "Fixed Income Arbitrage": (72, 290, 143, 191, 177), "Global Macro": (149, 210, 184, 245, 138),
    "Long/Short Equity": (262, 448, 276, 363, 295), "Merger Arbitrage": (106, 233, 132, 180, 150),
    "Relative Value": (114, 271, 137, 187, 173), "Short Selling": (667, 948, 759, 949, 621),
    "Funds of Funds": (203, 356, 219, 286, 230),
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


def judge(returns: pd.DataFrame, printed: Mapping[str, tuple[int, ...]]) -> tuple[Case, ...]:
    """MEASURES of each printed series; returns: months x series, fractions of one. A series that is absent raises KeyError."""
    return tuple(
        Case(series, name, expected, math.floor(measure(returns[series].to_numpy(dtype=float)) * 10_000))
        for series, figures in printed.items()
        for (name, measure), expected in zip(MEASURES.items(), figures, strict=True)
    )


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
        title="Published cases: EDHEC hedge-fund indices, five measures at 95 %",
        facts=(Fact(agreed, bool(cases) and not differing),),
        grids=(
            Grid(
                ("series", "measure", "printed", "found"),
                tuple((c.series, c.measure, c.printed / 10_000, c.found / 10_000) for c in differing),
            ),
        ),
        figures={"n_cases": len(cases), "differing": [f"{case.series} {case.measure}" for case in differing]},
    )
