"""How much is simulated: three named sets of numbers."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Size:
    """One simulation's size.

    n_price_sessions: sessions with bars before the first played one. joining_ratio: share of clients who open their
    account during the run. order_ratio, log_in_ratio: mean orders and app sessions a client and session.
    leaving_ratio: mean hazard, a session, of starting to leave. quotes_per_stock, web_lines, faults_per_session: a
    session. order_rate_threshold: orders and cancels of an account in one second that rule R07 reports (its params).
    """

    name: str
    n_sessions: int
    n_price_sessions: int
    n_clients: int
    last_session: date = date(2022, 12, 23)
    joining_ratio: float = 0.28
    order_ratio: float = 0.42
    log_in_ratio: float = 0.48
    leaving_ratio: float = 0.0043
    quotes_per_stock: int = 8
    web_lines: int = 160
    faults_per_session: int = 10
    n_algo_clients: int = 8
    n_delisted: int = 3
    plant_every: int = 10
    order_rate_threshold: int = 20


STANDARD = Size("standard", n_sessions=126, n_price_sessions=620, n_clients=600, order_rate_threshold=210)
"""Bars from 2020-01-10 on; sessions from 2022-06-28 to 2022-12-23. As much as two cores play and compute in ten minutes."""

SMALL = Size(
    "small", n_sessions=20, n_price_sessions=60, n_clients=100, joining_ratio=0.08, quotes_per_stock=6,
    leaving_ratio=0.008, web_lines=60, faults_per_session=4, n_algo_clients=3, n_delisted=2, plant_every=10,
)  # fmt: skip

TINY = Size(
    "tiny", n_sessions=8, n_price_sessions=30, n_clients=60, joining_ratio=0.07, quotes_per_stock=3,
    leaving_ratio=0.015, web_lines=40, faults_per_session=6, n_algo_clients=2, n_delisted=1, plant_every=8,
)  # fmt: skip

SIZES = {size.name: size for size in (STANDARD, SMALL, TINY)}
