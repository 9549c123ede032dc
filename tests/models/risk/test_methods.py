import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.risk.methods import VECTOR_METHODS, drawn_profits, factors_of, monte_carlo
from models.risk.value_at_risk import historical_value_at_risk

BY_NAME = {method.name: method for method in VECTOR_METHODS}
cents = st.integers(-10_000_000, 10_000_000).map(float)
vectors = st.lists(cents, min_size=10, max_size=200).map(np.array)
confidences = st.sampled_from([0.95, 0.975, 0.99])


@given(vectors, confidences, st.sampled_from(sorted(BY_NAME)))
def test_shortfall_lies_beyond_value_at_risk_in_the_methods_domain(
    profits: np.ndarray, confidence: float, name: str
) -> None:
    found = BY_NAME[name].measure(profits, confidence)
    slack = 1e-9 * (1 + np.abs(profits).max())
    assert not found.is_in_domain or found.expected_shortfall >= found.value_at_risk - slack


@given(vectors, st.sampled_from(sorted(BY_NAME)))
def test_monotone_in_confidence_in_the_methods_domain(profits: np.ndarray, name: str) -> None:
    found = [BY_NAME[name].measure(profits, confidence) for confidence in (0.95, 0.975, 0.99)]
    slack = 1e-9 * (1 + np.abs(profits).max())
    if all(each.is_in_domain for each in found):
        values = [each.value_at_risk for each in found]
        assert values[0] <= values[1] + slack <= values[2] + 2 * slack


@given(vectors, confidences, st.sampled_from(sorted(BY_NAME)), st.sampled_from([0.5, 3.0, 1000.0]))
def test_a_portfolio_of_twice_the_size_has_twice_the_risk(
    profits: np.ndarray, confidence: float, name: str, scale: float
) -> None:
    one = BY_NAME[name].measure(profits, confidence)
    scaled = BY_NAME[name].measure(profits * scale, confidence)
    slack = 1e-6 * scale * (1 + np.abs(profits).max())
    assert scaled.value_at_risk == pytest.approx(one.value_at_risk * scale, abs=slack)
    assert scaled.expected_shortfall == pytest.approx(one.expected_shortfall * scale, abs=slack)


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_what_holds_nothing_has_no_risk(name: str) -> None:
    found = BY_NAME[name].measure(np.zeros(100), 0.99)
    assert (found.value_at_risk, found.expected_shortfall, found.is_in_domain) == (0.0, 0.0, True)


def test_a_wild_end_of_a_quiet_past() -> None:
    # 400 sessions of +-1, then 20 of +-10: what weighs or fits to today sees more risk than what does not.
    profits = np.concatenate([np.tile([1.0, -1.0], 200), np.tile([10.0, -10.0], 10)])
    plain = historical_value_at_risk(profits, 0.95)
    assert plain == 1.0
    for name in ("age_weighted_historical_simulation", "ewma_normal"):
        assert BY_NAME[name].measure(profits, 0.95).value_at_risk > 9.0
    assert BY_NAME["filtered_historical_simulation"].measure(profits, 0.95).value_at_risk > 5.0


def test_a_fat_tail_is_outside_the_domain_of_cornish_fisher() -> None:
    profits = np.concatenate([np.tile([1.0, -1.0], 100), [-100.0]])
    assert not BY_NAME["cornish_fisher"].measure(profits, 0.99).is_in_domain
    assert BY_NAME["normal"].measure(profits, 0.99).is_in_domain


def test_monte_carlo_lies_within_its_errors_of_the_normal_of_the_same_moves() -> None:
    moves = np.random.default_rng(11).normal(0.0, 0.01, (500, 3)) @ np.array(
        [[1.0, 0.5, 0.0], [0.0, 1.0, 0.3], [0.0, 0.0, 1.0]]
    )
    exposures = np.array([100_000.0, -40_000.0, 60_000.0])
    past = moves @ exposures
    expected = BY_NAME["normal"].measure(past - past.mean(), 0.99)
    found = monte_carlo(drawn_profits(exposures, factors_of(moves), 7, 20, None), 0.99)
    assert found.standard_error is not None
    assert found.standard_error < 0.02 * expected.value_at_risk
    assert abs(found.value_at_risk - expected.value_at_risk) < 3 * found.standard_error


def test_drawn_profits_depend_on_the_seed_only() -> None:
    moves = np.random.default_rng(3).normal(0.0, 0.01, (50, 2))
    exposures = np.array([10.0, 20.0])
    two, one = (drawn_profits(exposures, factors_of(moves), 7, n, 4.0) for n in (2, 1))
    assert np.array_equal(two[: len(one)], one)
    assert not np.array_equal(one, drawn_profits(exposures, factors_of(moves), 8, 1, 4.0))
