"""Who orders what: intentions become orders that cash and holdings of the moment can bear."""

from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingestion.simulator.clients import Floats, Population
from ingestion.simulator.euros import EURO, dollars_for
from ingestion.simulator.market import STEPS, Market
from ingestion.simulator.order_book import Chances, Fill, Order, Tape, fee_of, live
from ingestion.simulator.randomness import generator, uniforms
from ingestion.simulator.state import Book, State
from ingestion.simulator.texts import UNIT, multiply
from ingestion.simulator.timeline import Day
from ingestion.simulator.visits import Visit

CENT = 100
RESERVE = 5 * UNIT
SETTLING_IN = 5
ALGO_HOURS = 0.6


@dataclass(frozen=True)
class Intention:
    """A client turns to the order system; `sell_all` is one product to be sold whole at market."""

    at: int
    client: int
    visit: Visit | None
    sell_all: tuple[int, int] | None = None


def order_counts(people: Population, state: State, present: Floats, day: Day, seed: int) -> NDArray[np.int64]:
    """How many orders each client means to place. Newcomers, and everybody at first, have cash to invest."""
    random = generator(seed, "order counts", day.number)
    fresh = np.where(people.joins < 0, day.number, day.number - people.joins) < SETTLING_IN
    rate = people.order_rate * present + 0.8 * fresh * (present > 0)
    counts: NDArray[np.int64] = random.poisson(rate) * (state.is_client & ~state.frozen)
    return counts


@dataclass
class OrderDesk:
    """Places a session's orders in the order of time."""

    people: Population
    state: State
    market: Market
    seed: int

    def session(
        self,
        tape: Tape,
        counts: NDArray[np.int64],
        visits: list[Visit],
        going: tuple[int, ...],
        forced: list[tuple[int, int]],
    ) -> None:
        """Fills `tape` and moves the books. going: clients who sell all that they have. forced: accounts and products
        that the broker sells.
        """
        day = tape.day
        self._uniform = uniforms(self.seed, "orders", day.number)
        intentions = [
            *self._leave_taking(day, going),
            *self._forced_sales(day, forced),
            *self._ordinary(day, counts, visits, set(going)),
        ]
        for intention in sorted(intentions, key=lambda each: (each.at, each.client)):
            order = self._order(tape, intention)
            if order is not None:
                self._place(tape, order)

    def _ordinary(
        self, day: Day, counts: NDArray[np.int64], visits: list[Visit], going: set[int]
    ) -> Iterator[Intention]:
        in_hours: dict[int, list[Visit]] = {}
        for visit in visits:
            if visit.fraction >= 0:
                in_hours.setdefault(visit.client, []).append(visit)
        for client in np.repeat(np.arange(len(counts)), counts).tolist():
            if client in going:
                continue
            own, drawn = in_hours.get(client), next(self._uniform)
            if own and drawn < 0.85:
                visit = own[int(drawn * 1000) % len(own)]
                # A ticket takes a while: at most a few a minute by hand.
                yield Intention(visit.at + int((20 + 240 * next(self._uniform)) * 1_000_000), client, visit)
            else:
                hours = ALGO_HOURS if self.people.is_algo[client] else 0.95
                yield Intention(day.at(0.01 + hours * next(self._uniform)), client, None)

    def _leave_taking(self, day: Day, going: tuple[int, ...]) -> Iterator[Intention]:
        for client in going:
            for account in self.people.accounts[client]:
                for product in self.state.books[account].held:
                    at = day.at(0.05 + 0.4 * next(self._uniform))
                    yield Intention(at, client, None, (account, product))

    def _forced_sales(self, day: Day, forced: list[tuple[int, int]]) -> Iterator[Intention]:
        for account, product in forced:
            at = day.at(0.02 + 0.03 * next(self._uniform))
            yield Intention(at, self.people.owners[account], None, (account, product))

    def _order(self, tape: Tape, intention: Intention) -> Order | None:
        if intention.sell_all is not None:
            account, product = intention.sell_all
            return self._sell(tape, intention, account, product, 1.0, at_market=True)
        accounts = self.people.accounts[intention.client]
        account = accounts[0] if len(accounts) == 1 or next(self._uniform) < 0.7 else accounts[1]
        book = self.state.books[account]
        if book.held and next(self._uniform) > self._wish_to_buy(intention.client, book, tape):
            products = list(book.held)
            product = products[int(next(self._uniform) * len(products))]
            share = 1.0 if next(self._uniform) < 0.5 else 0.2 + 0.6 * next(self._uniform)
            return self._sell(tape, intention, account, product, share, at_market=next(self._uniform) < 0.4)
        return self._buy(tape, intention, account, book)

    def _wish_to_buy(self, client: int, book: Book, tape: Tape) -> float:
        if self.state.intends_since[client] >= 0 and self.state.shows[client] > 0:
            return 0.2
        value = book.value(tape.prices.dollar_prices(tape.prices.seen[0]))
        trust = 0.06 * min(max(float(self.people.disloyalty[client]), -2.0), 2.0)
        return (0.76 if value and book.cash / value > 0.15 else 0.42) - trust

    def _buy(self, tape: Tape, intention: Intention, account: int, book: Book) -> Order | None:
        client = intention.client
        chances = self.people.popular if next(self._uniform) < 0.2 else self.people.choices[client]
        product = bisect(chances, next(self._uniform))
        if intention.visit is not None:
            intention.visit.tickets.append((intention.at - 8_000_000, product))
        share = 0.03 if self.people.is_algo[client] else 0.15 + 0.45 * next(self._uniform)
        if next(self._uniform) < 0.012:
            share = 1.6
        reference = self._seen(tape, intention.at, product)
        # An account that was lent more than its order limit spends it order by order.
        spent = int(min(book.cash, self._ceiling(account)) * share)
        quantity = self._quantity(product, spent, tape.prices.dollars(product, reference))
        if not self.state.tradable[product] or quantity <= 0:
            return None
        if multiply(quantity, reference) < self.market.products[product].minimum * UNIT:
            return None
        return self._new(tape, intention, account, product, "buy", quantity, reference)

    def _sell(
        self, tape: Tape, intention: Intention, account: int, product: int, share: float, *, at_market: bool
    ) -> Order | None:
        held = self.state.books[account].held.get(product, 0)
        quantity = held if share == 1.0 else int(held * share)
        if self.market.products[product].kind != "fund":
            quantity = quantity // UNIT * UNIT
        if quantity <= 0 or not self.state.tradable[product]:
            return None
        if intention.visit is not None:
            intention.visit.tickets.append((intention.at - 8_000_000, product))
        reference = self._seen(tape, intention.at, product)
        return self._new(tape, intention, account, product, "sell", quantity, reference, at_market=at_market)

    def _new(
        self, tape: Tape, intention: Intention, account: int, product: int, side: str, quantity: int, reference: int,
        *, at_market: bool = False,
    ) -> Order:  # fmt: skip
        algo = bool(self.people.is_algo[intention.client])
        limit, drawn = None, next(self._uniform)
        if self.market.products[product].kind in ("stock", "bond") and not at_market and drawn > 0.3:
            limit = self._limit(side, reference, aggressive=algo or drawn > 0.65)
        immediate = limit is not None and next(self._uniform) < 0.06
        channel = "algo" if algo else "app" if intention.visit else "desk" if drawn < 0.2 else "web"
        return Order(
            order_id=tape.next_order_id(), account=account, product=product, side=side, quantity=quantity, limit=limit,
            reference=reference, time_in_force="immediate_or_cancel" if immediate else "day", channel=channel,
            algo_id=f"ALGO{intention.client:02d}" if algo else None,
            app_session_id=intention.visit.app_session_id if intention.visit else None, at=intention.at,
        )  # fmt: skip

    def _limit(self, side: str, reference: int, *, aggressive: bool) -> int:
        """Within three percent of the reference, on whole cents where the reference is."""
        distance = (0.004 if aggressive else 0.0285) * next(self._uniform) ** 2 + 0.0005
        sign = 1 if (side == "buy") == aggressive else -1
        return max(round(reference * (1 + sign * distance) / CENT) * CENT, CENT)

    def _seen(self, tape: Tape, at: int, product: int) -> int:
        day = tape.day
        return tape.prices.seen[min(max((at - day.opens) * STEPS // (day.closes - day.opens), 0), STEPS - 1)][
            product
        ]

    def _quantity(self, product: int, amount: int, price: int) -> int:
        """What an amount buys: whole units, funds to four places."""
        quantity = amount * UNIT // price
        return quantity if self.market.products[product].kind == "fund" else quantity // UNIT * UNIT

    def _place(self, tape: Tape, order: Order) -> None:
        book = self.state.books[order.account]
        owner = self.people.owners[order.account]
        tape.step(order, "new", order.at, order.quantity)
        refused = self._refusal(tape, order, book)
        if refused is not None:
            tape.check(order, *refused)
            tape.step(order, "rejected", order.at + 12_000, 0)
            self.state.annoyance[owner] += 1.0
            return
        notional = tape.prices.dollars(
            order.product, multiply(order.quantity, order.limit or order.reference)
        )
        kind, limit = ("cash", book.cash) if order.side == "buy" else ("position", None)
        if next(self._uniform) < 0.4:
            kind, limit = "price", None
        tape.check(order, kind, "passed", notional, limit)
        chances = Chances(next(self._uniform), next(self._uniform), next(self._uniform))
        self._book(book, order, live(tape, order, chances), tape.day.number)

    def _refusal(self, tape: Tape, order: Order, book: Book) -> tuple[str, str, int, int] | None:
        """The check that refuses an order. Worst case: the limit, what the client sees, or what the session closes at."""
        product = self.market.products[order.product]
        worst = max(order.limit or 0, order.reference, int(tape.prices.high[order.product]))
        amount = multiply(order.quantity, worst)
        with_fees = amount + 4 * fee_of(product.kind, order.quantity, worst)
        cost = tape.prices.dollars(order.product, amount)
        needed = dollars_for(with_fees, tape.prices.euro) if product.currency == EURO else with_fees
        if order.side == "buy" and needed + RESERVE > book.cash:
            return "cash", "rejected", cost, book.cash
        ceiling = self._ceiling(order.account)
        if order.side == "buy" and cost > ceiling:
            return "notional", "rejected", cost, ceiling
        return None

    def _ceiling(self, account: int) -> int:
        """The account's limit on one order."""
        return int(float(self.people.wealth[self.people.owners[account]])) * UNIT

    def _book(self, book: Book, order: Order, fills: list[Fill], session: int) -> None:
        for fill in fills:
            if fill.side == "buy":
                book.cash -= fill.dollars
                book.arriving[fill.product] = book.arriving.get(fill.product, 0) + fill.quantity
            else:
                book.held[fill.product] -= fill.quantity
                book.incoming += fill.dollars
                book.touched[fill.product] = session
        if order.side == "sell" and not book.held[order.product]:
            del book.held[order.product]
