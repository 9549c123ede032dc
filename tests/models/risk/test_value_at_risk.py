import math
from pathlib import Path
from random import Random

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from skfolio import measures as skfolio

from models.risk.value_at_risk import (
    historical_expected_shortfall,
    historical_value_at_risk,
    kth_worst_expected_shortfall,
    kth_worst_loss,
    tail_mass_expected_shortfall,
)

CONFIDENCES = (0.95, 0.975, 0.99)
amounts = st.floats(min_value=-1e6, max_value=1e6, allow_subnormal=False)
vectors = st.lists(amounts, min_size=2, max_size=300)
# Far from the subnormal floats, where a sum, a product or a mean of what goes in is rounded to fewer bits.
normal_amounts = amounts.filter(lambda value: value == 0.0 or abs(value) >= 1e-200)
normal_vectors = st.lists(normal_amounts, min_size=2, max_size=300)
confidences = st.sampled_from([0.5, 0.9, 0.95, 0.975, 0.99, 0.999])

EDHEC_VALUE_AT_RISK = (
    (0.0150, 0.0314, 0.0197, 0.0423, 0.0083, 0.0255, 0.0072)
    + (0.0149, 0.0262, 0.0106, 0.0114, 0.0667, 0.0203)
)  # fmt: skip
EDHEC_EXPECTED_SHORTFALL = (
    (0.0387, 0.0406, 0.0413, 0.0754, 0.0175, 0.0444, 0.0290)
    + (0.0210, 0.0448, 0.0233, 0.0271, 0.0948, 0.0356)
)  # fmt: skip


def oracle(profits_and_losses: list[float], confidence_permille: int) -> tuple[float, float]:
    """Type 7 in ten plain lines; the confidence is a whole number of thousandths, so positions are exact."""
    losses = sorted(-value for value in profits_and_losses)
    below, rest = divmod((len(losses) - 1) * confidence_permille, 1000)
    low, high = losses[below], losses[below + 1]
    quantile = min(max(low + (high - low) * (rest / 1000), low), high)
    tail = [loss for loss in losses if loss >= quantile]
    return quantile, math.fsum(tail) / len(tail)


def test_ten_losses_by_hand() -> None:
    profits_and_losses = [-1.0, -2.0, -3.0, -4.0, -5.0, -6.0, -7.0, -8.0, -9.0, -10.0]
    # Position 9 * 0.9 = 8.1 from zero: between the losses 9 and 10.
    assert historical_value_at_risk(profits_and_losses, 0.9) == pytest.approx(9.1)
    assert historical_expected_shortfall(profits_and_losses, 0.9) == 10.0
    # k = 10 - 9 + 1 = 2.
    assert kth_worst_loss(profits_and_losses, 0.9) == 9.0
    assert kth_worst_expected_shortfall(profits_and_losses, 0.9) == 9.5
    assert tail_mass_expected_shortfall(profits_and_losses, 0.9) == 10.0


def test_losses_equal_to_the_quantile_all_count_in_the_shortfall() -> None:
    profits_and_losses = [-5.0] * 9 + [-6.0]
    assert historical_value_at_risk(profits_and_losses, 0.5) == 5.0
    assert historical_expected_shortfall(profits_and_losses, 0.5) == pytest.approx(5.1)


def test_only_profits_give_a_negative_value_at_risk() -> None:
    assert historical_value_at_risk([1.0, 2.0, 3.0], 0.5) == -2.0


@pytest.mark.real_data
def test_edhec_table_of_performanceanalytics(real_data: Path) -> None:
    returns = pd.read_csv(real_data / "risk_var" / "edhec.csv", index_col="date")
    assert returns.shape == (293, 13)
    columns = [returns[name].to_numpy() for name in returns.columns]
    quantiles = [historical_value_at_risk(column, 0.95) for column in columns]
    shortfalls = [historical_expected_shortfall(column, 0.95) for column in columns]
    # Printed truncated to four digits, so the true value lies in [printed, printed + 0.0001).
    for found, printed in [(quantiles, EDHEC_VALUE_AT_RISK), (shortfalls, EDHEC_EXPECTED_SHORTFALL)]:
        assert [math.floor(value * 10_000) / 10_000 for value in found] == list(printed)


@pytest.mark.real_data
def test_sp500_exceptions_of_the_published_back_test(real_data: Path) -> None:
    closes = pd.read_csv(real_data / "risk_var" / "sp500.csv.gz")["Adj Close"].to_numpy()
    returns = np.diff(np.log(closes))
    days = range(250, len(returns))
    hits = [-returns[day] > historical_value_at_risk(returns[day - 250 : day], 0.99) for day in days]
    assert (len(hits), sum(hits)) == (4780, 81)


@given(vectors, st.sampled_from([500, 900, 950, 975, 990, 999]))
@example([0.0] * 50, 950)
@example([-0.1] * 3, 500)
def test_agrees_with_the_plain_oracle(profits_and_losses: list[float], permille: int) -> None:
    quantile, shortfall = oracle(profits_and_losses, permille)
    assert historical_value_at_risk(profits_and_losses, permille / 1000) == pytest.approx(quantile, abs=1e-9)
    found = historical_expected_shortfall(profits_and_losses, permille / 1000)
    assert found == pytest.approx(shortfall, rel=1e-9, abs=1e-9)


@given(vectors, confidences)
def test_agrees_with_skfolio_under_its_own_convention(
    profits_and_losses: list[float], confidence: float
) -> None:
    values = np.array(profits_and_losses)
    tolerance = 1e-9 * max(1.0, float(np.abs(values).max()))
    assert kth_worst_loss(values, confidence) == skfolio.value_at_risk(values, beta=confidence)
    shortfall = tail_mass_expected_shortfall(values, confidence)
    assert shortfall == pytest.approx(skfolio.cvar(values, beta=confidence), abs=tolerance)


@given(vectors, confidences)
def test_shortfall_is_never_below_the_value_at_risk(
    profits_and_losses: list[float], confidence: float
) -> None:
    quantile = historical_value_at_risk(profits_and_losses, confidence)
    assert historical_expected_shortfall(profits_and_losses, confidence) >= quantile
    kth_worst = kth_worst_loss(profits_and_losses, confidence)
    assert kth_worst_expected_shortfall(profits_and_losses, confidence) >= kth_worst


@given(vectors)
def test_grows_with_the_confidence(profits_and_losses: list[float]) -> None:
    low, middle, high = (historical_value_at_risk(profits_and_losses, c) for c in CONFIDENCES)
    assert low <= middle <= high
    low, middle, high = (historical_expected_shortfall(profits_and_losses, c) for c in CONFIDENCES)
    assert low <= middle + 1e-9
    assert middle <= high + 1e-9


SCALED = (historical_value_at_risk, historical_expected_shortfall, kth_worst_loss)


@given(normal_vectors, confidences, st.sampled_from([0.25, 2.0, 1024.0]))
@example([0.0] * 6 + [-1e-200], 0.5, 0.25)
def test_scales_with_the_positions_to_the_bit(
    profits_and_losses: list[float], confidence: float, factor: float
) -> None:
    scaled = [value * factor for value in profits_and_losses]
    for function in SCALED:
        assert function(scaled, confidence) == function(profits_and_losses, confidence) * factor


@given(vectors, confidences, st.sampled_from([0.25, 2.0, 1024.0]))
@example([0.0] * 6 + [-2.2250738585072014e-308], 0.5, 0.25)
def test_scales_with_the_positions_where_a_mean_is_subnormal(
    profits_and_losses: list[float], confidence: float, factor: float
) -> None:
    """A power of two is exact for normal floats only: the example's mean, 3e-309, keeps fewer bits."""
    scaled = [value * factor for value in profits_and_losses]
    for function in SCALED:
        expected = function(profits_and_losses, confidence) * factor
        assert function(scaled, confidence) == pytest.approx(expected, rel=1e-15, abs=1e-300)


@given(vectors, confidences, st.randoms(use_true_random=False))
def test_the_order_of_scenarios_does_not_matter(
    profits_and_losses: list[float], confidence: float, generator: Random
) -> None:
    shuffled = list(profits_and_losses)
    generator.shuffle(shuffled)
    for function in SCALED:
        assert function(shuffled, confidence) == function(profits_and_losses, confidence)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_missing_values_are_refused_with_their_count(value: float) -> None:
    with pytest.raises(ValueError, match="profits_and_losses: 1 of 3 values are missing"):
        historical_value_at_risk([1.0, value, 2.0], 0.95)


def test_one_scenario_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 2"):
        kth_worst_loss([1.0], 0.95)
