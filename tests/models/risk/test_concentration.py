import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.risk.concentration import concentrations

values = st.floats(-1e6, 1e6).filter(lambda x: abs(x) > 1e-3)
books = st.lists(st.lists(values, min_size=1, max_size=12), min_size=1, max_size=6)


def of(book: list[list[float]], net_assets: list[float]):
    offsets = np.cumsum([0, *[len(each) for each in book]])
    return concentrations(offsets, [value for each in book for value in each], net_assets)


def test_by_hand() -> None:
    found = of([[5.0], [10.0, -40.0, 10.0, 10.0, 10.0, 20.0]], [50.0, 200.0])
    assert found.largest_ratio.tolist() == [0.1, 0.2]
    assert found.top_five_ratio.tolist() == [0.1, 0.45]
    assert found.herfindahl_index == pytest.approx([1.0, 0.16 + 0.04 + 4 * 0.01])
    assert found.largest_place.tolist() == [0, 2]


def test_of_names_of_one_size_the_first_is_the_largest() -> None:
    assert of([[-3.0, 3.0, 3.0]], [10.0]).largest_place.tolist() == [0]


def test_without_net_assets_there_is_no_share_of_them() -> None:
    found = of([[5.0], [5.0]], [0.0, -1.0])
    assert np.isnan(found.largest_ratio).all()
    assert np.isnan(found.top_five_ratio).all()
    assert found.herfindahl_index.tolist() == [1.0, 1.0]


@given(books)
def test_agrees_with_plain_python(book: list[list[float]]) -> None:
    found = of(book, [1e6] * len(book))
    for place, held in enumerate(book):
        sizes = sorted((abs(value) for value in held), reverse=True)
        assert found.largest_ratio[place] == pytest.approx(sizes[0] / 1e6)
        assert found.top_five_ratio[place] == pytest.approx(sum(sizes[:5]) / 1e6)
        shares = [size / sum(sizes) for size in sizes]
        assert found.herfindahl_index[place] == pytest.approx(sum(share**2 for share in shares))


@pytest.mark.parametrize(
    ("offsets", "market_values", "match"),
    [
        ([0, 1], [math.nan], "market values: 1 of 1"),
        ([0, 1, 1], [1.0], "1 accounts hold nothing"),
        ([0, 1, 2], [1.0, 0.0], "those of 1 accounts are all nothing"),
    ],
)
def test_what_cannot_be_measured_is_refused(
    offsets: list[int], market_values: list[float], match: str
) -> None:
    with pytest.raises(ValueError, match=match):
        concentrations(offsets, market_values, [1.0] * (len(offsets) - 1))
