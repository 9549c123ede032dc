"""A backlog of a trading day: orders, quotes, fills, checks and cash, some malformed and some sent twice."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from lake.envelope import message_key, wrap
from schemas.declaration import Event
from schemas.market import QUOTE
from schemas.risk import ORDER_CHECK
from schemas.transactions import CASH_MOVEMENT, FILL, ORDER

SHARES: dict[Event, int] = {ORDER: 40, QUOTE: 30, FILL: 15, ORDER_CHECK: 10, CASH_MOVEMENT: 5}
"""Of a hundred events."""
MALFORMED, DUPLICATES = 0.01, 0.005
SESSION = "2022-12-22"


@dataclass(frozen=True)
class Sent:
    event: Event
    key: bytes | None
    value: bytes


def messages(n_events: int, seed: int = 1, first: int = 0) -> Iterator[Sent]:
    """So many events, and beside them the malformed and the doubled ones."""
    chance = random.Random(seed)
    events = list(SHARES)
    weights = list(SHARES.values())
    for number in range(first, first + n_events):
        event = chance.choices(events, weights)[0]
        data = _DATA[event](number, chance)
        value = wrap(event, data, source=_SOURCES[event], sequence=number + 1)
        sent = Sent(event, message_key(event, data), value)
        yield sent
        draw = chance.random()
        if draw < MALFORMED / 2:
            yield Sent(event, sent.key, value[: chance.randrange(20, len(value) - 1)])
        elif draw < MALFORMED:
            undated = {**data, "session_date": ""}
            yield Sent(event, sent.key, wrap(event, undated, source=_SOURCES[event], sequence=number + 1))
        elif draw < MALFORMED + DUPLICATES:
            yield sent


def _instant(number: int) -> str:
    """Within the hours from 15 to 20, in microseconds."""
    seconds, micros = divmod(number * 9_973 % (5 * 3600 * 1_000_000), 1_000_000)
    return f"{SESSION}T{15 + seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}.{micros:06}Z"


def _order(number: int, chance: random.Random) -> dict[str, object]:
    quantity = chance.randint(1, 900)
    is_limit = chance.random() < 0.7
    price = f"{chance.randint(100, 90_000) / 100:.2f}"
    return {
        "mic_code": "XNYS", "session_date": SESSION, "order_id": f"order-{number}", "order_step": 1,
        "order_event_type": "new", "client_order_id": f"c-{number}", "replaces_client_order_id": None,
        "account_id": f"account-{number % 5000}", "instrument_id": f"stock-{number % 300}",
        "side": "buy" if number % 2 else "sell", "order_type": "limit" if is_limit else "market",
        "limit_price": price if is_limit else None, "reference_price": price, "quantity": str(quantity),
        "remaining_quantity": str(quantity), "currency_code": "USD", "time_in_force": "day", "channel": "web",
        "algo_id": None, "app_session_id": None, "order_event_at": _instant(number),
    }  # fmt: skip


def _quote(number: int, chance: random.Random) -> dict[str, object]:
    bid = chance.randint(100, 90_000)
    return {
        "mic_code": "XNYS", "session_date": SESSION, "instrument_id": f"stock-{number % 300}", "quote_number": number,
        "bid_price": f"{bid / 100:.2f}", "ask_price": f"{(bid + 3) / 100:.2f}", "bid_quantity": "100",
        "ask_quantity": "200", "currency_code": "USD", "quoted_at": _instant(number),
    }  # fmt: skip


def _fill(number: int, chance: random.Random) -> dict[str, object]:
    return {
        "mic_code": "XNYS", "session_date": SESSION, "fill_id": f"fill-{number}", "side": "buy",
        "report_type": "fill", "corrects_fill_id": None, "order_id": f"order-{number}",
        "account_id": f"account-{number % 5000}", "instrument_id": f"stock-{number % 300}",
        "quantity": str(chance.randint(1, 900)), "price": f"{chance.randint(100, 90_000) / 100:.2f}",
        "fee_amount": "0.35", "currency_code": "USD", "liquidity_flag": "added", "counterparty_id": "MAKER1",
        "executed_at": _instant(number), "reported_at": _instant(number),
    }  # fmt: skip


def _check(number: int, chance: random.Random) -> dict[str, object]:
    return {
        "session_date": SESSION, "order_check_id": f"check-{number}", "order_id": f"order-{number}",
        "account_id": f"account-{number % 5000}", "check_type": "price", "check_outcome": "passed",
        "observed_amount": f"{chance.randint(100, 90_000) / 100:.2f}", "limit_amount": "1000.00",
        "currency_code": "USD", "checked_at": _instant(number),
    }  # fmt: skip


def _cash(number: int, chance: random.Random) -> dict[str, object]:
    return {
        "session_date": SESSION, "account_id": f"account-{number % 5000}", "cash_movement_id": f"movement-{number}",
        "cash_movement_type": "deposit", "cash_amount": f"{chance.randint(1, 10**7) / 100:.2f}",
        "currency_code": "USD", "value_date": SESSION, "booked_at": _instant(number),
    }  # fmt: skip


_DATA = {ORDER: _order, QUOTE: _quote, FILL: _fill, ORDER_CHECK: _check, CASH_MOVEMENT: _cash}
_SOURCES = {
    ORDER: "order-system", QUOTE: "market-data", FILL: "execution-venue", ORDER_CHECK: "risk-engine",
    CASH_MOVEMENT: "cash-ledger",
}  # fmt: skip
