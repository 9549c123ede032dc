import numpy as np
import pytest

from models.risk.revaluation import carry_forward, instrument_moves, look_through, simple_returns

PRICES = np.array([[100.0, 50.0], [110.0, 45.0], [99.0, 54.0]])


def test_a_move_is_the_simple_return_over_one_session() -> None:
    assert simple_returns(PRICES) == pytest.approx(np.array([[0.10, -0.10], [-0.10, 0.20]]))


@pytest.mark.parametrize("price", [0.0, -1.0, np.nan])
def test_prices_without_a_move_are_refused(price: float) -> None:
    with pytest.raises(ValueError, match="prices: 1 of 6"):
        simple_returns(np.where(PRICES == 45.0, price, PRICES))


def test_carried_prices_do_not_move_and_are_counted() -> None:
    prices = np.array([[np.nan, 50.0], [110.0, np.nan], [99.0, 54.0]])
    filled, n_filled = carry_forward(prices)
    assert np.isnan(filled[0, 0])
    assert filled[1, 1] == 50.0
    assert n_filled.tolist() == [0, 1]


def test_shares_move_by_themselves_funds_by_their_basket_deposits_not_at_all() -> None:
    share, other, fund, deposit = 0, 1, 2, 3
    baskets = look_through(
        [share, other, fund, fund], [0, 1, 0, 1], [1.0, 1.0, 0.6, 0.4], n_instruments=4, n_histories=2
    )
    moves = instrument_moves(np.array([[0.10, -0.10], [-0.10, 0.20]]), baskets)
    assert moves[share].tolist() == [0.10, -0.10]
    assert moves[other].tolist() == [-0.10, 0.20]
    assert moves[fund] == pytest.approx([0.02, 0.02])
    assert moves[deposit].tolist() == [0.0, 0.0]


def test_a_basket_of_more_than_the_whole_is_refused() -> None:
    with pytest.raises(ValueError, match=r"instrument 0 add up to 1\.100000"):
        look_through([0, 0], [0, 1], [0.6, 0.5], 1, 2)


def test_a_basket_that_names_a_part_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="1 pairs"):
        look_through([0, 0], [1, 1], [0.5, 0.5], 1, 2)
