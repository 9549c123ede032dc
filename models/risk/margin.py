"""The maintenance ratio of a margin account, and the ladder of lines that it may fall through.

Amounts are decimals in one currency, each at least 0; securities sold short are a debt at their price. DOMAIN §2.3,
R20: (cash + securities) / (financed + sold short + interest and fees).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Rung = Literal["none", "warning", "call", "forced_sale"]


@dataclass(frozen=True)
class MarginAccount:
    """cash, securities: what the account has. financed, sold_short, interest: what it owes; interest with fees."""

    cash: Decimal
    securities: Decimal
    financed: Decimal
    sold_short: Decimal = Decimal(0)
    interest: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        negative = {name: value for name, value in vars(self).items() if value < 0}
        if negative:
            name, value = next(iter(negative.items()))
            raise ValueError(f"{name} is {value}: amounts of a margin account are at least 0")

    @property
    def debt(self) -> Decimal:
        return self.financed + self.sold_short + self.interest

    @property
    def maintenance_ratio(self) -> Decimal | None:
        """A fraction of one; None without a debt, when no line can be reached."""
        return (self.cash + self.securities) / self.debt if self.debt else None

    def cash_to_reach(self, ratio: Decimal) -> Decimal:
        """How much new cash brings the ratio back to `ratio`; 0 where it is there."""
        return max(Decimal(0), ratio * self.debt - self.cash - self.securities)

    def securities_at(self, ratio: Decimal) -> Decimal:
        """The value of the securities at which the ratio is `ratio`, all else the same; 0 where cash alone is enough."""
        return max(Decimal(0), ratio * self.debt - self.cash)


@dataclass(frozen=True)
class Ladder:
    """Ratios below which an account stands on a rung, and by how much it must rise above a line to leave it again.

    Usual lines of contracts, DOMAIN §2.3; the distance keeps an account that trembles on a line from being called
    again and again.
    """

    warning: Decimal = Decimal("1.50")
    call: Decimal = Decimal("1.40")
    forced_sale: Decimal = Decimal("1.30")
    clear_above: Decimal = Decimal("0.02")

    def __post_init__(self) -> None:
        if not self.forced_sale < self.call < self.warning or self.clear_above < 0:
            raise ValueError(
                f"lines are {self.warning}, {self.call}, {self.forced_sale}: warning above call above forced sale"
            )

    def rung(self, ratio: Decimal | None, before: Rung = "none") -> Rung:
        """Where an account stands that stood on `before`. A ratio on a line has not fallen below it."""
        if ratio is None:
            return "none"
        for rung, line in self._lines:
            left_at = line + self.clear_above if _DEPTH[before] >= _DEPTH[rung] else line
            if ratio < left_at:
                return rung
        return "none"

    def next_rung(self, ratio: Decimal | None, before: Rung, *, is_stale: bool) -> Rung:
        """`rung`, but where a stale price is in the ratio the account stays where it stood: nobody is called, sold or
        let go by a price that nobody pays. Without a debt no price matters.
        """
        return before if is_stale and ratio is not None else self.rung(ratio, before)

    @staticmethod
    def issues_call(rung: Rung, before: Rung) -> bool:
        """Whether an account that went from one rung to another is called, or sold: once each time it falls so deep."""
        return rung in ("call", "forced_sale") and _DEPTH[rung] > _DEPTH[before]

    @property
    def _lines(self) -> tuple[tuple[Rung, Decimal], ...]:
        return (("forced_sale", self.forced_sale), ("call", self.call), ("warning", self.warning))


_DEPTH: dict[Rung, int] = {"none": 0, "warning": 1, "call": 2, "forced_sale": 3}
