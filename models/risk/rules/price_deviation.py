"""R02: an order priced far from the reference price that the order system saw, on its aggressive side."""

from dataclasses import dataclass
from decimal import Decimal

from models.risk.rules.rule import Condition, Rule

BASIS_POINTS = 10_000

RULE = Rule(
    id="R02",
    version=1,
    severity="high",
    entity="order",
    sentence="An order's limit price is far from the reference price, above it for a buy, below it for a sell.",
    source="DOMAIN §2.1 R02",
)


@dataclass(frozen=True)
class PriceDeviationParams:
    """threshold_bps: distance from the reference from which an order is reported, basis points.

    DOMAIN §2.1: 300 for large companies, 500 mid, 1000 small. One value serves until instruments carry
    their class, and it is the widest, so that no ordinary order is reported.
    """

    threshold_bps: int = 1_000

    def __post_init__(self) -> None:
        if self.threshold_bps < 1:
            raise ValueError(f"R02: threshold_bps is {self.threshold_bps}, must be at least 1")


STANDARD = PriceDeviationParams()
SMALL = PriceDeviationParams()
ENTRIES = ("new", "replaced")
"""Steps of an order's life that bring a price in."""


def condition(params: PriceDeviationParams) -> Condition:
    """The rule as one SQL condition; multiplied out, so that decimals are compared exactly.

    An order without limit price (at market), or with a reference that is missing or not above zero,
    raises nothing.
    """
    entries = ", ".join(f"'{entry}'" for entry in ENTRIES)
    above = f"(limit_price - reference_price) * {BASIS_POINTS} >= reference_price * {params.threshold_bps}"
    below = f"(reference_price - limit_price) * {BASIS_POINTS} >= reference_price * {params.threshold_bps}"
    sql = (
        f"order_event_type IN ({entries}) AND reference_price > 0 "
        f"AND ((side = 'buy' AND {above}) OR (side = 'sell' AND {below}))"
    )
    return Condition(RULE, sql, ("order_event_type", "limit_price", "reference_price", "side"))


def deviates(
    order_event_type: str,
    side: str,
    limit_price: Decimal | None,
    reference_price: Decimal | None,
    params: PriceDeviationParams,
) -> bool:
    """The same rule for one order event in Python. Missing prices give False."""
    if (
        order_event_type not in ENTRIES
        or limit_price is None
        or reference_price is None
        or reference_price <= 0
    ):
        return False
    beyond = {"buy": limit_price - reference_price, "sell": reference_price - limit_price}.get(side)
    return beyond is not None and beyond * BASIS_POINTS >= reference_price * params.threshold_bps


def deviation_bps(limit_price: Decimal, reference_price: Decimal) -> Decimal:
    """Limit price over reference price less one, basis points, signed: the alert's observed value."""
    return (limit_price - reference_price) * BASIS_POINTS / reference_price


def explain(
    order_id: str,
    side: str,
    limit_price: Decimal,
    reference_price: Decimal,
    params: PriceDeviationParams,
) -> str:
    """One sentence for the person who reads the alert."""
    deviation = deviation_bps(limit_price, reference_price)
    direction = "above" if deviation > 0 else "below"
    verb = "buys" if side == "buy" else "sells"
    return (
        f"Order {order_id} {verb} at {limit_price}, {abs(deviation) / 100:.1f} % {direction} the reference "
        f"price {reference_price} (reported from {params.threshold_bps / 100:g} %)."
    )
