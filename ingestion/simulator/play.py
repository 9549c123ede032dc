"""Sends what was simulated: messages through a publisher, log lines into files that Flume tails."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from ingestion.publishing.publisher import Publisher
from ingestion.simulator.log_files import LogFiles
from ingestion.simulator.messages import CLOSES, LogLine, Message, SessionPlay
from ingestion.simulator.texts import MINUTE
from lake.envelope import HEADERS

Progress = Callable[[str, int], None]
LONGEST_WAIT = MINUTE
SLICES_PER_SECOND = 20
A_BROKER_TICK = 0.003
"""Seconds: the broker stamps in milliseconds."""


def no_progress(session: str, n_sent: int) -> None:
    """Says nothing."""


@dataclass(frozen=True)
class Outlets:
    """Where a play goes: topics through the publisher, lines into log files by session."""

    publisher: Publisher
    logs: LogFiles


def play_fast(
    plays: Iterable[SessionPlay], outlets: Outlets, progress: Progress = no_progress
) -> tuple[Message, ...]:
    """Sends plays as fast as they come, and flushes.

    Returns the closes that must wait until Flume has delivered the log lines: hand them to `send_closes` then. progress: called after
    each play with its session ("history" for what lies before) and the number of messages and lines sent so far. Raises DeliveryFailed.
    """
    waiting: list[Message] = []
    n_sent = 0
    for play in plays:
        _append(play.log_lines, outlets.logs)
        _send(play.messages, outlets.publisher)
        waiting += play.closes_apart
        n_sent += len(play.messages) + len(play.log_lines)
        progress(play.day.text if play.day else "history", n_sent)
    outlets.publisher.flush()
    return tuple(waiting)


def play_live(
    play: SessionPlay,
    outlets: Outlets,
    seconds: float,
    progress: Progress = no_progress,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> tuple[Message, ...]:
    """Sends one session in order of time, across topics, within about `seconds` of the clock.

    A gap of event time counts as one minute at most, so a quiet weekend does not take most of it. Returns the closes that wait, as
    `play_fast` does.
    """
    started, n_sent = clock(), 0
    for due, group in _paced(play, seconds):
        sleep(max(due - (clock() - started), 0.0))
        lines = [each for each in group if isinstance(each, LogLine)]
        _append(lines, outlets.logs)
        _send([each for each in group if isinstance(each, Message)], outlets.publisher)
        n_sent += len(group)
        progress(play.day.text if play.day else "history", n_sent)
    outlets.publisher.flush()
    return play.closes_apart


def send_closes(closes: Iterable[Message], publisher: Publisher) -> None:
    """Sends the closes that waited for Flume, and flushes. Raises DeliveryFailed."""
    publisher.flush()
    _send(closes, publisher)
    publisher.flush()


def _send(messages: Iterable[Message], publisher: Publisher) -> None:
    """Sends in order, and keeps that order between a close and what lies before and after it, whatever their topics.

    Late is what the broker gets in a later millisecond than its source's close, so what is on its way has to arrive first.
    """
    for is_close, group in groupby(messages, key=lambda each: each.topic == CLOSES):
        if is_close:
            publisher.flush()
        for message in group:
            publisher.publish(message.topic, message.key, message.value, HEADERS)
        if is_close:
            publisher.flush()
            time.sleep(A_BROKER_TICK)


def _paced(play: SessionPlay, seconds: float) -> Iterator[tuple[float, list[Message | LogLine]]]:
    """Groups of what is due together, with the second at which it is due."""
    everything: list[Message | LogLine] = sorted([*play.messages, *play.log_lines], key=lambda each: each.at)
    places, place, before = [], 0, everything[0].at if everything else 0
    for each in everything:
        place += min(each.at - before, LONGEST_WAIT)
        before = each.at
        places.append(place)
    scale = seconds / place if place else 0.0
    slices = [int(each * scale * SLICES_PER_SECOND) for each in places]
    for number, group in groupby(zip(slices, everything, strict=True), key=lambda pair: pair[0]):
        yield number / SLICES_PER_SECOND, [each for _, each in group]


def _append(lines: Iterable[LogLine], logs: LogFiles) -> None:
    """Appends whole lines, file by file."""
    by_file: dict[tuple[str, str], list[bytes]] = {}
    for line in lines:
        by_file.setdefault((line.log, line.file), []).append(line.line)
    for (log, file), texts in by_file.items():
        logs.append(log, file, texts)
