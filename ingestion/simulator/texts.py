"""How numbers and instants are written in events. Prices, amounts and quantities are counted in ten-thousandths."""

from datetime import UTC, date, datetime
from functools import lru_cache

UNIT = 10_000
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE


def decimal_text(ten_thousandths: int) -> str:
    """1314770 is 131.4770."""
    sign = "-" if ten_thousandths < 0 else ""
    whole, rest = divmod(abs(ten_thousandths), UNIT)
    return f"{sign}{whole}.{rest:04d}"


def instant_text(instant_us: int) -> str:
    """Microseconds since 1970 UTC as 2022-12-23T14:30:01.000250Z."""
    second, rest = divmod(instant_us, SECOND)
    return f"{_second_text(second)}.{rest:06d}Z"


def day_text(instant_us: int) -> str:
    """The UTC day of an instant."""
    return _second_text(instant_us // SECOND)[:10]


@lru_cache(maxsize=65_536)
def _second_text(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def microseconds(instant: datetime) -> int:
    """An aware instant as microseconds since 1970 UTC."""
    return round(instant.timestamp()) * SECOND


def midnight_us(day: date) -> int:
    """The UTC beginning of a day."""
    return microseconds(datetime(day.year, day.month, day.day, tzinfo=UTC))


def multiply(quantity: int, price: int) -> int:
    """Quantity times price, all in ten-thousandths, rounded half up."""
    return (quantity * price + UNIT // 2) // UNIT
