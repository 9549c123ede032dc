import sqlite3

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.recommendation.interactions import (
    STRENGTHS,
    InteractionParams,
    faded,
    interaction_matrix,
    strength_sql,
    strengths,
)

PARAMS = InteractionParams()
LINEAR = InteractionParams(transform="linear")


def test_points_of_each_kind() -> None:
    assert strengths(["holding", "buy", "search", "holding"], PARAMS).tolist() == [5.0, 4.0, 1.5, 5.0]


def test_unknown_kinds_are_named() -> None:
    with pytest.raises(ValueError, match="unknown kinds of interaction: gift, sell"):
        strengths(["buy", "sell", "gift"], PARAMS)


def test_sql_gives_the_same_points() -> None:
    with sqlite3.connect(":memory:") as database:
        for kind, points in [*STRENGTHS.items(), ("sell", None)]:
            query = f"SELECT {strength_sql('kind', PARAMS)} FROM (SELECT ? AS kind)"
            assert database.execute(query, (kind,)).fetchone()[0] == points


def test_a_signal_halves_with_each_half_life() -> None:
    assert faded([4.0, 4.0, 4.0], [0, 180, 360], PARAMS).tolist() == [4.0, 2.0, 1.0]


def test_a_signal_from_the_future_is_refused() -> None:
    with pytest.raises(ValueError, match="1 signals are younger"):
        faded([1.0, 1.0], [0, -1], PARAMS)


def test_signals_of_a_pair_add_up_and_dislike_is_no_interest() -> None:
    matrix = interaction_matrix([0, 0, 1, 1], [2, 2, 0, 0], [4.0, 1.0, 1.0, -1.0], 2, 3, LINEAR)
    assert matrix.toarray().tolist() == [[0.0, 0.0, 5.0], [0.0, 0.0, 0.0]]
    assert matrix.nnz == 1


@pytest.mark.parametrize(
    ("transform", "expected"), [("log1p", np.log(6.0)), ("binary", 1.0), ("linear", 5.0)]
)
def test_transforms(transform: str, expected: float) -> None:
    params = InteractionParams(transform=transform)  # type: ignore[arg-type]
    assert interaction_matrix([0], [0], [5.0], 1, 1, params).toarray()[0, 0] == pytest.approx(expected)


@given(st.permutations([(0, 1, 0.1), (0, 1, 0.2), (0, 1, 0.3), (1, 0, 4.0), (0, 1, 1e9), (0, 0, 7.0)]))
def test_the_order_of_signals_changes_no_bit(signals: list[tuple[int, int, float]]) -> None:
    clients, instruments, points = zip(*signals, strict=True)
    matrix = interaction_matrix(clients, instruments, points, 2, 2, PARAMS).toarray()
    ordered = interaction_matrix(
        [0, 0, 0, 0, 0, 1], [0, 1, 1, 1, 1, 0], [7.0, 0.1, 0.2, 0.3, 1e9, 4.0], 2, 2, PARAMS
    )
    assert matrix.tobytes() == ordered.toarray().tobytes()


def test_a_half_life_of_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="half_life_days is 0"):
        InteractionParams(half_life_days=0)


def test_no_signals_give_an_empty_matrix() -> None:
    assert interaction_matrix([], [], [], 2, 3, PARAMS).toarray().tolist() == [[0.0] * 3] * 2
