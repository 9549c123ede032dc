"""Plays reach the publisher and the log files, in order, and live within the time given."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ingestion.publishing.journal import Deliveries
from ingestion.simulator import Message
from ingestion.simulator.log_files import LogFiles, OtherLines
from ingestion.simulator.messages import CLOSES
from ingestion.simulator.play import Outlets, play_fast, play_live, send_closes
from tests.ingestion.simulator.recording import Recording


@dataclass
class Recorder:
    """A publisher that only remembers; `settled` counts what was sent before each flush."""

    sent: list[tuple[str, bytes]] = field(default_factory=list)
    settled: list[int] = field(default_factory=list)

    def publish(
        self, topic: str, key: bytes | None, value: bytes, headers: Sequence[tuple[str, bytes]] = ()
    ) -> None:
        self.sent.append((topic, value))

    def flush(self) -> None:
        self.settled.append(len(self.sent))

    def close(self) -> None:
        self.flush()

    @property
    def deliveries(self) -> Deliveries:
        return Deliveries(len(self.sent), len(self.sent), 0, 0)


def test_fast_sends_everything_but_the_closes_that_wait(recording: Recording, tmp_path: Path) -> None:
    publisher, seen = Recorder(), []
    waiting = play_fast(
        recording.plays, Outlets(publisher, LogFiles(tmp_path)), lambda session, n: seen.append((session, n))
    )
    assert [value for _, value in publisher.sent] == [
        m.value for play in recording.plays for m in play.messages
    ]
    assert len(waiting) == 8
    assert seen[0][0] == "history"
    assert seen[-1] == (
        "2022-12-23",
        sum(len(play.messages) + len(play.log_lines) for play in recording.plays),
    )
    send_closes(waiting, publisher)
    assert {topic for topic, _ in publisher.sent[-8:]} == {CLOSES}


def test_log_files_are_named_by_session_and_hold_each_line_once(recording: Recording, tmp_path: Path) -> None:
    play_fast(recording.plays, Outlets(Recorder(), LogFiles(tmp_path)))
    once = (tmp_path / "app" / "app-2022-12-23.log").read_bytes()
    lines = [line.line for line in recording.plays[-1].log_lines if line.log == "app"]
    assert once.splitlines() == lines
    play_fast(recording.plays[-1:], Outlets(Recorder(), LogFiles(tmp_path)))
    assert (tmp_path / "app" / "app-2022-12-23.log").read_bytes() == once
    assert len(list((tmp_path / "web").glob("access-2022-12-*.log"))) == 8


def test_a_log_file_that_was_cut_short_is_completed(tmp_path: Path) -> None:
    LogFiles(tmp_path).append("app", "app-2022-12-23.log", [b"first", b"sec"])
    path = tmp_path / "app" / "app-2022-12-23.log"
    path.write_bytes(b"first\nse")
    again = LogFiles(tmp_path)
    again.append("app", "app-2022-12-23.log", [b"first", b"sec"])
    again.append("app", "app-2022-12-23.log", [b"third"])
    assert path.read_bytes() == b"first\nsec\nthird\n"


def test_a_log_file_of_another_play_is_refused(tmp_path: Path) -> None:
    LogFiles(tmp_path).append("app", "app-2022-12-23.log", [b"one play"])
    with pytest.raises(OtherLines, match="holds other lines than this play would write"):
        LogFiles(tmp_path).append("app", "app-2022-12-23.log", [b"another"])


def test_a_close_is_sent_when_all_before_it_has_arrived(recording: Recording, tmp_path: Path) -> None:
    publisher = Recorder()
    play_fast(recording.plays[1:2], Outlets(publisher, LogFiles(tmp_path)))
    places = [place for place, (topic, _) in enumerate(publisher.sent) if topic == CLOSES]
    assert places[0] in publisher.settled
    assert places[-1] + 1 in publisher.settled


@pytest.mark.parametrize("seconds", [5.0, 60.0])
def test_live_keeps_event_time_order_and_ends_in_time(
    recording: Recording, tmp_path: Path, seconds: float
) -> None:
    now, waits = [100.0], []

    def sleep(wait: float) -> None:
        waits.append(wait)
        now[0] += wait

    publisher, play = Recorder(), recording.plays[-1]
    waiting: tuple[Message, ...] = play_live(
        play, Outlets(publisher, LogFiles(tmp_path)), seconds, clock=lambda: now[0], sleep=sleep
    )
    assert [value for _, value in publisher.sent] == [message.value for message in play.messages]
    assert seconds - 0.1 <= now[0] - 100.0 <= seconds
    assert max(waits) < seconds / 5
    assert waiting == play.closes_apart
