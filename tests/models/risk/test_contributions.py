import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.risk.contributions import (
    historical_component_expected_shortfalls,
    historical_component_values_at_risk,
    incremental_values_at_risk,
    marginal,
    normal_component_values_at_risk,
)
from models.risk.parametric import moments, normal_value_at_risk
from models.risk.value_at_risk import historical_expected_shortfall, historical_value_at_risk

# Whole numbers: sums are exact, so the tail of a sum is the same however it is added up.
portfolios = st.tuples(st.integers(1, 6), st.integers(2, 60)).flatmap(
    lambda shape: arrays(np.float64, shape, elements=st.integers(-10_000, 10_000).map(float))
)
confidences = st.sampled_from([0.5, 0.9, 0.95, 0.99])

# Two parts under five scenarios; the whole loses 10, 6, 4, and gains 1 and 2.
TWO = np.array([[-7.0, -6.0, 0.0, 3.0, 1.0], [-3.0, 0.0, -4.0, -2.0, 1.0]])


def test_historical_value_at_risk_by_hand() -> None:
    # Position 4 * 0.9 = 3.6 from zero: 0.6 of the way from the loss of 6 to the loss of 10.
    assert historical_component_values_at_risk(TWO, 0.9) == pytest.approx([6 + 0.6 * 1, 0 + 0.6 * 3])


def test_historical_expected_shortfall_by_hand() -> None:
    # Value at risk at 50 % is 4: the losses of 10, 6 and 4 count.
    assert historical_component_expected_shortfalls(TWO, 0.5) == pytest.approx([13 / 3, 7 / 3])


def test_incremental_by_hand() -> None:
    # At 50 % the third of five sorted losses: 4 with both; 2 for the second alone, 0 for the first alone.
    assert incremental_values_at_risk(TWO, 0.5).tolist() == [4 - 2, 4 - 0]


def test_two_currencies_of_jorion() -> None:
    # 2 m at 5 %, 1 m at 12 %, uncorrelated, z 1.65. Four equally likely corners have exactly these moments.
    gains = np.array([[1, 1, -1, -1], [1, -1, 1, -1]]) * np.array([[100_000.0], [120_000.0]])
    z, confidence = 1.65, 0.9505285319663519
    found = normal_component_values_at_risk(gains, confidence)
    assert found == pytest.approx([105_630, 152_108], abs=1)
    assert found.sum() == pytest.approx(257_738, abs=1)
    alone = [normal_value_at_risk(moments(gain), confidence) for gain in gains]
    assert alone == pytest.approx([z * 100_000, z * 120_000])
    assert marginal(found, [2e6, 1e6]) == pytest.approx([0.0528, 0.1521], abs=1e-4)


def test_a_hedge_has_a_negative_contribution() -> None:
    whole = np.array([[-10.0, 0.0, 10.0], [4.0, 0.0, -4.0]])
    assert historical_component_values_at_risk(whole, 0.99)[1] < 0
    assert normal_component_values_at_risk(whole, 0.99)[1] < 0
    assert incremental_values_at_risk(whole, 0.99)[1] < 0


def test_what_is_not_held_has_no_margin() -> None:
    found = marginal(np.array([1.0, 0.0]), [2.0, 0.0])
    assert found[0] == 0.5
    assert math.isnan(found[1])


def test_a_whole_that_does_not_move_shares_its_mean() -> None:
    assert normal_component_values_at_risk([[2.0, -2.0], [-1.0, 3.0]], 0.99).tolist() == [0.0, -1.0]


@given(portfolios, confidences)
def test_components_add_up(profits: np.ndarray, confidence: float) -> None:
    whole = profits.sum(axis=0)
    for components, measure in (
        (historical_component_values_at_risk, historical_value_at_risk),
        (historical_component_expected_shortfalls, historical_expected_shortfall),
        (normal_component_values_at_risk, lambda values, c: normal_value_at_risk(moments(values), c)),
    ):
        assert components(profits, confidence).sum() == pytest.approx(
            measure(whole, confidence), rel=1e-9, abs=1e-6
        )


@given(portfolios, confidences, st.randoms())
def test_the_order_of_parts_does_not_matter(profits: np.ndarray, confidence: float, random) -> None:
    order = list(range(len(profits)))
    random.shuffle(order)
    for components in (historical_component_values_at_risk, historical_component_expected_shortfalls):
        assert (
            components(profits[order], confidence).tolist() == components(profits, confidence)[order].tolist()
        )


@given(portfolios, confidences)
def test_cash_contributes_nothing(profits: np.ndarray, confidence: float) -> None:
    with_cash = np.vstack([profits, np.zeros(profits.shape[1])])
    for components in (
        historical_component_values_at_risk,
        historical_component_expected_shortfalls,
        normal_component_values_at_risk,
        incremental_values_at_risk,
    ):
        found = components(with_cash, confidence)
        assert found[-1] == 0.0
        assert found[:-1].tolist() == components(profits, confidence).tolist()


@pytest.mark.parametrize("profits", [[1.0, 2.0], [[1.0], [2.0]]])
def test_fewer_than_two_scenarios_are_refused(profits: list) -> None:
    with pytest.raises(ValueError, match="expected parts x at least 2 scenarios"):
        incremental_values_at_risk(profits, 0.95)
