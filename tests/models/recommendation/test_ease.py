import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from models.recommendation import popularity
from models.recommendation.ease import EaseParams, fit, scores

INTERESTS = sparse.random_array((60, 8), density=0.3, rng=np.random.default_rng(8), format="csr")


def test_two_items_by_hand() -> None:
    # X'X = [[2, 1], [1, 1]], plus 1 on the diagonal: [[3, 1], [1, 2]]; its inverse is [[2, -1], [-1, 3]] / 5,
    # so the weights are 1/3 from the first to the second and 1/2 back.
    interests = sparse.csr_array(np.array([[1.0, 1.0], [1.0, 0.0]]))
    weights = fit(interests, EaseParams(regularisation=1.0, own_interest=0.0))
    assert weights == pytest.approx(np.array([[0.0, 1 / 3], [1 / 2, 0.0]]))
    assert scores(weights, interests) == pytest.approx(np.array([[1 / 2, 1 / 3], [0.0, 1 / 3]]))


def test_own_interest_counts_beside_what_the_others_say() -> None:
    interests = sparse.csr_array(np.array([[1.0, 1.0], [1.0, 0.0]]))
    weights = fit(interests, EaseParams(regularisation=1.0, own_interest=0.25))
    assert weights == pytest.approx(np.array([[0.25, 1 / 3], [1 / 2, 0.25]]))
    assert scores(weights, interests) == pytest.approx(np.array([[3 / 4, 7 / 12], [1 / 4, 1 / 3]]))


def test_each_column_is_the_ridge_regression_of_its_item_on_the_others() -> None:
    weights = fit(INTERESTS, EaseParams(regularisation=2.0, own_interest=0.25))
    dense = INTERESTS.toarray()
    for item in range(dense.shape[1]):
        others = np.delete(dense, item, axis=1)
        penalised = others.T @ others + 2.0 * np.eye(others.shape[1])
        ridge = np.linalg.solve(penalised, others.T @ dense[:, item])
        assert np.delete(weights[:, item], item) == pytest.approx(ridge, abs=1e-10)
        assert weights[item, item] == 0.25


@given(st.integers(1, 59))
def test_scores_do_not_depend_on_neighbours(cut: int) -> None:
    weights = fit(INTERESTS, EaseParams())
    parts = [scores(weights, INTERESTS[:cut]), scores(weights, INTERESTS[cut:])]
    assert np.concatenate(parts).tobytes() == scores(weights, INTERESTS).tobytes()


def test_popularity_counts_clients_not_points() -> None:
    assert popularity.fit(sparse.csr_array(np.array([[9.0, 0.0], [1.0, 1.0]]))).tolist() == [2.0, 1.0]


def test_what_cannot_be_fitted_is_refused() -> None:
    with pytest.raises(ValueError, match="interactions: 1 are not finite"):
        fit(sparse.csr_array(np.array([[np.nan]])), EaseParams())
    with pytest.raises(ValueError, match="regularisation is 0"):
        EaseParams(regularisation=0)
    with pytest.raises(ValueError, match=r"own_interest is -0\.1"):
        EaseParams(own_interest=-0.1)
