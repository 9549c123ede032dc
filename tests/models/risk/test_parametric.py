import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import kurtosis, skew

from models.risk.parametric import (
    Moments,
    cornish_fisher_expected_shortfall,
    cornish_fisher_value_at_risk,
    ewma_variances,
    is_cornish_fisher_valid,
    moments,
    normal_expected_shortfall,
    normal_value_at_risk,
    student_t_expected_shortfall,
    student_t_value_at_risk,
)

UNIT = Moments(0.0, 1.0)
amounts = st.floats(min_value=-1e6, max_value=1e6).filter(lambda x: x == 0.0 or abs(x) > 1e-3)
vectors = st.lists(amounts, min_size=2, max_size=100)

GAUSSIAN_VALUE_AT_RISK = (
    (217, 331, 229, 469, 91, 246, 143) + (184, 276, 132, 137, 759, 219)
)  # fmt: skip
GAUSSIAN_EXPECTED_SHORTFALL = (
    (287, 426, 305, 606, 125, 325, 191) + (245, 363, 180, 187, 949, 286)
)  # fmt: skip
CORNISH_FISHER_VALUE_AT_RISK = (
    (256, 320, 280, 534, 109, 296, 177) + (138, 295, 150, 173, 621, 230)
)  # fmt: skip


@pytest.mark.real_data
def test_edhec_table_of_performanceanalytics(real_data: Path) -> None:
    returns = pd.read_csv(real_data / "risk_var" / "edhec.csv", index_col="date")
    series = [moments(returns[name]) for name in returns.columns]
    for measure, printed in (
        (normal_value_at_risk, GAUSSIAN_VALUE_AT_RISK),
        (normal_expected_shortfall, GAUSSIAN_EXPECTED_SHORTFALL),
        (cornish_fisher_value_at_risk, CORNISH_FISHER_VALUE_AT_RISK),
    ):
        # Printed cut off after four digits.
        assert tuple(math.floor(measure(each, 0.95) * 10_000) for each in series) == printed


@pytest.mark.parametrize(
    ("confidence", "value_at_risk", "shortfall"),
    [(0.95, 1.644854, 2.062713), (0.975, 1.959964, 2.337803), (0.99, 2.326348, 2.665214)],
)
def test_normal_of_deviation_one(confidence: float, value_at_risk: float, shortfall: float) -> None:
    assert normal_value_at_risk(UNIT, confidence) == pytest.approx(value_at_risk, abs=5e-7)
    assert normal_expected_shortfall(UNIT, confidence) == pytest.approx(shortfall, abs=5e-7)


@pytest.mark.parametrize(
    ("confidence", "value_at_risk", "shortfall"), [(0.975, 1.963243, 2.823871), (0.99, 2.649492, 3.691510)]
)
def test_t_of_four_degrees_and_deviation_one(
    confidence: float, value_at_risk: float, shortfall: float
) -> None:
    assert student_t_value_at_risk(UNIT, 4, confidence) == pytest.approx(value_at_risk, abs=5e-7)
    assert student_t_expected_shortfall(UNIT, 4, confidence) == pytest.approx(shortfall, abs=5e-7)


def test_a_mean_profit_makes_the_loss_smaller() -> None:
    assert normal_value_at_risk(Moments(0.5, 1.0), 0.95) == pytest.approx(1.144854, abs=5e-7)
    assert student_t_value_at_risk(Moments(0.5, 1.0), 4, 0.975) == pytest.approx(1.463243, abs=5e-7)


def test_two_degrees_have_no_variance() -> None:
    with pytest.raises(ValueError, match="degrees_of_freedom are 2"):
        student_t_value_at_risk(UNIT, 2, 0.99)


def test_ewma_of_hull() -> None:
    # Hull, Options, Futures and Other Derivatives, example 23.1: 1 % yesterday, a move of 2 %.
    assert math.sqrt(ewma_variances([0.02], 0.9, 0.01**2)[-1]) == pytest.approx(0.011402, abs=5e-7)
    assert math.sqrt(ewma_variances([0.02], 0.94, 0.01**2)[-1]) == pytest.approx(0.010863, abs=5e-7)


def test_an_ewma_forecast_does_not_know_its_own_session() -> None:
    assert ewma_variances([3.0, 100.0], 0.5, 1.0).tolist() == [1.0, 5.0, 5002.5]


def test_several_series_at_once() -> None:
    both = ewma_variances([[3.0, 0.0], [100.0, 2.0]], 0.5, [1.0, 8.0])
    assert both.tolist() == [[1.0, 8.0], [5.0, 4.0], [5002.5, 4.0]]


@pytest.mark.parametrize("decay", [0.0, 1.0, 1.5])
def test_a_decay_outside_zero_and_one_is_refused(decay: float) -> None:
    with pytest.raises(ValueError, match="decay is"):
        ewma_variances([1.0], decay, 1.0)


@given(vectors)
def test_moments_agree_with_scipy(profits: list[float]) -> None:
    found = moments(profits)
    assert found.deviation == pytest.approx(np.std(profits), rel=1e-9, abs=1e-6)
    assume(np.std(profits) > 1e-6 * max(1.0, max(map(abs, profits))))
    assert found.skewness == pytest.approx(skew(profits), abs=1e-6)
    assert found.excess_kurtosis == pytest.approx(kurtosis(profits), abs=1e-6)


def test_equal_profits_have_no_shape() -> None:
    assert moments([0.1] * 3) == Moments(pytest.approx(0.1), 0.0)


@pytest.mark.parametrize("profits", [[1.0], [], [[1.0, 2.0]]])
def test_fewer_than_two_profits_are_refused(profits: list[float]) -> None:
    with pytest.raises(ValueError, match="expected one vector of at least 2"):
        moments(profits)


def test_without_shape_cornish_fisher_is_the_normal() -> None:
    of = Moments(0.1, 2.0)
    assert is_cornish_fisher_valid(of)
    assert cornish_fisher_value_at_risk(of, 0.99) == pytest.approx(normal_value_at_risk(of, 0.99))
    assert cornish_fisher_expected_shortfall(of, 0.99) == pytest.approx(normal_expected_shortfall(of, 0.99))


@given(st.floats(-0.8, 0.8), st.floats(0.0, 4.0), st.sampled_from([0.9, 0.95, 0.99]))
def test_cornish_fisher_shortfall_is_the_mean_of_its_quantiles(
    skewness: float, excess: float, confidence: float
) -> None:
    of = Moments(0.0, 1.0, skewness, excess)
    mean, _ = quad(lambda tail: cornish_fisher_value_at_risk(of, 1 - tail), 1e-12, 1 - confidence, limit=200)
    assert cornish_fisher_expected_shortfall(of, confidence) == pytest.approx(
        mean / (1 - confidence), rel=1e-4
    )


@given(st.floats(-3, 3), st.floats(0, 12))
def test_valid_means_that_quantiles_rise(skewness: float, excess: float) -> None:
    of = Moments(0.0, 1.0, skewness, excess)
    levels = [float(level) for level in np.round(np.linspace(0.001, 0.999, 999), 3)]
    rises = bool(np.all(np.diff([cornish_fisher_value_at_risk(of, level) for level in levels]) >= -1e-12))
    # Quantiles may also fall beyond the levels that are looked at.
    assert rises or not is_cornish_fisher_valid(of)


def test_a_fat_skewed_tail_is_outside_the_domain() -> None:
    assert is_cornish_fisher_valid(Moments(0.0, 1.0, 0.0, 7.9))
    assert not is_cornish_fisher_valid(Moments(0.0, 1.0, 0.0, 8.1))
    assert not is_cornish_fisher_valid(Moments(0.0, 1.0, -2.0, 1.0))


@given(vectors, st.sampled_from([0.9, 0.95, 0.99]), st.sampled_from([0.5, 2.0, 1000.0]))
def test_shortfall_beyond_and_scaling(profits: list[float], confidence: float, scale: float) -> None:
    of, scaled = moments(profits), moments(np.array(profits) * scale)
    for value_at_risk, shortfall in (
        (normal_value_at_risk, normal_expected_shortfall),
        (lambda m, c: student_t_value_at_risk(m, 5, c), lambda m, c: student_t_expected_shortfall(m, 5, c)),
    ):
        assert shortfall(of, confidence) >= value_at_risk(of, confidence)
        assert value_at_risk(scaled, confidence) == pytest.approx(
            value_at_risk(of, confidence) * scale, rel=1e-6, abs=1e-6
        )
