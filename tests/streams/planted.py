"""What is planted for the alert rules (small params: 20 in a second, 5 in 300 s, 1,000 bps), and what it must raise.

Expected identifiers are hashes of texts that are written out here.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from lake.envelope import json_values, message_key, wrap
from schemas.behaviour import APP_EVENT
from schemas.declaration import Event
from schemas.transactions import ORDER
from tests.rows import rows

TEN_US = 1_671_807_600_000_000  # 2022-12-23T15:00:00Z
TEN = datetime(2022, 12, 23, 15, tzinfo=UTC)


@dataclass(frozen=True)
class Sent:
    topic: str
    key: bytes | None
    value: bytes


def order(account: str, number: int, second: float = 0, **case: object) -> Sent:
    """A step `new` of the order `<account>-<number>`, at TEN and some seconds."""
    plain = {
        "account_id": account,
        "order_id": f"{account}-{number}",
        "order_event_type": "new",
        "order_type": "limit",
        "limit_price": 100,
        "reference_price": 100,
        "order_event_at": TEN + timedelta(seconds=second),
    }
    return sent(ORDER, {**plain, **case})


def failure(client: str, number: int, second: float = 0, **case: object) -> Sent:
    """A failed log-in of a client, at TEN and some seconds."""
    plain = {
        "client_id": client,
        "app_session_id": client,
        "client_event_id": f"{number}",
        "app_event_type": "log_in_failed",
        "occurred_at": TEN + timedelta(seconds=second),
    }
    return sent(APP_EVENT, {**plain, **case})


def sent(event: Event, case: dict[str, object]) -> Sent:
    data = json_values(event, rows(event, case)[0])
    return Sent(event.topic, message_key(event, data), wrap(event, data, source="test", sequence=1))


def orders(account: str, count: int, second: float = 0) -> list[Sent]:
    return [order(account, number, second + number / 1000) for number in range(count)]


def failures(client: str, count: int, second: float = 0) -> list[Sent]:
    return [failure(client, number, second + number) for number in range(count)]


RAISE_ORDER_RATE = [
    *orders("burst", 20),
    *[order("cancels", n, n / 1000) for n in range(10)],
    *[order("cancels", n, n / 1000, order_step=2, order_event_type="cancel_requested") for n in range(10)],
    *orders("flood", 90, second=3),
]
NEAR_ORDER_RATE = [
    *orders("below", 19),
    *orders("repeated", 19), *orders("repeated", 3),
    *orders("conflict", 19), order("conflict", 4, 0.5, quantity=77),
    *orders("border", 19), order("border", 19, 1),
    # The key of an earlier second comes again, in the second that lacks one.
    order("moved", 99, -60), *orders("moved", 19), order("moved", 99, 0.5),
    # The key belongs to a step that no rule looks at.
    order("taken", 99, order_event_type="acknowledged"), *orders("taken", 19), order("taken", 99),
    *orders("replaces", 19), order("replaces", 19, order_event_type="replaced"),
    *orders("broken", 19), order("broken", 19, instrument_id=None),
]  # fmt: skip
RAISE_FAR_PRICE = [
    order("far", 1, 5, limit_price=110),
    order("far", 1, 5, limit_price=110),
    order("far", 2, 6, side="sell", limit_price=90),
    order("far", 3, 7, order_step=2, order_event_type="replaced", limit_price=150),
    order("far", 4, 8, limit_price=120), order("far", 4, 8, limit_price=100),
]  # fmt: skip
NEAR_FAR_PRICE = [
    order("near", 1, 5, limit_price="109.9999"),
    order("near", 2, 6, side="sell", limit_price=110),
    order("near", 3, 7), order("near", 3, 7, limit_price=200),
    order("near", 4, 8, order_type="market", limit_price=None),
    order("near", 5, 9, limit_price=200, order_event_at="2099-01-01T00:00:00Z"),
    order("near", 6, 10, limit_price=200, quantity=-1),
]  # fmt: skip
RAISE_FAILURES = [
    *failures("client-burst", 5),
    *failures("client-more", 8),
    # The window of 21:00 begins at the close of the 22nd, to the microsecond: it ends in the session of the 23rd.
    *[
        failure("client-late", n, event_date="2022-12-22", occurred_at=f"2022-12-22T21:00:0{n}Z")
        for n in range(5)
    ],
]
ESCAPED = [
    Sent(each.topic, each.key, each.value.replace(b"log_in_failed", b"log\\u005fin_failed"))
    for each in failures("client-escaped", 5)
]
NEAR_FAILURES = [
    *failures("client-below", 4), *failures("client-below", 2),
    *failures("client-border", 4, second=296), failure("client-border", 9, 300),
    *failures("client-in", 4), failure("client-in", 5, app_event_type="log_in"),
]  # fmt: skip
FAR_FUTURE = [
    order("burst", 777, order_event_at="2099-01-01T00:00:00Z"),
    failure("client-burst", 777, event_date="2099-01-01", occurred_at="2099-01-01T00:00:00Z"),
]
EVERYTHING = [
    *FAR_FUTURE, *RAISE_ORDER_RATE, *NEAR_ORDER_RATE, *RAISE_FAR_PRICE, *NEAR_FAR_PRICE,
    *RAISE_FAILURES, *ESCAPED, *NEAR_FAILURES,
]  # fmt: skip


def alert_id(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def order_key(order_id: str, step: int) -> str:
    return f'{{"mic_code":"XNYS","session_date":"2022-12-23","order_id":"{order_id}","order_step":{step}}}'


EXPECTED = {
    alert_id(f"R07|1|burst|{TEN_US}"): "2022-12-23",
    alert_id(f"R07|1|cancels|{TEN_US}"): "2022-12-23",
    alert_id(f"R07|1|flood|{TEN_US + 3_000_000}"): "2022-12-23",
    alert_id(f"R02|1|{order_key('far-1', 1)}|{TEN_US + 5_000_000}"): "2022-12-23",
    alert_id(f"R02|1|{order_key('far-2', 1)}|{TEN_US + 6_000_000}"): "2022-12-23",
    alert_id(f"R02|1|{order_key('far-3', 2)}|{TEN_US + 7_000_000}"): "2022-12-23",
    alert_id(f"R02|1|{order_key('far-4', 1)}|{TEN_US + 8_000_000}"): "2022-12-23",
    alert_id(f"R30|1|client-burst|{TEN_US}"): "2022-12-23",
    alert_id(f"R30|1|client-more|{TEN_US}"): "2022-12-23",
    alert_id("R30|1|client-late|1671742800000000"): "2022-12-23",
    alert_id(f"R30|1|client-escaped|{TEN_US}"): "2022-12-23",
}
