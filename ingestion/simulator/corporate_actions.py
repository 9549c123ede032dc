"""Splits and dividends that are planted in stocks, and what they do to closes and books.

The real closes are adjusted: a stock never splits in them and never pays. So that some do, every close before an ex-date is
raised by what the action takes away on it. What an instrument gains from session to session stays real.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ingestion.simulator.products import TICKERS
from ingestion.simulator.size import Size
from ingestion.simulator.timeline import Timeline

PAYERS = ("PEP", "JPM", "JNJ", "XOM", "KO", "PG")
A_QUARTER = 63
YIELD_RATIO = 0.007
CENT = 100


@dataclass(frozen=True)
class Action:
    """A planted action. ex_row: the session among all with prices. new_units: for one old unit, 1 for a dividend.

    dividend: a unit, in ten-thousandths, 0 for a split. change: what its second version says, empty where it has none:
    "amount" (the first had another), "cancelled" (it does not happen).
    """

    product: int
    ex_row: int
    new_units: int = 1
    dividend: int = 0
    change: str = ""

    @property
    def is_split(self) -> bool:
        return self.new_units != 1


class Adjusted(NamedTuple):
    """Closes as they were traded, the last close before each session in that session's units, and the actions.

    Both arrays sessions x products, in ten-thousandths. raised_by: by what factor each product's closes before all of them
    are raised.
    """

    closes: NDArray[np.int64]
    previous: NDArray[np.int64]
    raised_by: NDArray[np.float64]
    actions: tuple[Action, ...]


def unadjusted(closes: NDArray[np.int64], size: Size, times: Timeline) -> Adjusted:
    """From closes that are adjusted (sessions x products, stocks first, ten-thousandths)."""
    traded = closes.astype(np.float64)
    raised_by = np.ones(traded.shape[1])
    actions = []
    for action in sorted(_planned(size, times), key=lambda each: -each.ex_row):
        before = traded[: action.ex_row, action.product]
        if not action.is_split:
            paid = max(round(float(before[-1]) * YIELD_RATIO / CENT), 1) * CENT
            action = Action(action.product, action.ex_row, dividend=paid, change=action.change)
        if action.change != "cancelled":
            factor = action.new_units * (1.0 + action.dividend / before[-1])
            raised_by[action.product] *= factor
            before *= factor
        actions.append(action)
    rounded = np.rint(traded).astype(np.int64)
    return Adjusted(rounded, _previous(rounded, actions), raised_by, tuple(reversed(actions)))


def _planned(size: Size, times: Timeline) -> Iterator[Action]:
    """Splits in three stocks, one of them long before the first session, and one that is called off; a dividend a quarter."""
    first, n = times.first_played, size.n_sessions
    yield Action(TICKERS.index("HD"), first - size.n_price_sessions // 3, new_units=2)
    yield Action(TICKERS.index("BAC"), first + n * 2 // 5, new_units=2)
    yield Action(TICKERS.index("JPM"), first + n * 3 // 5, new_units=3)
    yield Action(TICKERS.index("MSFT"), first + n // 2, new_units=4, change="cancelled")
    for place, ticker in enumerate(PAYERS):
        for number in range(1 + 2 * place, n, A_QUARTER):
            change = "amount" if ticker == PAYERS[0] else ""
            yield Action(TICKERS.index(ticker), first + number, change=change)


def _previous(closes: NDArray[np.int64], actions: Sequence[Action]) -> NDArray[np.int64]:
    previous = np.vstack([closes[:1], closes[:-1]])
    for action in actions:
        if action.change != "cancelled":
            last = previous[action.ex_row, action.product]
            previous[action.ex_row, action.product] = (last - action.dividend) // action.new_units
    return previous
