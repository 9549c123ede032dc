"""The clients: latent traits that nobody sees, drawn once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingestion.simulator.market import Market
from ingestion.simulator.products import SECTOR_NAMES, SECTORS, WEIGHT_UNIT, stock_id
from ingestion.simulator.randomness import generator, token
from ingestion.simulator.size import Size

Floats = NDArray[np.float64]
LEVELS = ("C1-lowest", "C1", "C2", "C3", "C4", "C5")
LEVEL_BOUNDS = (-1.7, -1.1, -0.3, 0.5, 1.2)
KINDS = ("stock", "fund", "bond", "deposit")


@dataclass(frozen=True)
class Population:
    """All clients that will ever be, by number. joins: the session of the account's opening, -1 for before the run.

    order_rate, log_in_rate: a session. appetite, disloyalty, fear: standard scores. takes_holidays: whether late August
    and the days about Thanksgiving are quiet. choices: cumulative chances over products of what a client turns to, and
    popular the same for what everybody looks at. utilities: clients x products, the taste itself.
    """

    client_ids: tuple[str, ...]
    account_ids: tuple[str, ...]
    owners: tuple[int, ...]
    accounts: tuple[tuple[int, ...], ...]
    joins: NDArray[np.int64]
    order_rate: Floats
    log_in_rate: Floats
    appetite: Floats
    disloyalty: Floats
    fear: Floats
    wealth: Floats
    takes_holidays: NDArray[np.bool_]
    is_algo: NDArray[np.bool_]
    is_professional: NDArray[np.bool_]
    ip_addresses: tuple[str, ...]
    device_ids: tuple[str, ...]
    utilities: Floats
    choices: list[list[float]]
    popular: list[float]

    def __len__(self) -> int:
        return len(self.client_ids)


def population(size: Size, seed: int, market: Market) -> Population:
    """Draws everybody."""
    random = generator(seed, "clients")
    n = size.n_clients
    is_algo = np.arange(n) < size.n_algo_clients
    joins = np.where(
        random.random(n) < size.joining_ratio, random.integers(1, max(size.n_sessions - 2, 2), n), -1
    )
    joins[is_algo] = -1
    appetite, disloyalty = random.standard_normal(n), random.standard_normal(n)
    # What keeps a client shows a little in how often it comes.
    log_ins = _rates(random, n, size.log_in_ratio, spread=0.6, tilt=-0.3 * disloyalty)
    orders = _rates(random, n, size.order_ratio, spread=1.1, tilt=-0.2 * disloyalty)
    orders[is_algo] = 12.0
    two = random.random(n) < 0.08
    owners = tuple(
        client for client in range(n) for _ in range(2 if two[client] and not is_algo[client] else 1)
    )
    accounts = tuple(
        tuple(number for number, owner in enumerate(owners) if owner == client) for client in range(n)
    )
    popularity = random.normal(0.0, 0.8, len(market.products))
    utilities = _utilities(random, market, appetite) + popularity
    return Population(
        client_ids=tuple(token(random, "C") for _ in range(n)),
        account_ids=tuple(token(random, "A") for _ in owners),
        owners=owners,
        accounts=accounts,
        joins=joins,
        order_rate=np.minimum(orders, 12.0),
        log_in_rate=np.minimum(log_ins, 4.0),
        appetite=appetite,
        disloyalty=disloyalty,
        fear=random.standard_normal(n),
        wealth=np.where(is_algo, 400_000.0, np.clip(np.exp(random.normal(9.7, 1.1, n)), 800.0, 2_000_000.0)),
        takes_holidays=random.random(n) < 0.35,
        is_algo=is_algo,
        is_professional=is_algo | (random.random(n) < 0.03),
        ip_addresses=tuple(_address(random) for _ in range(n)),
        device_ids=tuple(token(random, "D") for _ in range(n)),
        utilities=utilities,
        choices=_cumulative(utilities),
        popular=_cumulative(2.0 * popularity[None, :])[0],
    )


def _rates(random: np.random.Generator, n: int, mean: float, *, spread: float, tilt: Floats) -> Floats:
    """Heavy-tailed rates with the given mean."""
    drawn = np.exp(random.normal(0.0, spread, n) + tilt)
    return mean * drawn / drawn.mean()


def _utilities(random: np.random.Generator, market: Market, appetite: Floats) -> Floats:
    """How much each client likes each product: sectors, kinds and risk, and what no one can explain."""
    n = len(appetite)
    sectors = random.dirichlet(np.full(len(SECTOR_NAMES), 0.4), n) @ _sector_shares(market).T
    kinds = random.normal(0.0, 0.9, (n, len(KINDS)))[:, [KINDS.index(each.kind) for each in market.products]]
    levels = np.array([int(level[1]) for level in market.levels])
    wanted = 2.8 + appetite[:, None]
    noise = random.normal(0.0, 0.7, (n, len(market.products)))
    return (
        3.0 * sectors
        + kinds
        - 0.55 * np.abs(levels - wanted)
        - 0.6 * np.maximum(levels - wanted - 0.7, 0.0)
        + noise
    )


def _sector_shares(market: Market) -> Floats:
    """products x sectors: how much of a product is in which sector."""
    sector_of = {stock_id(ticker): SECTOR_NAMES.index(name) for ticker, name in SECTORS.items()}
    shares = np.zeros((len(market.products), len(SECTOR_NAMES)))
    for row, product in enumerate(market.products):
        for member, weight in product.basket or ((product.instrument_id, WEIGHT_UNIT),):
            if member in sector_of:
                shares[row, sector_of[member]] += weight / WEIGHT_UNIT
    return shares


def _cumulative(utilities: Floats) -> list[list[float]]:
    chances = np.exp(utilities - utilities.max(axis=1, keepdims=True))
    summed = np.cumsum(chances, axis=1)
    rows: list[list[float]] = (summed / summed[:, -1:]).tolist()
    return rows


def _address(random: np.random.Generator) -> str:
    """An address from a range that is kept for documentation."""
    block = ("192.0.2", "198.51.100", "203.0.113")[int(random.integers(3))]
    return f"{block}.{int(random.integers(1, 255))}"
