import numpy as np
import pytest

from models.risk.liquidity import cost_of_leaving, days_to_leave


def test_half_the_spread_of_a_bad_day() -> None:
    # 1,000 at 0.2 % + 3 * 0.1 % and a short 500 at 1 %: (5 + 5) / 2.
    assert cost_of_leaving([1_000.0, -500.0], [0.002, 0.01], [0.001, 0.0], 3.0) == pytest.approx(5.0)


def test_days_by_hand() -> None:
    found = days_to_leave([1_000.0, -1_000.0, 0.0], [5_000.0, 500.0, 0.0], participation=0.2)
    assert found.tolist() == [1.0, 10.0, 0.0]


def test_suspended_days_come_first() -> None:
    assert days_to_leave([1_000.0, 0.0], 5_000.0, 0.2, closed_days=[3, 3]).tolist() == [4.0, 0.0]


def test_without_volume_one_never_leaves() -> None:
    assert days_to_leave([1.0], [0.0]).tolist() == [np.inf]


@pytest.mark.parametrize("participation", [0.0, 1.1])
def test_a_participation_that_is_none_is_refused(participation: float) -> None:
    with pytest.raises(ValueError, match="participation is"):
        days_to_leave([1.0], [1.0], participation)
