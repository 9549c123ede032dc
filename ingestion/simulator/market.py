"""The market: products with risk levels, and one session's invented path around the real closes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingestion.simulator.corporate_actions import Adjusted, unadjusted
from ingestion.simulator.euros import EURO, euro_rates, in_dollars
from ingestion.simulator.prices import Closes, Integers, all_closes
from ingestion.simulator.products import Product, products
from ingestion.simulator.randomness import generator
from ingestion.simulator.size import Size
from ingestion.simulator.timeline import Timeline

STEPS = 78
CENT = 100
# Yearly volatility from which on a product is R2, R3, R4, R5.
RISK_BOUNDS = {
    "stock": (0.0, 0.0, 0.24, 0.36), "fund": (0.0, 0.20, 0.27, 9.9), "bond": (0.02, 9.9, 9.9, 9.9), "deposit": (9.9,) * 4,
}  # fmt: skip


@dataclass(frozen=True)
class MarketDay:
    """One session, prices in ten-thousandths. path: STEPS + 1 instants x products, from open to close.

    `seen` is what a client sees as the price before the close: funds and deposits have one value a session, so it is the last one.
    Prices are in the currency of the product. euro: what one costs in dollars, in hundred-millionths. in_euros: by product.
    """

    previous: Integers
    open: Integers
    high: Integers
    low: Integers
    close: Integers
    path: Integers
    seen: list[list[int]]
    traded: Integers
    euro: int
    in_euros: tuple[bool, ...]

    def dollars(self, product: int, amount: int) -> int:
        """An amount of a product's currency, or its price, in dollars at the session's rate."""
        return in_dollars(amount, self.euro) if self.in_euros[product] else amount

    def dollar_prices(self, prices: list[int]) -> list[int]:
        """Prices of all products in dollars."""
        return [self.dollars(product, price) for product, price in enumerate(prices)]


@dataclass(frozen=True)
class Market:
    """products, closes (sessions x products, adjusted, and as they were traded), risk levels such as R3, product by product, and
    what a euro costs, session by session."""

    seed: int
    products: tuple[Product, ...]
    prices: Closes
    traded: Adjusted
    levels: tuple[str, ...]
    euro: Integers

    def index(self, kind: str) -> list[int]:
        """Places of all products of a kind."""
        return [place for place, product in enumerate(self.products) if product.kind == kind]

    def trend(self, row: int, sessions: int = 20) -> float:
        """Mean return of the stocks over the last sessions before a row; 0 where there are too few."""
        stocks = self.prices.closes[:, self.index("stock")]
        return 0.0 if row <= sessions else float((stocks[row - 1] / stocks[row - 1 - sessions] - 1.0).mean())

    def day(self, row: int) -> MarketDay:
        """The session at a row of the closes."""
        random = generator(self.seed, "intraday", row)
        moving = self._moving()
        close, previous = self.traded.closes[row], self.traded.previous[row]
        opening = _opening(previous, close, self.prices.volatility, moving, random)
        path = _path(opening, close, self.prices.volatility, moving, self._ticks(), random)
        high, low = path.max(axis=0), path.min(axis=0)
        seen = np.where(moving, path, previous).tolist()
        traded = np.floor(np.exp(random.normal(13.0, 0.6, len(close)))).astype(np.int64)
        in_euros = tuple(product.currency == EURO for product in self.products)
        return MarketDay(
            previous, path[0], high, low, close, path, seen, traded, int(self.euro[row]), in_euros
        )

    def _moving(self) -> NDArray[np.bool_]:
        return np.array([product.kind in ("stock", "bond") for product in self.products])

    def _ticks(self) -> Integers:
        return np.array([CENT if product.kind == "stock" else 1 for product in self.products], dtype=np.int64)


def build_market(size: Size, seed: int, times: Timeline) -> Market:
    """Products, closes and levels of a simulation."""
    listed = products(seed)
    prices = all_closes(listed, times.dates, seed)
    yearly = prices.volatility * np.sqrt(252.0)
    levels = tuple(_level(product.kind, float(value)) for product, value in zip(listed, yearly, strict=True))
    traded = unadjusted(prices.closes, size, times)
    return Market(seed, listed, prices, traded, levels, euro_rates(times.dates, seed))


def _level(kind: str, volatility: float) -> str:
    return f"R{1 + sum(volatility >= bound for bound in RISK_BOUNDS[kind])}"


def _opening(
    previous: Integers,
    close: Integers,
    volatility: NDArray[np.float64],
    moving: NDArray[np.bool_],
    random: np.random.Generator,
) -> NDArray[np.float64]:
    gap = np.exp(0.35 * volatility * random.standard_normal(len(close)))
    return np.where(moving, previous * gap, close).astype(np.float64)


def _path(
    opening: NDArray[np.float64],
    close: Integers,
    volatility: NDArray[np.float64],
    moving: NDArray[np.bool_],
    ticks: Integers,
    random: np.random.Generator,
) -> Integers:
    """A bridge in logarithms from open to close, on the product's tick; the close stays as it is."""
    steps = np.cumsum(random.standard_normal((STEPS, len(close))), axis=0) / np.sqrt(STEPS)
    walk = np.vstack([np.zeros(len(close)), steps])
    share = np.linspace(0.0, 1.0, STEPS + 1)[:, None]
    bridge = (walk - share * walk[-1]) * 0.6 * volatility * moving
    logs = np.log(opening) * (1.0 - share) + np.log(close) * share + bridge
    path = np.maximum(np.rint(np.exp(logs) / ticks).astype(np.int64) * ticks, ticks)
    path[-1] = close
    return np.where(moving, path, close)
