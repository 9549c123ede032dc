"""What a simulated session is made of: drafts before they are numbered, messages and log lines after."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from ingestion.simulator.timeline import Day
from schemas.operations import SOURCES

SOURCE_OF = {topic: source.name for source in SOURCES for topic in source.topics}
CLOSES = "operations.session_closes.v1"


class Mark(NamedTuple):
    """Why a draft is not clean, and what must become of it.

    outcome: accepted, duplicate or quarantined. sent_type, sent_schema: what the envelope says instead of the truth.
    """

    kind: str
    outcome: str
    reasons: tuple[str, ...] = ()
    sent_topic: str | None = None
    sent_type: str | None = None
    sent_schema: str | None = None


class Draft(NamedTuple):
    """An event before it is numbered. `at` is when it is sent, microseconds since 1970 UTC."""

    at: int
    topic: str
    data: dict[str, Any]
    source: str
    mark: Mark | None = None


def draft(at: int, topic: str, data: dict[str, Any], mark: Mark | None = None) -> Draft:
    """A draft of the system that sends the topic."""
    return Draft(at, topic, data, SOURCE_OF[topic], mark)


class Message(NamedTuple):
    """What is sent to Kafka. `at` is its place in time, microseconds since 1970 UTC."""

    topic: str
    key: bytes | None
    value: bytes
    at: int


class LogLine(NamedTuple):
    """A line of a log file without its end; `log` is app or web, `file` the name in that log's folder."""

    log: str
    file: str
    line: bytes
    at: int


@dataclass(frozen=True)
class SessionPlay:
    """Everything that is sent of one session, in order of time; `day` is None for the history before the first.

    closes_apart: closes of the sources whose records travel through log files, to be sent once these are delivered.
    """

    day: Day | None
    messages: tuple[Message, ...]
    log_lines: tuple[LogLine, ...]
    closes_apart: tuple[Message, ...]

    def closes_of(self, source: str) -> tuple[Message, ...]:
        """The session closes of one such source."""
        return tuple(each for each in self.closes_apart if each.key == source.encode())
