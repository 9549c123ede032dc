"""What a euro costs in dollars, an invented path, and what clients are charged to have some bonds in euros.

The broker exchanges by itself: who buys for euros gives dollars for exactly what the fill costs, who sells gets dollars for
what it brought, both at the session's one rate and a spread. So no account keeps euros overnight, and books are in dollars.
Amounts are in ten-thousandths, rates in hundred-millionths.
"""

from datetime import date

import numpy as np
from numpy.typing import NDArray

from ingestion.simulator.messages import Draft, draft
from ingestion.simulator.randomness import generator
from ingestion.simulator.texts import MINUTE, decimal_text, instant_text
from ingestion.simulator.timeline import Day

RATES, EXCHANGES = "market.exchange_rates.v1", "transactions.currency_exchanges.v1"
EURO, DOLLAR = "EUR", "USD"
RATE_UNIT = 100_000_000
PIP = 1_000
"""Rates are quoted to five decimals."""
FIRST_RATE, DAILY_VOLATILITY = 1.12, 0.005
SPREAD_BPS = 20
CENT = 100


def euro_rates(dates: tuple[date, ...], seed: int) -> NDArray[np.int64]:
    """A rate a session: a random walk in logarithms, which goes back to where it began by a hundredth a session."""
    shocks = generator(seed, "EUR/USD").standard_normal(len(dates)) * DAILY_VOLATILITY
    away, walk = 0.0, np.empty(len(dates))
    for row, shock in enumerate(shocks.tolist()):
        away += shock - 0.01 * away
        walk[row] = away
    return np.rint(FIRST_RATE * np.exp(walk) * RATE_UNIT / PIP).astype(np.int64) * PIP


def in_dollars(euros: int, rate: int) -> int:
    """At the rate itself, rounded half up."""
    return (euros * rate + RATE_UNIT // 2) // RATE_UNIT


def dollars_for(euros: int, rate: int) -> int:
    """What so many euros are bought for, whole cents, rounded up."""
    charged = euros * rate * (10_000 + SPREAD_BPS)
    return -(-charged // (RATE_UNIT * 10_000 * CENT)) * CENT


def dollars_from(euros: int, rate: int) -> int:
    """What so many euros are sold for, whole cents, rounded down, at least one."""
    return max(euros * rate * (10_000 - SPREAD_BPS) // (RATE_UNIT * 10_000 * CENT), 1) * CENT


def rate_draft(rate: int, session: str, close_us: int) -> Draft:
    """What the market-data system publishes after the close."""
    at = close_us + 2 * MINUTE
    data = {
        "session_date": session,
        "base_currency_code": EURO,
        "quote_currency_code": DOLLAR,
        "exchange_rate": f"{rate // RATE_UNIT}.{rate % RATE_UNIT:08d}",
        "published_at": instant_text(at),
    }
    return draft(at, RATES, data)


def exchange_draft(
    day: Day, number: int, account_id: str, side: str, euros: int, dollars: int, at: int
) -> Draft:
    """What the cash ledger sends of an exchange for a buy or after a sell."""
    buys = side == "buy"
    sold, bought = ((dollars, DOLLAR), (euros, EURO)) if buys else ((euros, EURO), (dollars, DOLLAR))
    data = {
        "session_date": day.text,
        "account_id": account_id,
        "currency_exchange_id": f"X-{day.compact}-{number:05d}",
        "sold_amount": decimal_text(sold[0]),
        "sold_currency_code": sold[1],
        "bought_amount": decimal_text(bought[0]),
        "bought_currency_code": bought[1],
        "value_date": day.text,
        "booked_at": instant_text(at),
    }
    return draft(at, EXCHANGES, data)
