"""Alert rules: one module a rule, pure functions and declared facts. `ALL` lists what runs."""

from models.risk.rules import failed_logins, order_rate, price_deviation
from models.risk.rules.rule import Rule

# Each rule by the name of its module.
BY_MODULE = {
    "price_deviation": price_deviation.RULE,
    "order_rate": order_rate.RULE,
    "failed_logins": failed_logins.RULE,
}
ALL: tuple[Rule, ...] = tuple(BY_MODULE.values())

__all__ = ["ALL", "BY_MODULE", "failed_logins", "order_rate", "price_deviation"]
