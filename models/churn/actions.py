"""Whether to contact a client who may leave, and what with.

Simplest usable form of a campaign's profit, client by client (DOMAIN §4.5, after Neslin et al. 2006).
It takes the save rate as given: which contacts change a mind is known only from clients left alone,
so a share of them is, chosen by a hash that no one can steer.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Action = Literal["adviser_call", "fee_review", "education", "none"]
HASH_RANGE = 2**64


ACTION_BY_COLUMN: Mapping[str, Action] = MappingProxyType(
    {
        "sessions_since_trade": "fee_review",
        "n_fills_20": "fee_review",
        "fill_trend_ratio": "fee_review",
        "n_rejected_checks_20": "education",
        "n_help_page_views_20": "education",
        "n_failed_log_ins_20": "education",
    }
)
"""What a contact is about, by the feature that raises the risk most; an adviser's call for the others.

None of them offers a product: suitability binds retention too (DOMAIN §4.5).
"""


@dataclass(frozen=True)
class RetentionParams:
    """Judgement, to be replaced by what campaigns show.

    save_ratio: share of leavers whom a contact keeps. incentive_amount: what a kept leaver costs,
    incentive_taken_amount: what a client who would have stayed takes anyway, contact_amount: one contact;
    all three in the book's currency. leave_alone_ratio: share of clients never contacted (DOMAIN §4.5:
    5 to 10 %). salt: changes who they are.
    """

    save_ratio: float = 0.2
    incentive_amount: float = 50.0
    incentive_taken_amount: float = 20.0
    contact_amount: float = 5.0
    leave_alone_ratio: float = 0.05
    salt: str = "retention-1"


def expected_gain(probability: float, value: float, params: RetentionParams) -> float:
    """p * save * (V - d) - (1 - p) * d_taken - f, in the book's currency.

    probability: of leaving. value: what the client brings if kept, over the horizon of the caller.
    Raises ValueError when probability is outside [0, 1].
    """
    if not 0 <= probability <= 1:
        raise ValueError(f"probability is {probability}, outside 0..1")
    kept = probability * params.save_ratio * (value - params.incentive_amount)
    return kept - (1 - probability) * params.incentive_taken_amount - params.contact_amount


def is_left_alone(client_id: str, params: RetentionParams) -> bool:
    """Whether the client is of the share that is never contacted: the same on every day and machine."""
    digest = hashlib.sha256(f"{params.salt}|{client_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") < params.leave_alone_ratio * HASH_RANGE


def propose(
    client_id: str, probability: float, value: float, top_column: str | None, params: RetentionParams
) -> Action:
    """The action that pays: `none` where the expected gain is not above zero or the client is left alone.

    top_column: the feature that raises the client's risk most, None where none does. Errors as above.
    """
    if expected_gain(probability, value, params) <= 0 or is_left_alone(client_id, params):
        return "none"
    return ACTION_BY_COLUMN.get(top_column or "", "adviser_call")
