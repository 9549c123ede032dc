import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.risk.stress import (
    betas,
    correlated,
    episode_moves,
    least_move,
    limit_down,
    move_to_fall_below,
    stressed,
)

fractions = st.floats(0.05, 3.0)


def test_a_position_that_was_not_shocked_is_counted_and_not_taken_as_still() -> None:
    found = stressed([100.0, -50.0, -30.0], [-0.2, -0.1, math.nan])
    assert found.profit == pytest.approx(-20 + 5)
    assert found.not_shocked == 30.0


def test_an_episode_by_its_two_ends() -> None:
    found = episode_moves([100.0, math.nan, 0.0, 50.0], [60.0, 10.0, 10.0, math.nan])
    assert found[0] == pytest.approx(-0.4)
    assert np.isnan(found[1:]).all()


def test_betas_by_hand() -> None:
    index = np.array([-0.02, 0.0, 0.02])
    moves = np.column_stack([index * 1.5 + 0.01, -index, np.zeros(3)])
    assert betas(moves, index) == pytest.approx([1.5, -1.0, 0.0])


def test_nothing_moves_with_an_index_that_stands_still() -> None:
    with pytest.raises(ValueError, match="does not move in 2 scenarios"):
        betas([[0.1], [0.2]], [0.0, 0.0])


def test_correlations_to_nine_tenths_and_twice_the_volatility() -> None:
    found = correlated([[0.04, 0.0], [0.0, 0.09]], 0.9, 2.0)
    assert found == pytest.approx(np.array([[0.16, 0.216], [0.216, 0.36]]))
    assert np.linalg.eigvalsh(found).min() > 0
    with pytest.raises(ValueError, match=r"correlation is -0\.1"):
        correlated([[1.0]], -0.1)


def test_three_days_limit_down() -> None:
    assert limit_down(0.10, 3) == pytest.approx(-0.271)


def test_the_fall_that_a_margin_account_bears() -> None:
    # Cash 200,000, holdings 800,000, debt 512,000: 130 % at holdings of 465,600, a fall of 41.8 %.
    falls = move_to_fall_below([2e5, 2e5], [8e5, 8e5], [1.0, 2.0], [512e3, 512e3], 1.3)
    assert falls == pytest.approx([-0.418, -0.209])


def test_accounts_that_no_fall_brings_down_and_one_that_is_down() -> None:
    falls = move_to_fall_below(
        [0.0, 100.0, 0.0, 150.0, 10.0], [100.0, 0.0, 100.0, 100.0, 100.0], [1.0, 1.0, -0.5, 1.0, 1.0],
        [0.0, 50.0, 50.0, 100.0, 100.0], 1.3,
    )  # fmt: skip
    # No debt; nothing held; gains from a fall; has more cash than the line asks for; 110 of 130.
    assert falls.tolist() == [-math.inf, -math.inf, -math.inf, -math.inf, 0.0]


@given(st.floats(0, 1e6), st.floats(1, 1e6), fractions, st.floats(1, 1e6))
def test_at_the_move_the_ratio_is_the_line(cash: float, value: float, beta: float, debt: float) -> None:
    [move] = move_to_fall_below([cash], [value], [beta], [debt], 1.3)
    if math.isfinite(move) and move < 0:
        assert (cash + value * (1 + beta * move)) / debt == pytest.approx(
            1.3, rel=1e-6, abs=1e-9 * (cash + value) / debt
        )


def test_the_least_move_for_a_share_of_the_accounts() -> None:
    moves = [-0.4, -0.1, -math.inf, -0.2, -0.3]
    assert [least_move(moves, share) for share in (0.2, 0.21, 0.4, 0.8, 1.0)] == [
        -0.1,
        -0.2,
        -0.2,
        -0.4,
        -math.inf,
    ]
    with pytest.raises(ValueError, match="share of 0 of 5"):
        least_move(moves, 0)
