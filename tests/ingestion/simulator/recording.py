"""One simulation, recorded: what was sent, decoded where it is sound."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ingestion.simulator import SessionPlay, Size, Truth, simulate

APP = "behaviour.app_events.v1"


@dataclass(frozen=True)
class Sent:
    """One message or app log line: where, when, its bytes."""

    topic: str
    at: int
    raw: bytes

    @property
    def envelope(self) -> dict[str, Any]:
        decoded: dict[str, Any] = json.loads(self.raw)
        return decoded

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.raw).hexdigest()


@dataclass(frozen=True)
class Recording:
    plays: tuple[SessionPlay, ...]
    truth: Truth

    @cached_property
    def sent(self) -> list[Sent]:
        """Everything in envelopes, in the order of its play."""
        return [each for play in self.plays for each in sorted(_sent(play), key=lambda each: each.at)]

    @cached_property
    def clean(self) -> list[Sent]:
        """What is accepted: neither planted garbage nor the second of two equal messages."""
        refused = {fault.raw_sha256 for fault in self.truth.faults if fault.outcome == "quarantined"}
        seen: set[bytes] = set()
        kept = []
        for each in self.sent:
            if each.digest not in refused and each.raw not in seen:
                kept.append(each)
                seen.add(each.raw)
        return kept

    def data(self, topic: str) -> list[dict[str, Any]]:
        """The accepted records of a topic, in the order in which they were sent."""
        return [each.envelope["data"] for each in self.clean if each.topic == topic]

    @cached_property
    def acted(self) -> list[dict[str, Any]]:
        """The corporate actions that happen, each as its last version says, in order of time."""
        newest = {each["corporate_action_id"]: each for each in self.data("market.corporate_actions.v1")}
        standing = [each for each in newest.values() if each["corporate_action_status"] == "announced"]
        return sorted(standing, key=lambda each: each["ex_date"])

    @cached_property
    def digests(self) -> Counter[str]:
        """How often each message and each line of any log was sent."""
        lines = [line.line for play in self.plays for line in play.log_lines if line.log == "web"]
        return Counter(
            [each.digest for each in self.sent] + [hashlib.sha256(line).hexdigest() for line in lines]
        )


def record(size: Size, seed: int = 7, *, faults: bool = True, abuse: bool = True) -> Recording:
    """Plays a simulation to its end."""
    simulation = simulate(size, seed, faults=faults, abuse=abuse)
    plays = tuple(simulation)
    return Recording(plays, simulation.truth())


def _sent(play: SessionPlay) -> Iterator[Sent]:
    for message in (*play.messages, *play.closes_apart):
        yield Sent(message.topic, message.at, message.value)
    for line in play.log_lines:
        if line.log == "app":
            yield Sent(APP, line.at, line.line)
