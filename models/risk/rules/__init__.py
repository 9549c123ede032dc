"""Alert rules: one module a rule, pure functions and declared facts. `ALL` lists what runs."""

from models.risk.rules import failed_logins, order_rate, price_deviation
from models.risk.rules.rule import Rule

ALL: tuple[Rule, ...] = (price_deviation.RULE, order_rate.RULE, failed_logins.RULE)

__all__ = ["ALL", "failed_logins", "order_rate", "price_deviation"]
