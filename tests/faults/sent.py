"""What a trial sends, and where each message must end: known before the platform sees it."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from ingestion.publishing.connection import connect
from lake.envelope import HEADERS, json_values, message_key, wrap
from lake.settings import Settings
from schemas.declaration import Event
from schemas.risk import LIMIT
from schemas.transactions import CASH_MOVEMENT
from tests.rows import rows

Home = Literal["silver", "duplicates", "quarantine"]


@dataclass(frozen=True)
class Message:
    """`home` is where it must end. `amount` is what silver's money grows by.

    What carries it may deliver some messages more than once, as Flume does: `may_repeat`. Each further one must be in
    duplicates. `event_id` is what its row in silver is found by: of a line of an access log, the path that it asks for.
    """

    event: Event
    key: bytes | None
    value: bytes
    event_id: str
    home: Home
    amount: Decimal = Decimal(0)
    may_repeat: bool = False


@dataclass
class Sent:
    """All that a trial has sent. The seed chooses amounts, what comes twice and what is garbage."""

    settings: Settings
    seed: int
    messages: list[Message] = field(default_factory=list)
    _choices: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._choices = random.Random(self.seed)

    def send(self, numbers: Iterable[int]) -> None:
        """A cash movement and a limit a number, some twice and some garbage; all are acknowledged, or this raises."""
        self.send_these(self.made(numbers))

    def made(self, numbers: Iterable[int]) -> list[Message]:
        """The messages of these numbers, not sent yet."""
        return [each for number in numbers for each in self._of(number)]

    def send_these(self, new: Sequence[Message], seconds: float = 0.0) -> None:
        """Messages as they are, over so many seconds; all are acknowledged, or this raises."""
        with closing(connect(self.settings.brokers, self.settings.journals, "trial")) as publisher:
            for each in new:
                publisher.publish(each.event.topic, each.key, each.value, HEADERS)
                time.sleep(seconds / len(new))
        self.messages += new

    def _of(self, number: int) -> Sequence[Message]:
        amount = Decimal(self._choices.randrange(1, 10_000_000)) / 100
        movement = {"cash_movement_id": f"movement-{number}", "cash_amount": amount}
        limit = {"account_id": f"account-{number}"}
        found = [
            message(CASH_MOVEMENT, movement, f"movement-{number}", "silver", amount),
            message(LIMIT, limit, f"limit-{number}", "silver"),
        ]
        if self._choices.random() < 0.1:
            found.append(message(CASH_MOVEMENT, movement, f"movement-{number}-again", "duplicates"))
        if self._choices.random() < 0.1:
            found.append(_cut(message(LIMIT, limit, f"limit-{number}-cut", "quarantine")))
        return found


def message(
    event: Event,
    case: dict[str, object],
    event_id: str,
    home: Home,
    amount: Decimal = Decimal(0),
    **written: object,
) -> Message:
    """`written` are values as they travel, whatever the declaration says."""
    data = {**json_values(event, rows(event, case)[0]), **written}
    value = wrap(event, data, source="test", sequence=None, event_id=event_id)
    return Message(event, message_key(event, data), value, event_id, home, amount)


def _cut(message: Message) -> Message:
    """The half of a message, which still tells it from all others."""
    half = message.value[: len(message.value) // 2]
    return Message(message.event, message.key, half, message.event_id, message.home)
