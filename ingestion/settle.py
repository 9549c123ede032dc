"""Waits until a session's events have all come and are all decided; catches up itself where no stream runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from ingestion.errors import NotSettled
from ingestion.ledger import broker_offsets
from ingestion.ledger.accounts import Account, Key
from ingestion.ledger.completeness import Completeness, completeness
from ingestion.ledger.history import to_go_on_from
from ingestion.ledger.looks import Look
from ingestion.ledger.reading import accounts
from ingestion.stream_names import LEASE
from lake.lease import is_held
from lake.settings import Settings
from schemas import catalog

if TYPE_CHECKING:
    from lake.store import Store

# A look reads all that no look of the ledger has closed: seconds of a core after a long play, which the streams would
# miss. So the pause is at least so long, and at least so many times as long as the last look took.
SECONDS_BETWEEN_LOOKS = 4.0
PAUSE_FOR_A_LOOK = 6.0
SECONDS_BETWEEN_LINES = 5.0


@dataclass
class Settling:
    """One wait for one session. `deadline` and `timeout` are in seconds: the first counts from the broker time of the
    session's first close, and lets an incomplete session go on; the second from the start, and ends in NotSettled.
    """

    settings: Settings
    session: date
    deadline: float
    timeout: float
    say: Callable[[str], None]
    store: Store | None = None
    open: ExitStack = field(default_factory=ExitStack)
    started: float = field(default_factory=time.monotonic)
    said_at: float = float("-inf")
    look_seconds: float = 0.0

    @cached_property
    def before(self) -> Look:
        """What the ledger had closed when this wait began."""
        return to_go_on_from(self.settings)

    def settle(self) -> Completeness:
        """Returns how complete the session is. Raises NotSettled, BrokerUnreachable, StreamFailed."""
        with self.open:
            self._wait_until_decided()
            return self._wait_until_complete()

    def _wait_until_decided(self) -> None:
        """Until what the broker had at the start has landed and is decided or parked."""
        topics = [event.topic for event in catalog.EVENTS]
        goal = {key: span.end for key, span in broker_offsets.spans(self.settings.brokers, topics).items()}
        while behind := self._behind(goal):
            if self._is_alone():
                self._catch_up()
                behind = self._behind(goal)
            if behind:
                topics = sorted({topic for topic, _ in behind})
                self._wait(f"{sum(behind.values()):,} messages are not refined yet, of {', '.join(topics)}")

    def _wait_until_complete(self) -> Completeness:
        while True:
            found = completeness(self.settings, self.session)
            if found.is_complete or self._is_past_deadline(found):
                return found
            self._wait("; ".join(found.sentences))
            if self._is_alone() and any(each.n_under_way for each in accounts(self.settings, self.before)):
                self._catch_up()

    def _is_past_deadline(self, found: Completeness) -> bool:
        closed_at = found.first_closed_at
        return closed_at is not None and (datetime.now(UTC) - closed_at).total_seconds() > self.deadline

    def _behind(self, goal: Mapping[Key, int]) -> dict[Key, int]:
        """How many messages of each partition are left to decide, without those that have none."""
        began = time.monotonic()
        found = {(each.topic, each.partition): each for each in accounts(self.settings, self.before)}
        self.look_seconds = time.monotonic() - began
        left = {key: _left(found.get(key), end) for key, end in goal.items()}
        return {key: count for key, count in left.items() if count > 0}

    def _is_alone(self) -> bool:
        """Whether no other process lands and refines."""
        return self.store is not None or not is_held(self.settings.leases, LEASE)

    def _catch_up(self) -> None:
        """Lands and refines in this process; Spark is started once, and only when it is needed."""
        from ingestion import streams

        if self.store is None:
            self.say("no stream runs: landing and refining here")
            self.store = self.open.enter_context(streams.only_process(self.settings, "settle"))
        streams.catch_up(self.store)

    def _wait(self, why: str) -> None:
        waited = time.monotonic() - self.started
        if waited > self.timeout:
            raise NotSettled(self.session, waited, why)
        if time.monotonic() - self.said_at >= SECONDS_BETWEEN_LINES:
            self.say(f"{waited:.0f} s: {why}")
            self.said_at = time.monotonic()
        time.sleep(max(SECONDS_BETWEEN_LOOKS, PAUSE_FOR_A_LOOK * self.look_seconds))


def _left(account: Account | None, end: int) -> int:
    return max(0, end - account.decided_up_to) if account is not None else end
