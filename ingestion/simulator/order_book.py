"""An order's life, step by step, against the session's path: what the order system, the venue and the checks send."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ingestion.simulator.clients import Population
from ingestion.simulator.euros import dollars_for, dollars_from, exchange_draft
from ingestion.simulator.market import STEPS, Market, MarketDay
from ingestion.simulator.messages import Draft, draft
from ingestion.simulator.texts import SECOND, decimal_text, instant_text, multiply
from ingestion.simulator.timeline import Day

ORDERS, FILLS, CHECKS = "transactions.orders.v1", "transactions.fills.v1", "risk.order_checks.v1"
FEE_BPS = {"stock": 10, "fund": 20, "bond": 10, "deposit": 0}
LEAST_FEE, CENT = 10_000, 100
MILLISECOND = 1_000


@dataclass
class Order:
    """One order. Prices, quantities in ten-thousandths; limit None is at market. version and step count up."""

    order_id: str
    account: int
    product: int
    side: str
    quantity: int
    limit: int | None
    reference: int
    time_in_force: str
    channel: str
    algo_id: str | None
    app_session_id: str | None
    at: int
    version: int = 1
    step: int = 0


@dataclass(frozen=True)
class Fill:
    """One fill and the record that was sent of it. dollars: what it takes from the cash or brings, fee and exchange with it."""

    session: int
    account: int
    product: int
    side: str
    quantity: int
    price: int
    fee: int
    dollars: int
    data: dict[str, Any]

    @property
    def amount(self) -> int:
        return multiply(self.quantity, self.price)


@dataclass
class Tape:
    """Writes one session's order events, checks and fills, with their identifiers."""

    people: Population
    market: Market
    day: Day
    prices: MarketDay
    drafts: list[Draft] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)
    n_orders: int = 0
    n_checks: int = 0
    n_exchanges: int = 0

    def next_order_id(self) -> str:
        self.n_orders += 1
        return f"O-{self.day.compact}-{self.n_orders:06d}"

    def step(self, order: Order, kind: str, at: int, remaining: int) -> None:
        """One step of an order."""
        order.step += 1
        version = f"{order.order_id}-{order.version}"
        data = {
            "mic_code": "XNYS",
            "session_date": self.day.text,
            "order_id": order.order_id,
            "order_step": order.step,
            "order_event_type": kind,
            "client_order_id": version,
            "replaces_client_order_id": f"{order.order_id}-{order.version - 1}"
            if order.version > 1
            else None,
            "account_id": self.people.account_ids[order.account],
            "instrument_id": self.market.products[order.product].instrument_id,
            "side": order.side,
            "order_type": "market" if order.limit is None else "limit",
            "limit_price": None if order.limit is None else decimal_text(order.limit),
            "reference_price": decimal_text(order.reference),
            "quantity": decimal_text(order.quantity),
            "remaining_quantity": decimal_text(remaining),
            "currency_code": self.market.products[order.product].currency,
            "time_in_force": order.time_in_force,
            "channel": order.channel,
            "algo_id": order.algo_id,
            "app_session_id": order.app_session_id,
            "order_event_at": instant_text(at),
        }
        self.drafts.append(draft(at, ORDERS, data))

    def check(self, order: Order, kind: str, outcome: str, observed: int, limit: int | None) -> None:
        """The order's pre-trade check, between its entry and the answer."""
        self.n_checks += 1
        at = order.at + 4 * MILLISECOND
        data = {
            "session_date": self.day.text,
            "order_check_id": f"K-{self.day.compact}-{self.n_checks:06d}",
            "order_id": order.order_id,
            "account_id": self.people.account_ids[order.account],
            "check_type": kind,
            "check_outcome": outcome,
            "observed_amount": decimal_text(observed),
            "limit_amount": None if limit is None else decimal_text(limit),
            "currency_code": "USD",
            "checked_at": instant_text(at),
        }
        self.drafts.append(draft(at, CHECKS, data))

    def fill(self, order: Order, quantity: int, price: int, at: int, reported: int, *, rested: bool) -> Fill:
        """One fill of an order."""
        fee = fee_of(self.market.products[order.product].kind, quantity, price)
        data = {
            "mic_code": "XNYS",
            "session_date": self.day.text,
            "fill_id": f"F-{self.day.compact}-{len(self.fills) + 1:06d}",
            "side": order.side,
            "report_type": "fill",
            "corrects_fill_id": None,
            "order_id": order.order_id,
            "account_id": self.people.account_ids[order.account],
            "instrument_id": self.market.products[order.product].instrument_id,
            "quantity": decimal_text(quantity),
            "price": decimal_text(price),
            "fee_amount": decimal_text(fee),
            "currency_code": self.market.products[order.product].currency,
            "liquidity_flag": "added" if rested else "removed",
            "counterparty_id": "MAKER1" if len(self.fills) % 9 == 0 else None,
            "executed_at": instant_text(at),
            "reported_at": instant_text(reported),
        }
        self.drafts.append(draft(reported, FILLS, data))
        done = Fill(
            self.day.number, order.account, order.product, order.side, quantity, price,
            fee, self._settled(order, multiply(quantity, price), fee, at), data,
        )  # fmt: skip
        self.fills.append(done)
        return done

    def _settled(self, order: Order, notional: int, fee: int, at: int) -> int:
        """The dollars that a fill takes or brings; what is in euros is exchanged for them, a sale a second after it."""
        buys = order.side == "buy"
        amount = notional + (fee if buys else -fee)
        if not self.prices.in_euros[order.product]:
            return amount
        dollars = (dollars_for if buys else dollars_from)(amount, self.prices.euro)
        self.n_exchanges += 1
        instant = at if buys else at + SECOND
        account_id = self.people.account_ids[order.account]
        self.drafts.append(
            exchange_draft(self.day, self.n_exchanges, account_id, order.side, amount, dollars, instant)
        )
        return dollars


def fee_of(kind: str, quantity: int, price: int) -> int:
    """A fill's fee, whole cents; never more than half of the fill."""
    amount = multiply(quantity, price)
    fee = amount * FEE_BPS[kind] // 10_000
    if kind == "stock":
        fee = max(fee, LEAST_FEE)
    return min(fee, amount // 2) // CENT * CENT


@dataclass(frozen=True)
class Chances:
    """The draws that shape one order's life, each in [0, 1)."""

    course: float
    split: float
    delay: float


def live(tape: Tape, order: Order, chances: Chances) -> list[Fill]:
    """An accepted order from its acknowledgement to its end; returns its fills."""
    tape.step(order, "acknowledged", order.at + 15 * MILLISECOND, order.quantity)
    if tape.market.products[order.product].kind in ("fund", "deposit"):
        at = tape.day.closes
        return [
            tape.fill(
                order,
                order.quantity,
                int(tape.prices.close[order.product]),
                at,
                at + int(240 * SECOND * chances.delay) + SECOND,
                rested=False,
            )
        ]
    here = _place(tape.day, order.at)
    if _crosses(order, int(tape.prices.path[here, order.product])):
        return _take(tape, order, here, chances)
    if order.time_in_force == "immediate_or_cancel":
        tape.step(order, "expired", order.at + 30 * MILLISECOND, 0)
        return []
    return _rest(tape, order, here, chances)


def _take(tape: Tape, order: Order, here: int, chances: Chances) -> list[Fill]:
    """Fills at once at the path's price, often in parts; an immediate order's rest expires."""
    price, at = int(tape.prices.path[here, order.product]), order.at + 30 * MILLISECOND
    parts = _parts(order.quantity, chances.split)
    if order.time_in_force == "immediate_or_cancel" and len(parts) > 1:
        done = [tape.fill(order, parts[0], price, at, at + 5 * MILLISECOND, rested=False)]
        tape.step(order, "expired", at + 8 * MILLISECOND, 0)
        return done
    return list(_fill_parts(tape, order, parts, price, at, rested=False))


def _fill_parts(
    tape: Tape, order: Order, parts: list[int], price: int, at: int, *, rested: bool
) -> Iterator[Fill]:
    for number, part in enumerate(parts):
        instant = min(at + number * 700 * MILLISECOND, tape.day.closes - MILLISECOND)
        yield tape.fill(order, part, price, instant, instant + 5 * MILLISECOND, rested=rested)


def _rest(tape: Tape, order: Order, here: int, chances: Chances) -> list[Fill]:
    """Waits for the path; else is replaced, cancelled, or expires at the close."""
    met = _first_crossing(tape, order, here)
    patience = here + 2 + int(chances.delay * (STEPS - here))
    if met is not None and (met <= patience or chances.course > 0.6):
        assert order.limit is not None
        parts = _parts(order.quantity, chances.split)
        at = max(_instant(tape.day, met), order.at + 40 * MILLISECOND)
        if len(parts) > 1 and chances.course > 0.9:
            return _cancelled_halfway(tape, order, parts, at)
        return list(_fill_parts(tape, order, parts, order.limit, at, rested=True))
    if chances.course < 0.35 and patience < STEPS - 1:
        return _replaced(tape, order, patience, chances)
    if chances.course < 0.8 and patience < STEPS - 1:
        _cancel(tape, order, _instant(tape.day, patience) + SECOND, order.quantity)
        return []
    tape.step(order, "expired", tape.day.closes, 0)
    return []


def _replaced(tape: Tape, order: Order, place: int, chances: Chances) -> list[Fill]:
    """A new version that pays the price of the moment."""
    price = int(tape.prices.path[place, order.product])
    at = max(_instant(tape.day, place), order.at + SECOND)
    if order.side == "buy" and order.limit is not None and price > order.limit * 103 // 100:
        _cancel(tape, order, at, order.quantity)
        return []
    order.version += 1
    order.limit = order.reference = price
    tape.step(order, "replaced", at, order.quantity)
    return list(
        _fill_parts(
            tape, order, _parts(order.quantity, chances.split), price, at + 30 * MILLISECOND, rested=False
        )
    )


def _cancelled_halfway(tape: Tape, order: Order, parts: list[int], at: int) -> list[Fill]:
    assert order.limit is not None
    done = [tape.fill(order, parts[0], order.limit, at, at + 5 * MILLISECOND, rested=True)]
    _cancel(tape, order, min(at + 2 * SECOND, tape.day.closes - SECOND), order.quantity - parts[0])
    return done


def _cancel(tape: Tape, order: Order, at: int, remaining: int) -> None:
    tape.step(order, "cancel_requested", at, remaining)
    tape.step(order, "cancelled", at + 20 * MILLISECOND, 0)


def _crosses(order: Order, price: int) -> bool:
    if order.limit is None:
        return True
    return order.limit >= price if order.side == "buy" else order.limit <= price


def _first_crossing(tape: Tape, order: Order, here: int) -> int | None:
    assert order.limit is not None
    later = tape.prices.path[here + 1 :, order.product]
    met = later <= order.limit if order.side == "buy" else later >= order.limit
    place = int(met.argmax()) if len(met) else 0
    return here + 1 + place if len(met) and met[place] else None


def _parts(quantity: int, drawn: float) -> list[int]:
    """One part mostly, else two to four whole-unit parts."""
    units = quantity // 10_000
    if drawn > 0.25 or units < 4:
        return [quantity]
    n = 2 + int(drawn * 12) % 3
    part = units // n * 10_000
    return [part] * (n - 1) + [quantity - part * (n - 1)]


def _place(day: Day, at: int) -> int:
    return min(max((at - day.opens) * STEPS // (day.closes - day.opens), 0), STEPS - 1)


def _instant(day: Day, place: int) -> int:
    return min(day.at(place / STEPS) + SECOND, day.closes - 5 * SECOND)
