from __future__ import annotations

from decimal import Decimal

import pytest

from jobs.transactions.average_cost import Holding, after_fill, after_split


@pytest.mark.parametrize(
    ("before", "traded", "price", "after"),
    [
        pytest.param(("0", "0"), "10", "3", ("10", "30"), id="a buy opens"),
        pytest.param(("10", "30"), "10", "5", ("20", "80"), id="a buy adds what it cost"),
        pytest.param(("20", "80"), "-5", "9", ("15", "60"), id="a sale takes out in proportion"),
        pytest.param(("15", "60"), "-15", "9", ("0", "0"), id="a sale of all takes out all"),
        pytest.param(("3", "10"), "-1", "9", ("2", "6.6667"), id="a third of ten is 3.3333"),
        pytest.param(("2", "0.0001"), "-1", "9", ("1", "0"), id="half of the last place rounds up"),
        pytest.param(("0", "0"), "0.00005", "1", ("0.00005", "0.0001"), id="half a place of a buy rounds up"),
        pytest.param(("0", "0"), "0.00004999", "1", ("0.00004999", "0"), id="less than half rounds down"),
        pytest.param(("0", "0"), "-4", "5", ("-4", "-20"), id="short: minus what the sale brought"),
        pytest.param(("-4", "-20"), "-1", "6", ("-5", "-26"), id="a sale enlarges a short"),
        pytest.param(("-5", "-26"), "1", "9", ("-4", "-20.8"), id="a buy takes a short back in proportion"),
        pytest.param(("10", "30"), "-12", "7", ("-2", "-14"), id="beyond zero the new part's price counts"),
        pytest.param(("-2", "-14"), "5", "4", ("3", "12"), id="and back"),
        # 19 and 12 digits: the product has 31, more than the default context keeps.
        pytest.param(
            ("0", "0"),
            "12345678901.12345678",
            "99999999.9999",
            ("12345678901.12345678", "1234567890111111110.1099"),
            id="large numbers keep every place",
        ),
    ],
)  # fmt: skip
def test_after_fill(before: tuple[str, str], traded: str, price: str, after: tuple[str, str]) -> None:
    found = after_fill(Holding(*map(Decimal, before)), Decimal(traded), Decimal(price))
    assert found == Holding(*map(Decimal, after))


@pytest.mark.parametrize(
    ("before", "n_units", "after"),
    [
        pytest.param(("10", "1000"), "2", ("20", "1000"), id="two for one"),
        pytest.param(("-1.5", "-9"), "0.1", ("-0.15", "-9"), id="a short position, one for ten"),
        # 3.499999965, half-up.
        pytest.param(("10.5", "7"), "0.33333333", ("3.49999997", "7"), id="rounded to eight places"),
        pytest.param(("0.00000001", "5"), "0.4", ("0", "0"), id="what is left of too little is nothing"),
        pytest.param(("0.00000001", "5"), "0.5", ("0.00000001", "5"), id="half of the smallest is kept"),
    ],
)
def test_after_split(before: tuple[str, str], n_units: str, after: tuple[str, str]) -> None:
    found = after_split(Holding(*map(Decimal, before)), Decimal(n_units))
    assert (found.quantity, found.cost) == tuple(map(Decimal, after))
