"""What the custodian states at the end of a week and of the run: the same books, but for breaks that are planted.

It keeps every account's securities and cash. A report that the venue sends later about an earlier fill moves our books of
that session and not a statement that is out already.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

import numpy as np

from ingestion.simulator.clients import Population
from ingestion.simulator.euros import DOLLAR
from ingestion.simulator.market import Market
from ingestion.simulator.messages import Draft, draft
from ingestion.simulator.order_book import Fill
from ingestion.simulator.randomness import generator
from ingestion.simulator.state import State
from ingestion.simulator.texts import MINUTE, SECOND, UNIT, decimal_text, instant_text
from ingestion.simulator.timeline import Day
from ingestion.simulator.truth import StatementBreak

STATEMENTS, CUSTODIAN = "transactions.statements.v1", "custodian"
FRIDAY = 4
AFTER_CLOSE = 16 * MINUTE
TOO_MUCH_CASH = 123 * UNIT + 4_500


@dataclass(frozen=True)
class Kept:
    """An account's cash and products, in ten-thousandths; no product is there with nothing."""

    cash: int = 0
    held: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class _Seen:
    """One account on a stated session: as it is, as it was at the end of the session before, and the session's fees."""

    now: Kept
    before: Kept
    fees: int


# The account as it is stated, or None where it gives no case of the kind.
_Plant = Callable[[_Seen, int], Kept | None]


@dataclass
class Custodian:
    """States accounts, and remembers the end of the session before."""

    people: Population
    market: Market
    state: State
    seed: int
    planted: list[StatementBreak] = field(default_factory=list)
    before: list[Kept] = field(default_factory=list)

    def session(self, day: Day, fills: list[Fill], corrected: Collection[str]) -> Iterator[Draft]:
        """The statements of a session, once its books are settled. corrected: accounts whose earlier fills were reported on."""
        now = [
            Kept(book.cash, {product: quantity for product, quantity in book.held.items() if quantity})
            for book in self.state.books
        ]
        before = self.before or [Kept()] * len(now)
        self.before = now
        if day.date.weekday() == FRIDAY or day.is_last:
            yield from self._stated(day, self._seen(now, before, fills), corrected)

    def _seen(self, now: list[Kept], before: list[Kept], fills: list[Fill]) -> list[_Seen]:
        fees = [0] * len(now)
        for fill in fills:
            # Others were charged in euros, which are exchanged for and leave no cash.
            if self.market.products[fill.product].currency == DOLLAR:
                fees[fill.account] += fill.fee
        return [_Seen(*each) for each in zip(now, before, fees, strict=True)]

    def _stated(self, day: Day, seen: list[_Seen], corrected: Collection[str]) -> Iterator[Draft]:
        random = generator(self.seed, "statements", day.number)
        changed = self._plants(day, seen, corrected, random)
        for account, each in enumerate(seen):
            if self.state.account_open[account] or each.now != Kept():
                yield self._statement(day, account, changed.get(account, each.now))

    def _plants(
        self, day: Day, seen: list[_Seen], corrected: Collection[str], random: np.random.Generator
    ) -> dict[int, Kept]:
        """For each kind of break the first account, in a drawn order, that gives a case of it."""
        order = [
            place
            for place in random.permutation(len(seen)).tolist()
            if seen[place].now.held and self.people.account_ids[place] not in corrected
        ]
        changed: dict[int, Kept] = {}
        for name, plant in _PLANTS.items():
            product = int(random.integers(len(self.market.products)))
            cases = ((place, plant(seen[place], product)) for place in order if place not in changed)
            found = next(((place, stated) for place, stated in cases if stated is not None), None)
            if found is not None:
                changed[found[0]] = found[1]
                self.planted += self._breaks(day, found[0], name, seen[found[0]].now, found[1])
        return changed

    def _breaks(self, day: Day, account: int, name: str, now: Kept, stated: Kept) -> Iterator[StatementBreak]:
        account_id = self.people.account_ids[account]
        if now.cash != stated.cash:
            yield StatementBreak(day.text, account_id, "USD", name)
        for product in sorted({*now.held, *stated.held}):
            if now.held.get(product, 0) != stated.held.get(product, 0):
                item = self.market.products[product].instrument_id
                yield StatementBreak(day.text, account_id, item, name)

    def _statement(self, day: Day, account: int, kept: Kept) -> Draft:
        at = day.closes + AFTER_CLOSE + account * SECOND // 100
        data = {
            "session_date": day.text,
            "custodian_name": CUSTODIAN,
            "account_id": self.people.account_ids[account],
            "statement_number": 1,
            "stated_positions": [
                {
                    "instrument_id": self.market.products[product].instrument_id,
                    "position_quantity": decimal_text(quantity),
                }
                for product, quantity in sorted(kept.held.items())
            ],
            "stated_cash": [{"currency_code": "USD", "cash_amount": decimal_text(kept.cash)}],
            "stated_at": instant_text(at),
        }
        return draft(at, STATEMENTS, data)


def _not_in_statement(seen: _Seen, _: int) -> Kept | None:
    product = next((each for each in sorted(seen.now.held) if each in seen.before.held), None)
    if product is None:
        return None
    return Kept(seen.now.cash, {each: held for each, held in seen.now.held.items() if each != product})


def _not_in_books(seen: _Seen, product: int) -> Kept | None:
    if product in seen.now.held or product in seen.before.held:
        return None
    return Kept(seen.now.cash, {**seen.now.held, product: 10 * UNIT})


def _one_session_behind(seen: _Seen, _: int) -> Kept | None:
    return None if seen.now == seen.before else seen.before


def _fees_not_charged(seen: _Seen, _: int) -> Kept | None:
    cash = seen.now.cash + seen.fees
    return None if not seen.fees or cash == seen.before.cash else Kept(cash, seen.now.held)


def _quantity_differs(seen: _Seen, _: int) -> Kept | None:
    product = min(seen.now.held)
    quantity = seen.now.held[product] + UNIT
    if quantity == seen.before.held.get(product, 0):
        return None
    return Kept(seen.now.cash, {**seen.now.held, product: quantity})


def _cash_differs(seen: _Seen, _: int) -> Kept | None:
    cash = seen.now.cash + TOO_MUCH_CASH
    return None if seen.fees == TOO_MUCH_CASH or cash == seen.before.cash else Kept(cash, seen.now.held)


_PLANTS: dict[str, _Plant] = {
    "one_session_behind": _one_session_behind,
    "fees_not_charged": _fees_not_charged,
    "not_in_statement": _not_in_statement,
    "not_in_books": _not_in_books,
    "quantity_differs": _quantity_differs,
    "cash_differs": _cash_differs,
}
