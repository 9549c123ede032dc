import numpy as np
import pytest

from models.risk.tail import QuantileRank, interpolate, quantile_rank, worst_rank


@pytest.mark.parametrize(
    ("n_scenarios", "confidence", "k"),
    [
        (250, 0.95, 13),
        (250, 0.975, 7),
        (250, 0.99, 3),
        (500, 0.95, 26),
        (500, 0.975, 13),
        (500, 0.99, 6),
        (1000, 0.95, 51),
        (1000, 0.975, 26),
        (1000, 0.99, 11),
        (1000, 0.999, 2),
        # 100 * 0.55 is 55.00000000000001 in doubles.
        (100, 0.55, 46),
        (1, 0.99, 1),
    ],
)
def test_rank_of_the_kth_worst_loss(n_scenarios: int, confidence: float, k: int) -> None:
    assert worst_rank(n_scenarios, confidence) == k


@pytest.mark.parametrize(
    ("n_scenarios", "confidence", "rank"),
    [
        (250, 0.95, QuantileRank(236, 0.55)),
        (500, 0.99, QuantileRank(494, 0.01)),
        (101, 0.95, QuantileRank(95, 0.0)),
        (1001, 0.975, QuantileRank(975, 0.0)),
        # 100 * 0.57 is 56.99999999999999 in doubles.
        (101, 0.57, QuantileRank(57, 0.0)),
        (2, 0.99, QuantileRank(0, 0.99)),
    ],
)
def test_rank_of_the_type_7_quantile(n_scenarios: int, confidence: float, rank: QuantileRank) -> None:
    assert quantile_rank(n_scenarios, confidence) == rank


@pytest.mark.parametrize("confidence", [0.0, 1.0, -0.5, 99.0])
def test_a_confidence_outside_0_and_1_is_refused(confidence: float) -> None:
    with pytest.raises(ValueError, match="strictly between 0 and 1"):
        worst_rank(250, confidence)


def test_interpolation_never_leaves_its_two_values() -> None:
    same = np.array([0.1])
    assert interpolate(same, same, 0.3) == 0.1
