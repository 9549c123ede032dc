from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from models.recommendation.ranking import (
    Catalogue,
    Recommendation,
    UnsuitableRecommendation,
    assert_suitable,
    recommend,
    top_ranked,
)
from models.recommendation.suitability import ClientLevel, max_product_level, suitable

TODAY = date(2022, 12, 23)
IDS = ("i1", "i2", "i3", "i4")
PRODUCTS: dict[str, str | None] = {"i1": "R1", "i2": "R2", "i3": "R5", "i4": None}
WEIGHTS = np.array([[0, 0.5, 0.9, 0], [0.1, 0, 0.3, 0], [0.2, 0.4, 0, 0], [0.3, 0.1, 0.2, 0]])
CATALOGUE = Catalogue(IDS, WEIGHTS, np.array([3.0, 7.0, 9.0, 0.0]))


def lists(interests: list[list[float]], allowed: list[list[bool]], k: int = 3) -> list[Recommendation]:
    clients = [f"c{number}" for number in range(len(interests))]
    return recommend(clients, sparse.csr_array(np.array(interests)), np.array(allowed), CATALOGUE, k)


def test_ranks_what_is_allowed_and_says_because_of_what() -> None:
    rows = lists([[1.0, 0.0, 0.0, 2.0]], [[False, True, True, False]])
    # i3: 0.9 from i1, 0.4 from i4; i2: 0.5 from i1, 0.2 from i4.
    assert [(row.rank, row.instrument_id, row.because) for row in rows] == [(1, "i3", "i1"), (2, "i2", "i1")]
    assert [row.score for row in rows] == pytest.approx([1.3, 0.7])


def test_what_the_client_looked_at_itself_may_be_the_reason() -> None:
    weights = WEIGHTS + 0.25 * np.eye(4)
    own = Catalogue(IDS, weights, CATALOGUE.popularity)
    rows = recommend(
        ["c"], sparse.csr_array(np.array([[1.0, 0.0, 0.0, 2.0]])), np.ones((1, 4), dtype=bool), own, 4
    )
    # i1: 0.25 from itself, 0.6 from i4; i4: 0.5 from itself and nothing from i1.
    assert [(row.instrument_id, row.because, row.reason_code) for row in rows] == [
        ("i3", "i1", "similar_to_held"),
        ("i1", "i4", "similar_to_held"),
        ("i2", "i1", "similar_to_held"),
        ("i4", "i4", "own_interest"),
    ]
    assert rows[3].sentence({"i4": "Apple"}, frozenset()) == "Because you have shown interest in it."


def test_the_filter_comes_before_the_ranking() -> None:
    rows = lists([[1.0, 0.0, 0.0, 2.0]], [[False, True, False, False]], k=1)
    assert [(row.rank, row.instrument_id) for row in rows] == [(1, "i2")]


def test_a_client_without_history_gets_what_is_popular_among_the_allowed() -> None:
    rows = lists([[0.0] * 4], [[True, True, False, True]])
    # i3 is the most popular but not allowed; nobody wants i4.
    assert [(row.instrument_id, row.score, row.reason_code) for row in rows] == [
        ("i2", 7.0, "popular_and_suitable"),
        ("i1", 3.0, "popular_and_suitable"),
    ]


def test_a_short_list_is_filled_with_what_is_popular() -> None:
    rows = lists([[0.0, 1.0, 0.0, 0.0]], [[True, False, True, False]], k=4)
    assert [row.instrument_id for row in rows] == ["i3", "i1"]
    alone = Catalogue(IDS, np.zeros((4, 4)), CATALOGUE.popularity)
    rows = recommend(["c"], sparse.csr_array(np.eye(1, 4)), np.ones((1, 4), dtype=bool), alone, 2)
    assert [(row.rank, row.instrument_id, row.because) for row in rows] == [(1, "i3", None), (2, "i2", None)]


def test_ties_stand_in_the_order_of_their_identifiers() -> None:
    scores = np.array([1.0, 2.0, 1.0, 1.0])
    assert top_ranked(scores, np.ones(4, dtype=bool), ["d", "c", "b", "a"], 3).tolist() == [1, 3, 2]


def test_nothing_allowed_gives_no_rows() -> None:
    assert lists([[1.0, 1.0, 0.0, 0.0]], [[False] * 4]) == []


def test_sentences() -> None:
    row = Recommendation("c", 1, "i3", 1.0, "similar_to_held", "i1")
    assert row.sentence({"i1": "Apple"}, frozenset({"i1"})) == "Because you hold Apple."
    assert row.sentence({}, frozenset()) == "Because of your interest in i1."
    popular = Recommendation("c", 1, "i3", 1.0, "popular_and_suitable")
    assert popular.sentence({}, frozenset()) == "Popular among our clients, and suitable for your risk level."


levels = st.builds(
    ClientLevel,
    st.sampled_from([None, "C1-lowest", "C1", "C2", "C3", "C4", "C5", "Predicted_C5"]),
    st.none() | st.dates(date(2022, 12, 20), date(2022, 12, 26)),
    st.sampled_from(["ordinary", "ordinary", "professional"]),
)
interests = st.lists(
    st.lists(st.sampled_from([0.0, 0.0, 1.0, 5.0]), min_size=4, max_size=4), min_size=6, max_size=6
)


@given(st.lists(levels, min_size=6, max_size=6), interests, st.integers(1, 4))
def test_no_list_ever_holds_an_unsuitable_product(
    client_levels: list[ClientLevel], interests: list[list[float]], k: int
) -> None:
    allowed = suitable([max_product_level(level, TODAY) for level in client_levels], list(PRODUCTS.values()))
    rows = lists(interests, allowed.tolist(), k)
    by_client = {f"c{number}": level for number, level in enumerate(client_levels)}
    assert_suitable(rows, by_client, PRODUCTS, TODAY)
    for row in rows:
        level = by_client[row.client_id]
        assert PRODUCTS[row.instrument_id] is not None
        if level.client_type == "ordinary" and PRODUCTS[row.instrument_id] == "R5":
            assert level.risk_level == "C5"
            assert level.expires_date is not None
            assert level.expires_date >= TODAY


@pytest.mark.parametrize(
    ("client_id", "instrument_id", "message"),
    [
        (
            "c2",
            "i3",
            r"client c2 \(ordinary, level C2, expires 2022-12-23\) may take at most R2 .* i3 of level R5",
        ),
        ("expired", "i2", r"expires 2022-12-22\) may take at most R1 on 2022-12-23, .* i2 of level R2"),
        ("stranger", "i2", r"client stranger \(ordinary, level None"),
        ("c2", "i4", "i4 of level None"),
        ("c2", "unlisted", "unlisted of level None"),
    ],
)
def test_a_planted_unsuitable_row_is_caught_and_named(
    client_id: str, instrument_id: str, message: str
) -> None:
    client_levels = {"c2": ClientLevel("C2", TODAY), "expired": ClientLevel("C2", date(2022, 12, 22))}
    good = Recommendation("c2", 1, "i2", 1.0, "popular_and_suitable")
    assert_suitable([good], client_levels, PRODUCTS, TODAY)
    planted = Recommendation(client_id, 2, instrument_id, 0.5, "popular_and_suitable")
    with pytest.raises(UnsuitableRecommendation, match=message):
        assert_suitable([good, planted], client_levels, PRODUCTS, TODAY)


def test_shapes_that_differ_are_refused() -> None:
    with pytest.raises(ValueError, match=r"expected \(1, 4\)"):
        lists([[1.0, 0.0, 0.0, 2.0]], [[True, True]])
    with pytest.raises(ValueError, match="4 instruments"):
        Catalogue(IDS, np.zeros((3, 3)), np.zeros(4))
