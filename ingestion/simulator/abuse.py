"""Planted abuse for three alert rules, and near misses just below each threshold.

R02: a limit price ten percent or more on the aggressive side of the reference. R07: orders and cancels of one account in
one second. R30: five failed log-ins of a client in a tumbling window of five minutes. What is planted is known here and
checked nowhere else: the alerts are found by others.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from ingestion.simulator.app import Screen
from ingestion.simulator.messages import Draft
from ingestion.simulator.order_book import Order, Tape
from ingestion.simulator.orders import OrderDesk
from ingestion.simulator.randomness import generator, token
from ingestion.simulator.size import Size
from ingestion.simulator.texts import MINUTE, SECOND, UNIT, instant_text
from ingestion.simulator.timeline import Day
from ingestion.simulator.truth import Plant

WINDOW = 5 * MINUTE
MILLISECOND = 1_000
# Share of the reference, in thousandths, that the limit lies beyond it: planted, and just not enough.
BEYOND, NOT_ENOUGH = (100, 112, 145), (97, 99)


@dataclass
class Abuse:
    """Plants one session's abuse and remembers what it planted."""

    size: Size
    seed: int
    alerts: list[Plant] = field(default_factory=list)
    near_misses: list[Plant] = field(default_factory=list)

    def is_on(self, day: Day) -> bool:
        return day.is_last or day.number % self.size.plant_every == self.size.plant_every // 2

    def failed_log_ins(self, desk: OrderDesk, day: Day) -> Iterator[tuple[int, list[Draft]]]:
        """Clients and their bursts of failed log-ins."""
        random = generator(self.seed, "failed log-ins", day.number)
        people, state = desk.people, desk.state
        free = np.flatnonzero(state.is_client & ~state.has_left & ~people.is_algo & ~state.frozen)
        cases = [(5, 0), (4, 0), (3, 2)] + ([(int(random.integers(6, 9)), 0), (4, 4)] if day.is_last else [])
        for client, (before, after) in zip(
            random.choice(free, len(cases), replace=False).tolist(), cases, strict=True
        ):
            border = day.at(0.15 + 0.7 * float(random.random())) // WINDOW * WINDOW
            screen = Screen(people, client, token(random, "S"), day.closes - SECOND)
            if after:
                instants = [border - (before - number) * 12 * SECOND for number in range(before)]
                instants += [border + (number + 1) * 9 * SECOND for number in range(after)]
            else:
                instants = [border + (number + 1) * 25 * SECOND for number in range(before)]
            yield client, [screen.event("log_in_failed", at) for at in instants]
            entity, first = people.client_ids[client], border - WINDOW if after else border
            why = "" if before >= 5 else "five or more, but astride two windows" if after else "one too few"
            self._note(not why, Plant("R30", day.text, entity, instant_text(first), float(before), why))

    def price_deviations(self, desk: OrderDesk, tape: Tape) -> None:
        """Orders far from their reference on the aggressive side, and some that are not far enough, or far on the other side."""
        random = generator(self.seed, "price deviations", tape.day.number)
        cases = [(each, True) for each in (BEYOND if tape.day.is_last else BEYOND[tape.day.number % 3 :][:1])]
        cases += [(each, True) for each in NOT_ENOUGH] + [(120, False)]
        for thousandths, aggressive in cases:
            side = "buy" if not aggressive or random.random() < 0.6 else "sell"
            order = self._far_order(desk, tape, side, thousandths if aggressive else -thousandths, random)
            if order is None:
                continue
            desk._place(tape, order)
            why = (
                "on the passive side" if not aggressive else "below ten percent" if thousandths < 100 else ""
            )
            observed = 10.0 * thousandths * (1 if (side == "buy") == aggressive else -1)
            self._note(
                not why, Plant("R02", tape.day.text, order.order_id, instant_text(order.at), observed, why)
            )

    def _far_order(
        self, desk: OrderDesk, tape: Tape, side: str, thousandths: int, random: np.random.Generator
    ) -> Order | None:
        """An order of few units by somebody who can bear it; references are whole cents, so thousandths of them are exact."""
        at = tape.day.at(0.1 + 0.8 * float(random.random()))
        stocks = [place for place in desk.market.index("stock") if desk.state.tradable[place]]
        accounts = [number for number, is_open in enumerate(desk.state.account_open) if is_open]
        for account in random.permutation(accounts).tolist():
            owner, book = desk.people.owners[account], desk.state.books[account]
            if desk.people.is_algo[owner] or desk.state.leaves_on[owner] >= 0 or desk.state.frozen[owner]:
                continue
            held = [place for place in stocks if book.held.get(place, 0) >= UNIT]
            product = int(random.choice(held if side == "sell" and held else stocks))
            reference = desk._seen(tape, at, product)
            if (
                reference % 100
                or (side == "sell" and not held)
                or (side == "buy" and book.cash < 3 * reference + 50 * UNIT)
            ):
                continue
            limit = reference + (1 if side == "buy" else -1) * reference * thousandths // 1000
            return Order(
                order_id=tape.next_order_id(), account=account, product=product, side=side, quantity=UNIT, limit=limit,
                reference=reference, time_in_force="day", channel="web", algo_id=None, app_session_id=None, at=at,
            )  # fmt: skip
        return None

    def order_bursts(self, desk: OrderDesk, tape: Tape) -> None:
        """Bursts of tiny orders that are cancelled at once."""
        threshold = self.size.order_rate_threshold
        half = (threshold + 1) // 2
        cases = [(half + 2, 0, ""), (half, 1, "one too few"), (half + 2, 0, "astride two seconds")]
        cases += [(half, 0, ""), (half + 4, 0, "")] if tape.day.is_last else []
        random = generator(self.seed, "order bursts", tape.day.number)
        clients = np.flatnonzero(desk.people.is_algo).tolist()
        for number, (n_orders, n_short, why) in enumerate(cases):
            account = desk.people.accounts[clients[number % len(clients)]][0]
            second = (
                (tape.day.at(0.68 + 0.05 * number) + int(random.integers(60)) * SECOND) // SECOND * SECOND
            )
            start = second - SECOND // 2 if why.startswith("astride") else second
            self._burst(desk, tape, account, start, n_orders, n_short)
            observed = float(n_orders if why.startswith("astride") else 2 * n_orders - n_short)
            window = instant_text(second - SECOND if why.startswith("astride") else second)
            entity = desk.people.account_ids[account]
            self._note(not why, Plant("R07", tape.day.text, entity, window, observed, why))

    def _burst(
        self, desk: OrderDesk, tape: Tape, account: int, start: int, n_orders: int, n_short: int
    ) -> None:
        stock = desk.market.index("stock")[n_orders % 20]
        gap = SECOND // (n_orders + 1)
        for number in range(n_orders):
            at = start + number * gap + 2 * MILLISECOND
            reference = desk._seen(tape, at, stock)
            order = Order(
                order_id=tape.next_order_id(), account=account, product=stock, side="buy", quantity=UNIT,
                limit=max(reference * 98 // 100 // 100 * 100, 100), reference=reference, time_in_force="day", channel="algo",
                algo_id=f"ALGO{desk.people.owners[account]:02d}", app_session_id=None, at=at,
            )  # fmt: skip
            tape.step(order, "new", at, UNIT)
            tape.check(order, "price", "passed", order.limit or 0, None)
            tape.step(order, "acknowledged", at + 8 * MILLISECOND, UNIT)
            # The last cancels of a near miss come two seconds later.
            cancel = at + (2 * SECOND if number >= n_orders - n_short else 14 * MILLISECOND)
            tape.step(order, "cancel_requested", cancel, UNIT)
            tape.step(order, "cancelled", cancel + 6 * MILLISECOND, 0)

    def _note(self, raises: bool, plant: Plant) -> None:
        (self.alerts if raises else self.near_misses).append(plant)
