from math import log2
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from sklearn import metrics

from models.intervals import Resampling
from models.recommendation import popularity
from models.recommendation.measures import coverage, judge, ndcg_at_k, recall_at_k
from models.recommendation.ranking import top_ranked

FEW = Resampling(n_draws=50)


def test_ndcg_by_hand() -> None:
    # Hits at places 1 and 3 of 3; the ideal has both relevant items in front.
    assert ndcg_at_k("abc", {"a", "c"}, 3) == pytest.approx((1 + 1 / 2) / (1 + 1 / log2(3)))
    # The ideal is cut at k: one relevant item in front of a list of one is perfect.
    assert ndcg_at_k("ab", {"a", "x", "y"}, 1) == 1.0
    assert ndcg_at_k("ab", {"x"}, 10) == 0.0


def test_recall_by_hand() -> None:
    assert recall_at_k("abcd", {"a", "d", "x"}, 3) == pytest.approx(1 / 3)


def test_coverage_by_hand() -> None:
    assert coverage(["ab", "ba", "c"], 10, 1) == 0.3


@given(st.permutations(range(12)), st.sets(st.integers(0, 11), min_size=1), st.integers(1, 12))
def test_ndcg_agrees_with_scikit_learn(order: list[int], relevant: set[int], k: int) -> None:
    truth = [[1.0 if item in relevant else 0.0 for item in order]]
    expected = metrics.ndcg_score(truth, [list(range(12, 0, -1))], k=k)
    assert ndcg_at_k(order, relevant, k) == pytest.approx(expected)


def test_clients_with_nothing_relevant_are_left_out_and_counted() -> None:
    quality = judge(["ab", "ab", "ba"], [{"a"}, set(), {"x"}], 4, 2, FEW)
    assert quality is not None
    assert (quality.n_clients, quality.n_left_out) == (2, 1)
    assert quality.ndcg.value == 0.5
    assert quality.coverage_ratio == 0.5
    assert quality.ndcg.lower <= 0.5 <= quality.ndcg.upper
    assert judge(["ab"], [set()], 4, 2, FEW) is None


def test_nothing_relevant_has_no_ideal() -> None:
    with pytest.raises(ValueError, match="leave the client out"):
        ndcg_at_k("ab", set(), 10)


@pytest.mark.real_data
def test_popularity_on_movielens_under_a_global_split_in_time(real_data: Path) -> None:
    ratings = pd.read_csv(real_data / "rec_movielens_small" / "ratings.csv")
    cut = ratings["timestamp"].quantile(0.8)
    users, films = np.unique(ratings["userId"]), np.unique(ratings["movieId"])
    ratings["user"], ratings["film"] = (
        np.searchsorted(users, ratings["userId"]),
        np.searchsorted(films, ratings["movieId"]),
    )
    past, future = ratings[ratings["timestamp"] <= cut], ratings[ratings["timestamp"] > cut]
    known = sorted(set(past["user"]) & set(future["user"]))
    assert (len(users), len(films), len(known)) == (610, 9724, 28)
    assert len(set(future["user"]) - set(past["user"])) == 88

    seen = sparse.coo_array(
        (np.ones(len(past)), (past["user"], past["film"])), shape=(len(users), len(films))
    ).tocsr()
    counts = popularity.fit(seen)
    names = [f"{film:06d}" for film in films]
    lists = [top_ranked(counts, seen[[user]].toarray()[0] == 0, names, 10).tolist() for user in known]
    turned_to = [set(future.loc[future["user"] == user, "film"]) for user in known]
    quality = judge(lists, turned_to, len(films), 10, FEW)
    assert quality is not None
    assert quality.ndcg.value == pytest.approx(0.110, abs=0.0005)
