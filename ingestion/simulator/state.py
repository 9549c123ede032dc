"""What changes from session to session: books, levels, who is still there."""

from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from ingestion.simulator.clients import Population


@dataclass
class Book:
    """One account. cash: what is free to use, amounts and quantities in ten-thousandths.

    `incoming` and `arriving` are cash and products of this session's fills, usable from the next session on, so that no
    order of arrival can make cash or a position negative. `touched` is the last session in which a product was sold.
    `owed` are dividends that are due and not paid yet.
    `debt` is what the broker has lent, with interest.
    """

    cash: int = 0
    held: dict[int, int] = field(default_factory=dict)
    incoming: int = 0
    arriving: dict[int, int] = field(default_factory=dict)
    touched: dict[int, int] = field(default_factory=dict)
    owed: int = 0
    debt: int = 0

    def settle(self) -> None:
        """Ends a session."""
        self.cash += self.incoming
        self.incoming = 0
        for product, quantity in self.arriving.items():
            self.held[product] = self.held.get(product, 0) + quantity
        self.arriving.clear()
        self.held = {product: quantity for product, quantity in self.held.items() if quantity}

    def value(self, prices: list[int]) -> int:
        """Cash and holdings at prices, in ten-thousandths."""
        return self.cash + sum(
            quantity * prices[product] // 10_000 for product, quantity in self.held.items()
        )


@dataclass
class State:
    """Everybody's state. Levels are places in LEVELS, -1 where never assessed; sessions are numbers, -1 for never."""

    books: list[Book]
    opened: list[date]
    account_events: list[int]
    account_open: list[bool]
    level: list[int]
    expires: list[date | None]
    is_client: NDArray[np.bool_]
    has_left: NDArray[np.bool_]
    frozen: NDArray[np.bool_]
    quiet_until: NDArray[np.int64]
    intends_since: NDArray[np.int64]
    leaves_on: NDArray[np.int64]
    shows: NDArray[np.float64]
    changes_mind: NDArray[np.bool_]
    closes_account: NDArray[np.bool_]
    annoyance: NDArray[np.float64]
    tradable: list[bool]


def new_state(people: Population, n_products: int) -> State:
    """Nobody is a client yet."""
    n, n_accounts = len(people), len(people.owners)
    return State(
        books=[Book() for _ in range(n_accounts)],
        opened=[date(1970, 1, 1)] * n,
        account_events=[0] * n_accounts,
        account_open=[False] * n_accounts,
        level=[-1] * n,
        expires=[None] * n,
        is_client=np.zeros(n, dtype=bool),
        has_left=np.zeros(n, dtype=bool),
        frozen=np.zeros(n, dtype=bool),
        quiet_until=np.full(n, -1),
        intends_since=np.full(n, -1),
        leaves_on=np.full(n, -1),
        shows=np.zeros(n),
        changes_mind=np.zeros(n, dtype=bool),
        closes_account=np.zeros(n, dtype=bool),
        annoyance=np.zeros(n),
        tradable=[True] * n_products,
    )
