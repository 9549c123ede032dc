"""All back-tests of one series of forecasts, and what they say in words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from models.risk.backtests import (
    LikelihoodRatio,
    TrafficLight,
    conditional_coverage,
    expected_shortfall_z2,
    hits_of,
    independence,
    time_between_hits,
    traffic_light,
    transitions,
    unconditional_coverage,
)
from models.risk.tail import exact

REJECTED_BELOW = 0.05
"""The p-value below which a test rejects; the usual level."""
TOO_LARGE_LOSSES, SESSIONS_FOR_IT = -0.7, 250
"""Acerbi and Szekely's Z2 below which losses are worse than forecast, at 5 % across many tails in so many sessions (2014,
table 4). In fewer it scatters more widely, and a single hit may pass it: there it is told, and rejects nothing.
"""


@dataclass(frozen=True)
class BackTest:
    """shortfall: Z2, None where a forecast of expected shortfall is not above zero. time_between: None below 3 hits."""

    n_sessions: int
    n_hits: int
    n_expected: float
    coverage: LikelihoodRatio
    independence: LikelihoodRatio
    conditional: LikelihoodRatio
    time_between: LikelihoodRatio | None
    light: TrafficLight
    shortfall: float | None

    @property
    def objections(self) -> tuple[str, ...]:
        """What speaks against the forecast, a phrase each; none where nothing does."""
        count = "too many" if self.n_hits > self.n_expected else "too few"
        tests = (
            (self.coverage, f"{count} hits"),
            (self.independence, "hits follow hits"),
            (self.time_between, "hits come in clusters"),
        )
        found = [
            f"{says} (p {test.p_value:.4f})"
            for test, says in tests
            if test is not None and test.p_value < REJECTED_BELOW
        ]
        is_large = self.shortfall is not None and self.shortfall < TOO_LARGE_LOSSES
        if is_large and self.n_sessions >= SESSIONS_FOR_IT:
            found.append(f"losses beyond the forecast are too many or too large (Z2 {self.shortfall:.2f})")
        return tuple(found)

    @property
    def verdict(self) -> str:
        """One sentence: `not rejected: 3 hits in 250 sessions, 2.5 expected, green zone`."""
        counted = f"{self.n_hits} hits in {self.n_sessions} sessions, {self.n_expected:.1f} expected, {self.light.zone} zone"
        if self.objections:
            return f"rejected: {counted}; {'; '.join(self.objections)}"
        return f"not rejected: {counted}"


def back_test(
    profits: ArrayLike, values_at_risk: ArrayLike, expected_shortfalls: ArrayLike, confidence: float
) -> BackTest:
    """One value a session, in the sessions' order, each forecast beside the profit that came; at least 1 session.

    Profit positive, forecasts positive losses. Raises ValueError on missing values or different lengths.
    """
    hits = hits_of(profits, values_at_risk)
    n_sessions, n_hits = len(hits), int(hits.sum())
    coverage = unconditional_coverage(n_sessions, n_hits, confidence)
    independent = independence(transitions(hits))
    forecasts = np.asarray(expected_shortfalls, dtype=np.float64)
    return BackTest(
        n_sessions=n_sessions,
        n_hits=n_hits,
        n_expected=n_sessions * float(1 - exact(confidence)),
        coverage=coverage,
        independence=independent,
        conditional=conditional_coverage(coverage, independent),
        time_between=time_between_hits(hits),
        light=traffic_light(n_sessions, n_hits, confidence),
        shortfall=expected_shortfall_z2(profits, hits, forecasts, confidence)
        if (forecasts > 0).all()
        else None,
    )
