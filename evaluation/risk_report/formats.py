"""Numbers and days as the page writes them: thousands separated, a minus sign that is one, the unit beside it."""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

NOTHING = "–"
_CENT = Decimal("0.01")


def money(amount: Decimal | None) -> str:
    """To the cent, half up: `-1234.565` is `−1,234.57`. The currency stands in the table's caption or head."""
    if amount is None:
        return NOTHING
    rounded = amount.quantize(_CENT, ROUND_HALF_UP)
    # A loss of less than half a cent is none, and has no sign.
    return _signed(f"{abs(rounded):,}", rounded < 0)


def with_currency(amount: Decimal | None, currency: str) -> str:
    """`1,234.50 USD`, which a line does not break."""
    return NOTHING if amount is None else f"{money(amount)}\u00a0{currency}"


def percent(ratio: Decimal | float | None, digits: int = 1) -> str:
    """A fraction of one, half up: `0.6165` is `61.7 %`."""
    if ratio is None:
        return NOTHING
    shown = (Decimal(str(ratio)) * 100).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    return _signed(f"{abs(shown):,}\u00a0%", shown < 0)


def level(confidence: Decimal) -> str:
    """A confidence without zeros that say nothing: `0.9750` is `97.5 %`."""
    return f"{(confidence * 100).normalize():f}\u00a0%"


def count(number: int | None) -> str:
    return NOTHING if number is None else f"{number:,}"


def of(number: int, one: str, many: str | None = None) -> str:
    """`1 hit`, `2 hits`; `many` where an s does not make it."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def figure(value: float | Decimal | None, digits: int = 2) -> str:
    """A plain number, such as a test's statistic."""
    return NOTHING if value is None else _signed(f"{abs(value):,.{digits}f}", value < 0)


def instant(at: datetime | None) -> str:
    return NOTHING if at is None else f"{at:%Y-%m-%d %H:%M:%S} UTC"


def words(code: str) -> str:
    """A code as people say it: `forced_sale` is `forced sale`."""
    return code.replace("_", " ")


def together(text: str) -> str:
    """What others wrote, so that no line ends between a number and its `%`."""
    return text.replace(" %", "\u00a0%")


def short(amount: float) -> str:
    """An amount on an axis: `1.5M`, `−200k`, `0`."""
    for size, letter in ((1e9, "bn"), (1e6, "M"), (1e3, "k")):
        # What rounds up to the next size is written in it: 999,600 is 1M, not 1,000k.
        if abs(amount) >= 0.9995 * size:
            return _signed(f"{_three_digits(abs(amount) / size)}{letter}", amount < 0)
    return _signed(_three_digits(abs(amount)), amount < 0)


def _three_digits(number: float) -> str:
    return f"{number:,.0f}" if number >= 99.95 else f"{number:.3g}"


def _signed(text: str, is_negative: bool) -> str:
    return f"\u2212{text}" if is_negative else text
