"""Drafts numbered by source and put into envelopes; faults that only bytes can carry."""

import hashlib
from collections import Counter
from typing import NamedTuple

import numpy as np

from ingestion.simulator.messages import CLOSES, Draft, LogLine, Message
from ingestion.simulator.texts import MINUTE, SECOND, instant_text
from ingestion.simulator.timeline import Day
from ingestion.simulator.truth import Fault
from lake.envelope import message_key, wrap
from schemas import catalog

APP, WEB = "behaviour.app_events.v1", "behaviour.web_access.v1"
EVENTS = {event.topic: event for event in catalog.EVENTS}
# Minutes after the session's close at which a source closes it. The app's records travel through files.
CLOSING_MINUTES = {
    "app": 5, "order-system": 8, "risk-engine": 9, "cash-ledger": 10, "account-system": 11, "market-data": 12,
    "execution-venue": 15, "custodian": 18,
}  # fmt: skip
DUPLICABLE = {"transactions.orders.v1", "transactions.fills.v1", "transactions.cash.v1", "market.quotes.v1",
              "market.bars.v1", "risk.order_checks.v1", "clients.accounts.v1"}  # fmt: skip


class Encoded(NamedTuple):
    """A draft's message, and the envelope's id where it has one."""

    message: Message
    source: str
    event_id: str | None
    fault: Fault | None


class Encoder:
    """Numbers each source's events without gaps, in the order in which they are sent."""

    def __init__(self) -> None:
        self.sequences: Counter[str] = Counter()

    def encode(self, drafts: list[Draft], session: str) -> list[Encoded]:
        """Messages of sorted drafts."""
        return [self._encode(each, session) for each in drafts]

    def closes(self, day: Day) -> list[Draft]:
        """Empty closes, one a source that closes sessions; the sequence is filled in when it is encoded."""
        return [_close(source, day, minutes) for source, minutes in CLOSING_MINUTES.items()]

    def _encode(self, draft: Draft, session: str) -> Encoded:
        event = EVENTS[draft.topic]
        self.sequences[draft.source] += 1
        sequence = self.sequences[draft.source]
        if draft.topic == CLOSES:
            draft.data["last_sequence"] = sequence
        event_id = f"{draft.source}-{sequence}"
        value = wrap(event, draft.data, source=draft.source, sequence=sequence, event_id=event_id)
        key, mark = message_key(event, draft.data), draft.mark
        if mark is None:
            return Encoded(Message(draft.topic, key, value, draft.at), draft.source, event_id, None)
        if mark.sent_type:
            value = value.replace(
                f'"type":"{draft.topic}"'.encode(), f'"type":"{mark.sent_type}"'.encode(), 1
            )
        if mark.sent_schema:
            value = value.replace(event.schema_id.encode(), mark.sent_schema.encode(), 1)
        topic = mark.sent_topic or draft.topic
        fault = Fault(mark.kind, session, topic, mark.outcome, mark.reasons, _digest(value), event_id)
        return Encoded(Message(topic, key, value, draft.at), draft.source, event_id, fault)


def _close(source: str, day: Day, minutes: int) -> Draft:
    at = day.closes + minutes * MINUTE
    data = {
        "session_date": day.text, "closing_source_name": source, "last_sequence": 0, "closed_at": instant_text(at),
    }  # fmt: skip
    return Draft(at, CLOSES, data, source)


def byte_faults(
    kinds: Counter[str], sent: list[Encoded], day: Day, random: np.random.Generator
) -> list[Encoded]:
    """Extra messages and lines that repeat, cut or spoil others; they take no sequence of their own."""
    kafka = [each for each in sent if each.fault is None and each.message.topic in DUPLICABLE]
    # What arrives minutes before the source's close could be repeated after it.
    kafka = [each for each in kafka if each.message.at < day.closes + 5 * MINUTE]
    app = [each for each in sent if each.fault is None and each.message.topic == APP]
    made: list[Encoded] = []
    for kind, pool in (
        ("duplicate", kafka),
        ("truncated", kafka),
        ("malformed", kafka),
        ("altered", kafka),
        ("app_duplicate", app),
        ("app_truncated", app),
    ):
        for _ in range(kinds[kind] if pool else 0):
            made.append(_spoiled(kind, pool[int(random.integers(len(pool)))], day, random))
    return made


def _spoiled(kind: str, found: Encoded, day: Day, random: np.random.Generator) -> Encoded:
    topic, key, value, at = found.message
    later = at + int(random.integers(1, 120)) * SECOND
    is_copy = kind.endswith("duplicate")
    if kind.endswith("truncated"):
        value = value[: int(len(value) * random.uniform(0.2, 0.9))]
    if kind == "malformed":
        value = b"\xff\xfe session %d: heartbeat {{{" % int(random.integers(10**6))
    if kind == "altered":
        value = _altered(value)
    reason = "altered" if kind == "altered" else "malformed"
    outcome, reasons = ("duplicate", ()) if is_copy else ("quarantined", (reason,))
    event_id = found.event_id if is_copy else None
    fault = Fault(kind, day.text, topic, outcome, reasons, _digest(value), event_id)
    return Encoded(Message(topic, key, value, later), found.source, event_id, fault)


def _altered(value: bytes) -> bytes:
    """Another last digit in the record, which comes last in its message."""
    place = max(position for position, each in enumerate(value) if chr(each).isdigit())
    digit = (value[place] - ord("0") + 1) % 10
    return value[:place] + str(digit).encode() + value[place + 1 :]


def spoiled_web_line(line: LogLine, session: str) -> tuple[LogLine, Fault]:
    """A line of which the request never ended."""
    cut = line.line[: line.line.index(b'"') + 9]
    fault = Fault("web_malformed", session, WEB, "quarantined", ("malformed",), _digest(cut), None)
    return line._replace(line=cut), fault


def _digest(value: bytes) -> str:
    return hashlib.sha256(value).hexdigest()
