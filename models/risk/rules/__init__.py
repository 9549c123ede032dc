"""Alert rules: one module a rule, pure functions and declared facts. `ALL` lists what runs.

Some watch events as they come, the others what a session's tables say at its end.
"""

from models.risk.rules import (
    failed_logins,
    limit_breach,
    margin_call,
    order_rate,
    price_deviation,
    single_name,
)
from models.risk.rules.rule import Rule

# Each rule by the name of its module.
BY_MODULE = {
    "price_deviation": price_deviation.RULE,
    "order_rate": order_rate.RULE,
    "failed_logins": failed_logins.RULE,
    "margin_call": margin_call.RULE,
    "single_name": single_name.RULE,
    "limit_breach": limit_breach.RULE,
}
ALL: tuple[Rule, ...] = tuple(BY_MODULE.values())

__all__ = [
    "ALL",
    "BY_MODULE",
    "failed_logins",
    "limit_breach",
    "margin_call",
    "order_rate",
    "price_deviation",
    "single_name",
]
