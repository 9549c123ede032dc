import sqlite3
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from models.risk.rules.price_deviation import (
    STANDARD,
    PriceDeviationParams,
    condition,
    deviates,
    deviation_bps,
    explain,
)

prices = st.one_of(st.none(), st.integers(-100, 100_000))


def selected(event_type: str, side: str, limit: int | None, reference: int | None) -> bool:
    """The SQL condition as another engine reads it; whole numbers of cents, which SQLite compares exactly."""
    with sqlite3.connect(":memory:") as database:
        row = database.execute(
            f"SELECT {condition(STANDARD).sql} FROM "
            "(SELECT ? AS order_event_type, ? AS side, ? AS limit_price, ? AS reference_price)",
            (event_type, side, limit, reference),
        ).fetchone()
    return bool(row[0])


@pytest.mark.parametrize(
    ("event_type", "side", "limit_price", "expected"),
    [
        ("new", "buy", "109.9999", False),
        ("new", "buy", "110.0000", True),
        ("replaced", "buy", "110.0000", True),
        ("new", "sell", "90.0001", False),
        ("new", "sell", "90.0000", True),
        ("new", "buy", "50.0000", False),
        ("new", "sell", "150.0000", False),
        ("cancelled", "buy", "150.0000", False),
    ],
)
def test_ten_percent_on_the_aggressive_side(
    event_type: str, side: str, limit_price: str, expected: bool
) -> None:
    assert deviates(event_type, side, Decimal(limit_price), Decimal("100.0000"), STANDARD) is expected


@pytest.mark.parametrize(("limit", "reference"), [(None, 100), (150, None), (150, 0), (150, -1)])
def test_nothing_is_said_without_both_prices(limit: int | None, reference: int | None) -> None:
    prices = [None if price is None else Decimal(price) for price in (limit, reference)]
    assert not deviates("new", "buy", prices[0], prices[1], STANDARD)
    assert not selected("new", "buy", limit, reference)


@given(
    st.sampled_from(["new", "replaced", "acknowledged", "cancelled"]),
    st.sampled_from(["buy", "sell"]),
    prices,
    prices,
)
@example("new", "buy", 11_000, 10_000)
@example("new", "sell", 9_000, 10_000)
@example("new", "sell", 9_001, 10_000)
def test_sql_and_python_say_the_same(
    event_type: str, side: str, limit: int | None, reference: int | None
) -> None:
    limit_price, reference_price = (None if p is None else Decimal(p) / 100 for p in (limit, reference))
    in_python = deviates(event_type, side, limit_price, reference_price, STANDARD)
    assert selected(event_type, side, limit, reference) is in_python


def test_the_sentence_tells_price_distance_and_threshold() -> None:
    assert deviation_bps(Decimal("115.00"), Decimal("100.00")) == 1_500
    assert explain("o-1", "buy", Decimal("115.00"), Decimal("100.00"), STANDARD) == (
        "Order o-1 buys at 115.00, 15.0 % above the reference price 100.00 (reported from 10 %)."
    )
    assert "sells at 85.00, 15.0 % below" in explain("o-1", "sell", Decimal("85.00"), Decimal(100), STANDARD)


def test_a_threshold_of_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="threshold_bps is 0"):
        PriceDeviationParams(threshold_bps=0)
