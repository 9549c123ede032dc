"""Faults of the pipeline's sources, planted on purpose: which kinds a session gets, and the extra drafts that carry them."""

from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import numpy as np

from ingestion.simulator.messages import SOURCE_OF, Draft, Mark
from ingestion.simulator.texts import SECOND

DRAFT_KINDS = (
    "key_conflict", "unknown_type", "misrouted", "unknown_version", "missing", "wrong_type", "not_finite", "inexact",
    "out_of_range", "not_allowed", "pattern", "promise", "app_not_allowed", "app_key_conflict",
)  # fmt: skip
BYTE_KINDS = (
    "duplicate",
    "malformed",
    "truncated",
    "altered",
    "app_duplicate",
    "app_truncated",
    "web_malformed",
)
MISPLACED_EVERY, MISPLACED_FIRST = 40, 5
"""A stock's close is ten times too high in the sixth session and every forty sessions after it."""
FILL_KINDS = ("late_fill", "bust", "correction")
KINDS = (*DRAFT_KINDS, *BYTE_KINDS, *FILL_KINDS, "not_finite_bar")
ORDERS, FILLS, QUOTES, BARS = (
    "transactions.orders.v1",
    "transactions.fills.v1",
    "market.quotes.v1",
    "market.bars.v1",
)
CASH, APP, CHECKS = "transactions.cash.v1", "behaviour.app_events.v1", "risk.order_checks.v1"
Change = Callable[[dict[str, Any]], dict[str, Any]]


def kinds_of(session: int, per_session: int) -> Counter[str]:
    """The kinds in turn, so that every kind comes round however few sessions there are."""
    first = session * per_session
    return Counter(KINDS[(first + number) % len(KINDS)] for number in range(per_session))


def draft_faults(kinds: Counter[str], clean: list[Draft], random: np.random.Generator) -> Iterator[Draft]:
    """Extra drafts for the kinds that an envelope can carry, each a changed copy of a clean one of the session."""
    by_topic: dict[str, list[Draft]] = {}
    for each in clean:
        by_topic.setdefault(each.topic, []).append(each)
    for kind in DRAFT_KINDS:
        for number in range(kinds[kind]):
            made = _extra(kind, by_topic, random, number)
            if made is not None:
                yield made


def future_order(clean: list[Draft], random: np.random.Generator) -> Draft:
    """The one event that is dated 2099."""
    orders = [each for each in clean if each.topic == ORDERS]
    found = orders[int(random.integers(len(orders)))]
    data = {**_renamed(found, "2099"), "order_event_at": "2099-12-31T15:00:00.000000Z"}
    return found._replace(at=found.at + SECOND, data=data, mark=Mark("future", "quarantined", ("future",)))


def without_numbers(bar: Draft) -> Draft:
    """A bar whose prices are not numbers: its product has no bar in the session."""
    data = {**bar.data, "close_price": "NaN", "high_price": "NaN"}
    return bar._replace(data=data, mark=Mark("not_finite_bar", "quarantined", ("not_finite",)))


def misplaced_point(bar: Draft) -> Draft:
    """A bar whose close is ten times what it was: nothing about the bar alone is wrong."""
    close = str(Decimal(bar.data["close_price"]) * 10)
    data = {**bar.data, "close_price": close, "high_price": close}
    return bar._replace(data=data, mark=Mark("misplaced_point", "accepted"))


def _extra(
    kind: str, by_topic: dict[str, list[Draft]], random: np.random.Generator, number: int
) -> Draft | None:
    topics = _TOPICS[kind]
    topic = next(
        (each for each in np.roll(topics, int(random.integers(len(topics)))).tolist() if by_topic.get(each)),
        None,
    )
    if topic is None:
        return None
    candidates = by_topic[topic]
    found = candidates[int(random.integers(len(candidates)))]
    mark = Mark(kind, "quarantined", (kind.removeprefix("app_"),))
    if kind.endswith("key_conflict"):
        return _sent(found, _conflicting(found), mark)
    data = _renamed(found, f"{kind}{number}")
    if kind == "unknown_type":
        return _sent(found, data, mark._replace(sent_type="transactions.transfers.v1"))
    if kind == "unknown_version":
        return _sent(found, data, mark._replace(sent_schema=f"brokerlake:{topic[:-1]}0"))
    if kind == "misrouted":
        return _sent(found, data, mark._replace(sent_topic=_NEIGHBOURS[topic]))
    return _sent(found, {**data, **_CHANGES[kind][topic](data)}, mark)


def _sent(found: Draft, data: dict[str, Any], mark: Mark) -> Draft:
    return Draft(found.at + SECOND, found.topic, data, SOURCE_OF[found.topic], mark)


def _renamed(found: Draft, tail: str) -> dict[str, Any]:
    """A copy with a natural key of its own, so that only the planted fault is wrong with it."""
    column = _OWN_ID.get(found.topic)
    if column is None:
        return dict(found.data)
    if column == "quote_number":
        return {**found.data, column: found.data[column] + 90_000}
    return {**found.data, column: f"{found.data[column]}-{tail.replace('_', '')}"[:64]}


def _conflicting(found: Draft) -> dict[str, Any]:
    """The same key, another payload."""
    column, value = {
        ORDERS: ("channel", "desk" if found.data.get("channel") != "desk" else "web"),
        FILLS: ("counterparty_id", "MAKER9"),
        QUOTES: ("ask_quantity", "77700"),
        CASH: ("value_date", "2023-01-03"),
        APP: ("app_version", "9.9.9"),
    }[found.topic]
    return {**found.data, column: value}


_OWN_ID = {
    ORDERS: "order_id", FILLS: "fill_id", CASH: "cash_movement_id", APP: "client_event_id", CHECKS: "order_check_id",
    QUOTES: "quote_number",
}  # fmt: skip
_NEIGHBOURS = {QUOTES: BARS, FILLS: ORDERS, ORDERS: CHECKS}
_TOPICS: dict[str, tuple[str, ...]] = {
    "key_conflict": (ORDERS, FILLS, QUOTES, CASH), "unknown_type": (ORDERS,), "misrouted": (QUOTES, FILLS, ORDERS),
    "unknown_version": (FILLS, QUOTES), "missing": (ORDERS, FILLS), "wrong_type": (FILLS, CASH, ORDERS),
    "not_finite": (QUOTES, ORDERS), "inexact": (QUOTES, FILLS), "out_of_range": (FILLS, QUOTES),
    "not_allowed": (FILLS, ORDERS), "pattern": (ORDERS, FILLS), "promise": (BARS, QUOTES),
    "app_not_allowed": (APP,), "app_key_conflict": (APP,),
}  # fmt: skip
_CHANGES: dict[str, dict[str, Change]] = {
    "missing": {ORDERS: lambda data: {"currency_code": None}, FILLS: lambda data: {"price": None}},
    "wrong_type": {
        FILLS: lambda data: {"quantity": "many"},
        CASH: lambda data: {"booked_at": "yesterday"},
        ORDERS: lambda data: {"order_event_at": "noon", "order_step": data["order_step"]},
    },
    "not_finite": {QUOTES: lambda data: {"bid_price": "NaN"}, ORDERS: lambda data: {"reference_price": "NaN"}},
    "inexact": {QUOTES: lambda data: {"ask_price": data["ask_price"] + "1"}, FILLS: lambda data: {"price": data["price"] + "1"}},
    "out_of_range": {FILLS: lambda data: {"quantity": "-5"}, QUOTES: lambda data: {"bid_quantity": "0"}},
    "not_allowed": {
        FILLS: lambda data: {"liquidity_flag": "borrowed"},
        ORDERS: lambda data: {"time_in_force": "good_till_doomsday"},
    },
    "pattern": {ORDERS: lambda data: {"currency_code": "dollars"}, FILLS: lambda data: {"mic_code": "New York"}},
    "promise": {
        # A fund's bar is one value four times, so to swap two of them would break nothing.
        BARS: lambda data: {"low_price": str(Decimal(data["high_price"]) + 1)},
        QUOTES: lambda data: {"bid_price": data["ask_price"], "ask_price": data["bid_price"]},
    },
    "app_not_allowed": {APP: lambda data: {"app_event_type": "danced"}},
}  # fmt: skip
