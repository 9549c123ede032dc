"""R07: orders and cancels of one account in one calendar second of the exchange clock."""

from dataclasses import dataclass

from models.risk.rules.rule import Rule, utc_text
from models.risk.rules.windows import Windowed

RULE = Rule(
    id="R07",
    version=1,
    severity="high",
    entity="account",
    sentence="An account sends orders and cancels close to the rate that counts as high-frequency trading.",
    source="DOMAIN §2.1 R07: SSE, SZSE and BSE program-trading rules, in force since 2025-07-07",
)


@dataclass(frozen=True)
class OrderRateParams:
    """limit_per_second: orders and cancels of one account in one second at which the limit itself stands.
    warning_per_second: the same unit; where an alert is raised, 70 % of the limit by DOMAIN §2.1.
    """

    limit_per_second: int = 300
    warning_per_second: int = 210

    def __post_init__(self) -> None:
        if not 1 <= self.warning_per_second <= self.limit_per_second:
            raise ValueError(
                f"R07: warning_per_second is {self.warning_per_second}, "
                f"must lie between 1 and the limit of {self.limit_per_second}"
            )


STANDARD = OrderRateParams()
"""The law's 300 a second, and its warning. Right where accounts trade by program."""

SMALL = OrderRateParams(limit_per_second=28, warning_per_second=20)
"""A house limit for a small book of retail accounts.

Such an account sends a few orders a day and a person at most two or three messages a second, so 20 is
far from ordinary, while a planted burst costs tens of events and not hundreds. 20 is 70 % of 28, rounded up.
"""

COUNTED = ("new", "cancel_requested")
"""Order entries and requests to cancel. A replace is neither under this rule; EU counting differs (R10)."""


def windowed(params: OrderRateParams) -> Windowed:
    """The rule: a window is one calendar second, not a rolling one."""
    counted = ", ".join(f"'{kind}'" for kind in COUNTED)
    return Windowed(
        RULE,
        1,
        params.warning_per_second,
        f"order_event_type IN ({counted})",
        ("order_event_type", "account_id"),
    )


def explain(account_id: str, window_start_us: int, n_events: int, params: OrderRateParams) -> str:
    """One sentence for the person who reads the alert."""
    return (
        f"Account {account_id} sent {n_events} orders and cancels in the second from "
        f"{utc_text(window_start_us)} (warned from {params.warning_per_second}, "
        f"limit {params.limit_per_second} a second)."
    )
