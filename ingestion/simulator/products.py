"""The products: twenty real stocks by their tickers, and invented funds, bonds and deposits."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from ingestion.simulator.euros import DOLLAR, EURO
from ingestion.simulator.randomness import generator

WEIGHT_UNIT = 100_000_000
SECTORS = {
    "AAPL": "Technology", "AMD": "Technology", "MSFT": "Technology", "BAC": "Financials", "JPM": "Financials",
    "BBY": "Consumer", "HD": "Consumer", "CVX": "Energy", "XOM": "Energy", "RRC": "Energy", "GE": "Industrials",
    "JNJ": "Health", "LLY": "Health", "MRK": "Health", "PFE": "Health", "UNH": "Health", "KO": "Staples",
    "PEP": "Staples", "PG": "Staples", "WMT": "Staples",
}  # fmt: skip
TICKERS = tuple(SECTORS)
SECTOR_NAMES = tuple(sorted(set(SECTORS.values())))
THEMES = {
    "Dividend": ("KO", "PEP", "PG", "JNJ", "XOM", "CVX"), "Growth": ("AAPL", "AMD", "MSFT", "UNH", "LLY"),
    "Value": ("BAC", "JPM", "GE", "PFE", "WMT"), "Calm": ("JNJ", "PG", "KO", "PEP", "WMT", "MRK"),
    "Swing": ("AMD", "RRC", "GE", "BBY"), "Household": ("PG", "WMT", "KO", "HD", "BBY"),
}  # fmt: skip
Basket = tuple[str, str | None, tuple[str, ...]]
N_FUNDS, N_BONDS, N_DEPOSITS = 60, 12, 4


@dataclass(frozen=True)
class Product:
    """A product before its risk level, which follows from how its price moves. Weights in hundred-millionths; price and
    minimum in its currency."""

    instrument_id: str
    name: str
    kind: str
    sector: str | None
    basket: tuple[tuple[str, int], ...] = ()
    matures: date | None = None
    minimum: int = 0
    currency: str = DOLLAR


def products(seed: int) -> tuple[Product, ...]:
    """All products, always in the same order: stocks, funds, bonds, deposits."""
    return (*_stocks(), *_funds(seed), *_bonds(), *_deposits())


def stock_id(ticker: str) -> str:
    """The broker's identifier of a stock."""
    return f"XNYS:{ticker}"


def _stocks() -> list[Product]:
    return [Product(stock_id(each), each, "stock", SECTORS[each], minimum=1) for each in TICKERS]


def _funds(seed: int) -> list[Product]:
    random = generator(seed, "baskets")
    named = [*_sector_baskets(), *_theme_baskets(), ("Equal Twenty", None, TICKERS)]
    while len(named) < N_FUNDS:
        count = int(random.integers(4, 13))
        members = tuple(sorted(random.choice(TICKERS, size=count, replace=False).tolist()))
        named.append((f"Mixed {len(named) + 1}", None, members))
    return [_fund(number + 1, *each, random=random) for number, each in enumerate(named)]


def _sector_baskets() -> list[Basket]:
    return [
        (f"{sector} {style}", sector, _of_sector(sector))
        for sector in SECTOR_NAMES
        for style in ("Select", "Plus")
    ]


def _theme_baskets() -> list[Basket]:
    return [
        (f"{theme} {style}", None, members)
        for theme, members in THEMES.items()
        for style in ("Basket", "Focus", "Core")
    ]


def _of_sector(sector: str) -> tuple[str, ...]:
    return tuple(ticker for ticker, name in SECTORS.items() if name == sector)


def _fund(
    number: int, name: str, sector: str | None, members: tuple[str, ...], random: np.random.Generator
) -> Product:
    if name.startswith("Equal"):
        shares = np.ones(len(members))
    else:
        shares = random.dirichlet(np.full(len(members), 2.0)) + 0.01
    weights = np.floor(shares / shares.sum() * WEIGHT_UNIT).astype(np.int64)
    weights[0] += WEIGHT_UNIT - int(weights.sum())
    basket = tuple((stock_id(member), int(weight)) for member, weight in zip(members, weights, strict=True))
    return Product(
        f"XNYS:FUND{number:02d}", f"{name} Fund", "fund", sector, basket, minimum=50 if number % 5 else 500
    )


def _bonds() -> list[Product]:
    years = [2024 + number for number in range(N_BONDS)]
    return [
        Product(
            f"XNYS:BOND{number + 1:02d}",
            f"Bond {year}",
            "bond",
            None,
            matures=date(year, 6, 15),
            minimum=200,
            # One in three.
            currency=EURO if number % 3 == 2 else DOLLAR,
        )
        for number, year in enumerate(years)
    ]


def _deposits() -> list[Product]:
    return [
        Product(f"XNYS:DEPO{number + 1:02d}", f"Deposit {months} months", "deposit", None, minimum=100)
        for number, months in enumerate((1, 3, 6, 12)[:N_DEPOSITS])
    ]
