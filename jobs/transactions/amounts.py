"""Money from quantity and price, in exact decimals."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F


def as_amount(exact: Column) -> Column:
    """An exact sum of amounts as decimal(20,4)."""
    return exact.cast("decimal(20,4)")


def notional(quantity: str, price: str) -> Column:
    """quantity times price as decimal(20,4), rounded half-up once, a negative one away from zero.

    A quantity of a hundred billion units or more is an arithmetic error, not a wrong number.
    """
    # 19 and 18 digits multiply exactly within Spark's 38; 20 and 18 would round the product before it is rounded here.
    exact = F.col(quantity).cast("decimal(19,8)") * F.col(price)
    return F.round(exact, 4).cast("decimal(20,4)")
