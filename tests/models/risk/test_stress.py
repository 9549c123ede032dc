import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.risk.stress import (
    betas,
    bond_moves_at_most,
    correlated,
    episode_moves,
    largest_name_moves,
    least_move,
    limit_down,
    move_to_fall_below,
    not_shocked,
    portfolio_profits,
    stressed_deviations,
)

fractions = st.floats(0.05, 3.0)


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


def test_profits_of_portfolios_leave_out_what_was_not_shocked() -> None:
    # Two portfolios of three names; the second name has no move, or only the first portfolio's has one.
    held = [[100.0, 50.0, -30.0], [0.0, 10.0, 20.0]]
    assert portfolio_profits(held, [-0.2, math.nan, -0.1]).tolist() == [-17.0, -2.0]
    assert not_shocked(np.abs(held), [-0.2, math.nan, -0.1]).tolist() == [50.0, 10.0]
    of_each = [[-0.2, math.nan, -0.1], [math.nan, -0.5, math.nan]]
    assert portfolio_profits(held, of_each).tolist() == [-17.0, -5.0]
    assert not_shocked(np.abs(held), of_each).tolist() == [50.0, 20.0]


def test_deviations_under_covariances() -> None:
    # 3 and 4 apart: 5; together: 7; against each other: 1.
    for correlation, expected in ((0.0, 5.0), (1.0, 7.0), (-1.0, 1.0)):
        covariances = [[0.09, correlation * 0.12], [correlation * 0.12, 0.16]]
        assert stressed_deviations([[10.0, 10.0]], covariances) == pytest.approx([expected])
    assert stressed_deviations(np.empty((1, 0)), np.empty((0, 0))).tolist() == [0.0]


def test_the_largest_name_of_each_portfolio() -> None:
    found = largest_name_moves([[10.0, 30.0, 30.0], [-5.0, 0.0, -1.0]], -0.5)
    assert found[0].tolist()[1] == -0.5
    assert np.isnan(found[0][[0, 2]]).all()
    # Nothing that is held long: nothing falls.
    assert np.isnan(found[1]).all()
    assert largest_name_moves(np.empty((2, 0)), -0.5).shape == (2, 0)


def test_a_bond_moves_by_at_most_what_one_payment_at_its_end_would() -> None:
    found = bond_moves_at_most([4.0, 0.0, -1.0, math.nan], 0.01)
    # exp(-0.04) = 0.960789.
    assert found[:3] == pytest.approx([-0.0392106, 0.0, 0.0], abs=5e-8)
    assert np.isnan(found[3])
    assert bond_moves_at_most([4.0], -0.01) == pytest.approx([0.0408108], abs=5e-8)


def test_three_days_limit_down() -> None:
    assert limit_down(0.10, 3) == pytest.approx(-0.271)


def test_the_fall_that_a_margin_account_bears() -> None:
    # Cash 200,000, holdings 800,000, debt 512,000: 130 % at holdings of 465,600, a fall of 41.8 %.
    falls = move_to_fall_below([2e5, 2e5], [8e5, 8e5], [8e5, 16e5], [512e3, 512e3], 1.3)
    assert falls == pytest.approx([-0.418, -0.209])


def test_accounts_that_no_fall_brings_down_and_one_that_is_down() -> None:
    falls = move_to_fall_below(
        [0.0, 100.0, 0.0, 150.0, 10.0], [100.0, 0.0, 100.0, 100.0, 100.0], [100.0, 0.0, -50.0, 100.0, 100.0],
        [0.0, 50.0, 50.0, 100.0, 100.0], 1.3,
    )  # fmt: skip
    # No debt; nothing held; gains from a fall; has more cash than the line asks for; 110 of 130.
    assert falls.tolist() == [-math.inf, -math.inf, -math.inf, -math.inf, 0.0]


def test_what_is_sold_short_is_a_debt_that_falls_with_the_index() -> None:
    # 1,000 held, 300 sold short and 500 owed beside that, all as the index; a fall by a tenth leaves 101 + 900 over
    # 500 + 270, which is 1.3.
    found = move_to_fall_below([101.0], [1000.0], [1000.0 - 1.3 * 300.0], [800.0], 1.3)
    assert found == pytest.approx([-0.1])


@given(st.floats(0, 1e6), st.floats(1, 1e6), fractions, st.floats(1, 1e6))
def test_at_the_move_the_ratio_is_the_line(cash: float, value: float, beta: float, debt: float) -> None:
    [move] = move_to_fall_below([cash], [value], [value * beta], [debt], 1.3)
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
