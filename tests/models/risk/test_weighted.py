import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.risk.value_at_risk import kth_worst_loss, tail_mass_expected_shortfall
from models.risk.weighted import age_weights, filtered, weighted_expected_shortfall, weighted_value_at_risk

amounts = st.floats(-1e6, 1e6, allow_subnormal=False)
vectors = st.lists(amounts, min_size=2, max_size=200)
confidences = st.sampled_from([0.5, 0.9, 0.95, 0.975, 0.99])


def test_weights_by_hand() -> None:
    assert age_weights(3, 0.5).tolist() == pytest.approx([1 / 7, 2 / 7, 4 / 7])
    assert age_weights(4, 1.0).tolist() == [0.25] * 4


@pytest.mark.parametrize(("n_scenarios", "decay"), [(0, 0.9), (5, 0.0), (5, 1.1)])
def test_impossible_weights_are_refused(n_scenarios: int, decay: float) -> None:
    with pytest.raises(ValueError, match=f"{n_scenarios} scenarios with decay {decay}"):
        age_weights(n_scenarios, decay)


def test_a_recent_loss_counts_for_more_than_an_old_one() -> None:
    # Weights 1/15, 2/15, 4/15, 8/15: the newest alone holds more than the worst 30 %, the oldest less.
    weights = age_weights(4, 0.5)
    assert weighted_value_at_risk([0.0, 0.0, 0.0, -9.0], weights, 0.7) == 9.0
    assert weighted_value_at_risk([-9.0, 0.0, 0.0, 0.0], weights, 0.7) == 0.0
    # 1/15 of 3/10 loses 9.
    assert weighted_expected_shortfall([-9.0, 0.0, 0.0, 0.0], weights, 0.7) == pytest.approx(9 / 15 / 0.3)


@given(vectors, confidences)
def test_equal_weights_give_the_kth_worst(profits: list[float], confidence: float) -> None:
    equal = age_weights(len(profits), 1.0)
    assert weighted_value_at_risk(profits, equal, confidence) == kth_worst_loss(profits, confidence)
    assert weighted_expected_shortfall(profits, equal, confidence) == pytest.approx(
        tail_mass_expected_shortfall(profits, confidence), rel=1e-6, abs=1e-4
    )


@given(vectors, st.floats(0.5, 1.0))
def test_shortfall_beyond_and_rising_with_confidence(profits: list[float], decay: float) -> None:
    weights = age_weights(len(profits), decay)
    found = [weighted_value_at_risk(profits, weights, c) for c in (0.5, 0.9, 0.95, 0.99)]
    assert found == sorted(found)
    for value_at_risk, confidence in zip(found, (0.5, 0.9, 0.95, 0.99), strict=True):
        assert weighted_expected_shortfall(profits, weights, confidence) >= value_at_risk


@pytest.mark.parametrize("weights", [[0.5, 0.6], [1.5, -0.5], [1.0]])
def test_weights_that_are_no_probabilities_are_refused(weights: list[float]) -> None:
    with pytest.raises(ValueError, match="weights"):
        weighted_value_at_risk([1.0, 2.0], weights, 0.9)


def test_filtering_by_hand() -> None:
    # Mean square 5; forecasts 5, (5 + 1) / 2 = 3 and, for the session to come, (3 + 9) / 2 = 6.
    assert filtered([1.0, 3.0], 0.5).tolist() == pytest.approx([np.sqrt(6 / 5), 3 * np.sqrt(6 / 3)])


def test_a_quiet_past_is_made_as_wild_as_today() -> None:
    quiet_then_wild = np.array([0.01, -0.01] * 100 + [0.05, -0.05] * 20)
    found = filtered(quiet_then_wild, 0.94)
    assert np.abs(found[50:200]).min() > 0.03
    assert np.array_equal(np.sign(found), np.sign(quiet_then_wild))


def test_each_series_is_filtered_by_itself() -> None:
    moves = np.array([[1.0, 0.0], [3.0, 0.0]])
    found = filtered(moves, 0.5)
    assert found[:, 0].tolist() == filtered([1.0, 3.0], 0.5).tolist()
    assert found[:, 1].tolist() == [0.0, 0.0]
