from __future__ import annotations

import numpy as np
import pytest

from models.risk.adjusted_closes import UnitChange, adjusted_closes
from models.risk.revaluation import simple_returns

NAN = float("nan")


@pytest.mark.parametrize(
    ("closes", "changes", "expected"),
    [
        pytest.param([100, 100, 51], [UnitChange(2, 0, 2)], [50, 50, 51], id="a split"),
        pytest.param([10, 100, 100], [UnitChange(1, 0, 0.1)], [100, 100, 100], id="a reverse split"),
        pytest.param([200, 100, 98], [UnitChange(2, 2, 1)], [196, 98, 98], id="a dividend of 2 of 100"),
        # 200 in units of the split, less 2 of 100: in order of time, the dividend is of the new units.
        pytest.param([200, 100, 98], [UnitChange(1, 0, 2), UnitChange(2, 2, 1)], [98, 98, 98], id="a split, then a dividend"),
        # On one morning the dividend is of the old units: 100 less 20, halved.
        pytest.param([100, 40], [UnitChange(1, 20, 1), UnitChange(1, 0, 2)], [40, 40], id="both on one day"),
        pytest.param([100, NAN, 50], [UnitChange(1, 0, 2)], [50, NAN, 50], id="no close on the day"),
        pytest.param([100, NAN, NAN, 48], [UnitChange(2, 4, 2)], [48, NAN, NAN, 48], id="by the last close that is known"),
        pytest.param([NAN, 50], [UnitChange(1, 0, 2)], [NAN, 50], id="nothing before"),
        pytest.param([100, 50], [UnitChange(0, 0, 2)], [100, 50], id="before the first"),
        pytest.param([100, 90], [UnitChange(1, 100, 1)], [100, 90], id="a dividend of all that it is worth"),
    ],
)  # fmt: skip
def test_closes_in_the_units_of_the_last(
    closes: list[float], changes: list[UnitChange], expected: list[float]
) -> None:
    given = np.array(closes, dtype=np.float64)
    assert adjusted_closes(given, changes).tolist() == pytest.approx(expected, nan_ok=True)
    assert given.tolist() == pytest.approx(closes, nan_ok=True)


def test_what_is_before_an_action_keeps_its_moves() -> None:
    closes = np.array([100.0, 110.0, 99.0, 49.5])
    found = simple_returns(adjusted_closes(closes, [UnitChange(3, 0, 2)])[:, None])[:, 0]
    assert found.tolist() == pytest.approx([0.1, -0.1, 0.0])
