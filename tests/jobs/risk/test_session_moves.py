from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from scipy import sparse

from jobs.risk.currency_history import CurrencyHistory
from jobs.risk.price_history import PriceHistory
from jobs.risk.session_moves import MovesOfSessions

DAYS = (date(2022, 12, 20), date(2022, 12, 21), date(2022, 12, 22))
# Moves of a: +10 %, -50 %; of b, whose first close is missing: none, +25 %.
HISTORY = PriceHistory(
    DAYS, ("a", "b"), np.array([[100, np.nan], [110, 40], [55, 50]]), CurrencyHistory("USD")
)
HALVES = [{"instrument_id": name, "weight_ratio": Decimal("0.5")} for name in ("a", "b")]


def moves_of() -> MovesOfSessions:
    """On the last session the fund holds halves of a and b, on the one before it is not known."""
    part = pa.struct([("instrument_id", pa.string()), ("weight_ratio", pa.decimal128(12, 8))])
    masters = {
        "session_date": pa.array([DAYS[-1]]),
        "instrument_id": pa.array(["fund"]),
        "instrument_type": pa.array(["fund"]),
        "basket": pa.array([HALVES], pa.list_(part)),
        "currency_code": pa.array(["USD"]),
    }
    return MovesOfSessions(HISTORY, pa.table(masters), 2)


def test_a_fund_moves_with_its_basket_as_known_at_the_session() -> None:
    moves = moves_of()
    assert moves.of(DAYS[-1], ["a", "fund"]).by_instrument == pytest.approx(
        np.array([[0.1, -0.5], [0.05, -0.125]])
    )
    # It would move by its own closes, of which there are none.
    assert moves.of(DAYS[-2], ["fund"]).by_instrument.tolist() == [[0.0]]
    assert moves.of(DAYS[-1], ["fund"]).by_instrument == pytest.approx(np.array([[0.05, -0.125]]))


@pytest.mark.parametrize(
    ("holds", "expected"),
    [
        pytest.param([1, 0, 0], 0, id="a, which lacks nothing"),
        pytest.param([0, 7, 0], 1, id="b, in seven accounts"),
        pytest.param([0, 1, 1], 1, id="b, and a fund that moves with it: one price"),
    ],
)
def test_a_missing_price_counts_once(holds: list[int], expected: int) -> None:
    under = moves_of().of(DAYS[-1], ["a", "b", "fund"])
    assert under.n_missing(sparse.csr_array(np.array([holds]))).tolist() == [expected]
