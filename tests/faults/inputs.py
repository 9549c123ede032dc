"""Messages that break every promise that can be broken, repeat, or come in any order: each ends where it must."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal

from schemas.risk import LIMIT
from schemas.transactions import CASH_MOVEMENT
from tests.faults.fault import Fault, Outcome
from tests.faults.sent import Message, message
from tests.faults.trial import Trial

GROUP = "input"
N_GOOD = 40


def mixed(made: Callable[[], Iterator[Message]]) -> Callable[[Trial], Outcome]:
    """Good messages and bad ones, in an order that the seed chooses; the good ones are in silver, the bad ones are not."""

    def act(trial: Trial) -> Outcome:
        messages = [*_good(N_GOOD), *made()]
        random.Random(trial.seed).shuffle(messages)
        trial.sent.send_these(messages)
        return trial.outcome(trial.go_on())

    return act


def repeated_later(trial: Trial) -> Outcome:
    """The same bytes again, batches later: silver has each once, the repetitions are known as such."""
    first = list(_good(N_GOOD))
    trial.sent.send_these(first)
    seconds = trial.go_on()
    again = [replace(each, home="duplicates", amount=Decimal(0)) for each in first]
    random.Random(trial.seed).shuffle(again)
    trial.sent.send_these([*again, *_good(N_GOOD, first=N_GOOD)])
    return trial.outcome(seconds + trial.go_on())


def _good(count: int, first: int = 0) -> Iterator[Message]:
    for number in range(first, first + count):
        amount = Decimal(number + 1) / 100
        yield cash(f"good-{number}", amount)


def cash(name: str, amount: Decimal = Decimal("1.00"), **written: object) -> Message:
    case = {"cash_movement_id": name, "cash_amount": amount}
    return message(CASH_MOVEMENT, case, name, "silver", amount, **written)


def bad_bytes() -> Iterator[Message]:
    good = cash("cut").value
    for name, value in {
        "empty": b"",
        "no text": b"\xff\xfe\x00\x01",
        "no object": b"[1, 2]",
        "half": good[: len(good) // 2],
        "two at once": good + good,
        "a name twice": good.replace(b'"data":{', b'"data":{"cash_amount":"9.00",'),
        "deep": b"[" * 10_000,
    }.items():
        yield replace(cash(name), value=value, home="quarantine", amount=Decimal(0))


def huge() -> Iterator[Message]:
    """As large as a producer sends: one that keeps its promises but for its size, and one of rubbish."""
    yield cash("long", Decimal("2.00"), remark="x" * 900_000)
    yield replace(cash("rubbish"), value=b"x" * 900_000, home="quarantine", amount=Decimal(0))


def another_contract() -> Iterator[Message]:
    """An added field is accepted; an unknown version, a missing field and another type are not."""
    yield cash("added", Decimal("3.00"), booking_note="by hand")
    yield _quarantined(cash("missing", cash_amount=None))
    yield _quarantined(cash("type", cash_amount={"units": 1}))
    yield _quarantined(_envelope(cash("version"), dataschema="brokerlake:transactions.cash.v9"))
    yield _quarantined(_envelope(cash("kind"), type="transactions.transfers.v1"))


def impossible_values() -> Iterator[Message]:
    values = ("NaN", "Infinity", "-Infinity", "1e400", "12345678901234567.0000", "1.00001", "", "many", None)
    for number, value in enumerate(values):
        yield _quarantined(cash(f"value-{number}", cash_amount=value))
    yield _quarantined(cash("a deposit of nothing".replace(" ", "-"), cash_amount="0.0000"))
    yield _quarantined(cash("negative", cash_amount="-5.0000"))


def in_the_future() -> Iterator[Message]:
    yield _quarantined(cash("tomorrow", booked_at="2099-12-31T15:00:00Z"))
    yield _quarantined(cash("far", booked_at="9999-12-31T23:59:59.999999Z"))


def misrouted() -> Iterator[Message]:
    """A topic's bytes in another topic, as a producer's bug once did it."""
    for number in range(5):
        yield replace(_quarantined(cash(f"elsewhere-{number}")), event=LIMIT)


def every_kind() -> Iterator[Message]:
    for made in (bad_bytes, huge, another_contract, impossible_values, in_the_future, misrouted):
        yield from made()


def _quarantined(found: Message) -> Message:
    return replace(found, home="quarantine", amount=Decimal(0))


def _envelope(found: Message, **changed: str) -> Message:
    return replace(found, value=json.dumps({**json.loads(found.value), **changed}).encode())


def _fault(number: int, name: str, sentence: str, made: Callable[[], Iterator[Message]]) -> Fault:
    """One kind by itself is for the deep tier."""
    return Fault((number,), name, GROUP, sentence, mixed(made), seeds=())


FAULTS = (
    Fault(
        (8, 9, 10, 11, 14, 31),
        "bad-input",
        GROUP,
        "Messages of all the kinds below come at once.",
        mixed(every_kind),
    ),
    _fault(8, "bad-bytes", "Messages are empty, cut, doubled, no text, or no object.", bad_bytes),
    _fault(9, "huge-message", "Messages are as large as a producer sends.", huge),
    _fault(
        10,
        "another-contract",
        "A field is added, a version unknown, a field missing or of another type.",
        another_contract,
    ),
    _fault(
        11,
        "impossible-values",
        "Amounts are null, NaN, infinite, zero, negative, too large or too exact.",
        impossible_values,
    ),
    _fault(14, "clock-in-the-future", "Records happened after the broker got them.", in_the_future),
    _fault(31, "misrouted", "Messages of one topic are in another.", misrouted),
    Fault(
        (12, 13),
        "repeated-later",
        GROUP,
        "All messages come again batches later, in another order.",
        repeated_later,
    ),
)
