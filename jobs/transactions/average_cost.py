"""What a position cost, by average cost.

A fill that opens or enlarges a position adds quantity times price. A fill that makes it smaller takes cost out in
proportion, so the average stays. Each is rounded half-up to 4 places, as the amounts of trades are. A fill that turns a
position leaves what the part beyond zero cost. Cost has the quantity's sign: for a short position, which a bust can
make for a while, it is minus what the sales brought. A split leaves it as it is. Fees are no part of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal

# Products have at most 42 digits, and a quotient that is no tie differs from one within 60.
_EXACT = Context(prec=80, rounding=ROUND_HALF_UP)
_PLACES, _UNIT_PLACES = Decimal("0.0001"), Decimal("0.00000001")


@dataclass(frozen=True, slots=True)
class Holding:
    """quantity: long positive, 8 places. cost: of the quantity's sign, 4 places."""

    quantity: Decimal
    cost: Decimal


NOTHING = Holding(Decimal(0), Decimal(0))


def after_fill(holding: Holding, traded: Decimal, price: Decimal) -> Holding:
    """The holding after a fill of `traded` units, bought positive."""
    quantity = holding.quantity + traded
    if _is_same_direction(holding.quantity, traded):
        return Holding(quantity, holding.cost + amount_of(traded, price))
    if _is_same_direction(holding.quantity, quantity):
        taken_out = _EXACT.divide(_EXACT.multiply(holding.cost, -traded), holding.quantity)
        return Holding(quantity, holding.cost - _rounded(taken_out))
    return Holding(quantity, amount_of(quantity, price))


def amount_of(traded: Decimal, price: Decimal | None) -> Decimal:
    """What a trade costs, bought positive, 4 places; nothing without a price."""
    return Decimal(0) if price is None else _rounded(_EXACT.multiply(traded, price))


def after_split(holding: Holding, n_units: Decimal) -> Holding:
    """The holding once each unit has become `n_units`. What is left of less than half a hundred-millionth is nothing."""
    quantity = _EXACT.multiply(holding.quantity, n_units).quantize(_UNIT_PLACES, context=_EXACT)
    return Holding(quantity, holding.cost) if quantity else NOTHING


def _is_same_direction(one: Decimal, other: Decimal) -> bool:
    return one == 0 or other == 0 or (one > 0) == (other > 0)


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(_PLACES, context=_EXACT)
