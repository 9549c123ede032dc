"""Which product levels may be recommended to a client: a filter, never a weight (DOMAIN §5.2).

China's table for ordinary investors, levels C1-lowest to C5, and products R1 to R5. A level that is
unknown, predicted or expired is treated as the lowest. Professional investors are not restricted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

RULE_VERSION = "suitability-1"
"""Changes whenever an answer of this module does."""

LOWEST = 1
HIGHEST = 5
MAX_PRODUCT_LEVEL = MappingProxyType({"C1-lowest": 1, "C1": 1, "C2": 2, "C3": 3, "C4": 4, "C5": 5})
PRODUCT_LEVELS = MappingProxyType({"R1": 1, "R2": 2, "R3": 3, "R4": 4, "R5": 5})


@dataclass(frozen=True)
class ClientLevel:
    """What is known about a client. expires_date: the last day on which the assessment counts."""

    risk_level: str | None
    expires_date: date | None
    client_type: str = "ordinary"


def max_product_level(level: ClientLevel, on_date: date) -> int:
    """The highest product level, 1 to 5, that may be recommended to the client on that day."""
    if level.client_type == "professional":
        return HIGHEST
    if level.risk_level is None or level.expires_date is None or level.expires_date < on_date:
        return LOWEST
    return MAX_PRODUCT_LEVEL.get(level.risk_level, LOWEST)


def max_product_level_sql(
    risk_level: str = "client_risk_level",
    expires_date: str = "risk_level_expires_date",
    on_date: str = "session_date",
    client_type: str = "client_type",
) -> str:
    """`max_product_level` as a standard SQL expression over these columns; null counts as unknown."""
    levels = " ".join(f"WHEN '{client}' THEN {most}" for client, most in MAX_PRODUCT_LEVEL.items())
    return (
        f"CASE WHEN {client_type} = 'professional' THEN {HIGHEST} "
        f"WHEN {expires_date} >= {on_date} THEN CASE {risk_level} {levels} ELSE {LOWEST} END "
        f"ELSE {LOWEST} END"
    )


def is_suitable(product_risk_level: str | None, max_level: int) -> bool:
    """Whether a product may be recommended; one without a known level may not, to anyone."""
    return PRODUCT_LEVELS.get(product_risk_level or "", HIGHEST + 1) <= max_level


def suitable(max_levels: ArrayLike, product_risk_levels: Sequence[str | None]) -> NDArray[np.bool_]:
    """Clients x products: whether each product may be recommended to each client."""
    products = np.array([PRODUCT_LEVELS.get(level or "", HIGHEST + 1) for level in product_risk_levels])
    return np.asarray(products[None, :] <= np.asarray(max_levels)[:, None], dtype=np.bool_)
