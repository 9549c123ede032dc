"""How numbers are written."""

from decimal import Decimal

import pytest

from evaluation.risk_report import formats as say


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("1234567.894", "1,234,567.89"),
        ("0.005", "0.01"),
        ("0.0049", "0.00"),
        # Less than half a cent has no sign.
        ("-0.0049", "0.00"),
        ("-0.005", "−0.01"),
        ("-1234.565", "−1,234.57"),
    ],
)
def test_money_to_the_cent_half_up(amount: str, expected: str) -> None:
    assert say.money(Decimal(amount)) == expected


def test_what_is_not_known_is_a_dash() -> None:
    assert say.money(None) == say.percent(None) == say.count(None) == say.figure(None) == "–"
    assert say.with_currency(None, "USD") == "–"


def test_a_currency_stays_with_its_amount() -> None:
    assert say.with_currency(Decimal("1234.5"), "USD") == "1,234.50\u00a0USD"


@pytest.mark.parametrize(
    ("ratio", "digits", "expected"),
    [("0.6165", 1, "61.7 %"), ("0.6164", 1, "61.6 %"), ("-0.004", 1, "−0.4 %"), ("12.5", 0, "1,250 %")],
)
def test_fractions_as_percent(ratio: str, digits: int, expected: str) -> None:
    assert say.percent(Decimal(ratio), digits) == expected.replace(" ", "\u00a0")


@pytest.mark.parametrize(("ratio", "expected"), [("0.9750", "97.5"), ("0.9900", "99"), ("1.5", "150")])
def test_levels_without_zeros_that_say_nothing(ratio: str, expected: str) -> None:
    assert say.level(Decimal(ratio)) == f"{expected}\u00a0%"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, "0"),
        (-200_000, "−200k"),
        (1_500_000, "1.5M"),
        (999, "999"),
        (2e9, "2bn"),
        (0.25, "0.25"),
        (99_960, "100k"),
        # What rounds up to the next size is written in it.
        (999_400, "999k"),
        (999_600, "1M"),
        (-999_999, "−1M"),
        (1234e9, "1,234bn"),
    ],
)
def test_amounts_on_an_axis(value: float, expected: str) -> None:
    assert say.short(value) == expected


def test_one_and_many() -> None:
    assert (say.of(1, "hit"), say.of(0, "hit"), say.of(1200, "hit")) == ("1 hit", "0 hits", "1,200 hits")
