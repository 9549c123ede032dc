"""Log files that Flume tails while it dies, forgets, or has no room, and while they are rotated: each line is there once."""

from __future__ import annotations

import os
import random
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Literal

from infra.local import servers
from infra.local.server_profile import Ports, Profile
from schemas.behaviour import APP_EVENT, WEB_ACCESS
from tests.faults.fault import Fault, Outcome
from tests.faults.sent import Message, message
from tests.faults.serving import pid_of, small_disk
from tests.faults.trial import Trial
from tests.ingestion import broker

GROUP = "flume"
N_LINES = 200  # of each log in a round
SECONDS_OF_LOAD = 3.0
SECONDS_TO_ARRIVE = 60.0
SECONDS_TO_LOOK = 2.0  # Flume looks at a file that rests every half second
MEGABYTES_OF_CHANNEL = 540  # Flume's channels stop below 500
LETTERS_OF_A_LONG_WORD = 15_000  # a channel takes its room a megabyte at a time
Log = Literal["app", "web"]
LOGS: tuple[Log, ...] = ("app", "web")
TOPICS = {"app": APP_EVENT.topic, "web": WEB_ACCESS.topic}


@dataclass
class Logs:
    """The logs that a Flume of the trial's own tails. Every whole line that is written is a message of the trial."""

    trial: Trial
    profile: Profile
    _numbers: Iterator[int] = field(default_factory=count)

    def file(self, log: Log) -> Path:
        return self.profile.app_logs / log / f"{log}.log"

    def positions(self, log: Log) -> Path:
        folder = TOPICS[log].replace(".", "_")
        return self.profile.data_of("flume") / folder / "positions.json"

    def new(self, log: Log, n_letters: int = 5) -> bytes:
        """A line that is about to be written, with a word in it that is so long."""
        each = _line(log, next(self._numbers), "agent" + "x" * (n_letters - 5))
        self.trial.sent.messages.append(each)
        return each.value + b"\n"

    def write(self, n: int = N_LINES, seconds: float = 0.0, n_letters: int = 5) -> None:
        """So many lines more at the end of each log, over so many seconds."""
        for _ in range(n):
            for log in LOGS:
                _append(self.file(log), self.new(log, n_letters))
            time.sleep(seconds / n)

    def arrive(self) -> None:
        """Waits until the broker has every line, or for a minute: what is missing then will be counted as lost."""
        wanted = {each.value for each in self.trial.sent.messages}
        deadline = time.monotonic() + SECONDS_TO_ARRIVE
        while wanted - set(self.arrived()) and time.monotonic() < deadline:
            time.sleep(0.3)

    def arrived(self) -> list[bytes]:
        """What the broker has, as often as it has it."""
        brokers = self.profile.brokers
        return [each.value() or b"" for topic in TOPICS.values() for each in broker.read(brokers, topic)]


def disturbed(act: Callable[[Logs, random.Random], tuple[str, ...]]) -> Callable[[Trial], Outcome]:
    """Something happens to a Flume of the trial's own, or to its files, and says where it did not happen as it should;
    all that was written is then landed and refined."""

    def trial_of(trial: Trial) -> Outcome:
        with _own_flume(trial) as logs:
            short = act(logs, random.Random(trial.seed))
            logs.arrive()
            # Whatever it would send twice from here on would come after the count.
            servers.stop(logs.profile, ["flume"])
            return trial.outcome(trial.go_on(), fell_short=short)

    return trial_of


def killed(logs: Logs, choices: random.Random) -> tuple[str, ...]:
    """It dies while lines are written, and its keeper starts it again."""
    first = pid_of(logs.profile, "flume")
    killing = threading.Timer(choices.uniform(0.2, 0.8) * SECONDS_OF_LOAD, os.kill, [first, signal.SIGKILL])
    killing.start()
    logs.write(seconds=SECONDS_OF_LOAD)
    killing.join()
    logs.arrive()
    return () if pid_of(logs.profile, "flume") != first else ("Flume did not die",)


def positions_gone(logs: Logs, choices: random.Random) -> tuple[str, ...]:
    """It starts without the positions of one log, and with the cut positions of the other."""
    logs.write()
    logs.arrive()
    servers.stop(logs.profile, ["flume"])
    n_before = len(logs.arrived())
    lost, cut = choices.sample(LOGS, 2)
    logs.positions(lost).unlink()
    text = logs.positions(cut).read_bytes()
    logs.positions(cut).write_bytes(text[: choices.randrange(len(text))])
    servers.start(logs.profile, ["flume"])
    logs.write(10)
    logs.arrive()
    n_again = len(logs.arrived()) - n_before - 2 * 10
    return () if n_again >= N_LINES else (f"only {n_again} lines were read again",)


def rotated(logs: Logs, choices: random.Random) -> tuple[str, ...]:
    """Both logs are renamed while they are written to, as daemons do until they are told; and again."""
    for number in (1, 2):
        logs.write(N_LINES // 2)
        time.sleep(choices.uniform(0, 1))
        for log in LOGS:
            with logs.file(log).open("ab") as file:
                file.write(logs.new(log))
                file.flush()
                _shift(logs.file(log), number)
                file.write(b"".join(logs.new(log) for _ in range(N_LINES // 2)))
        logs.write(10)
    return ()


def _shift(file: Path, number: int) -> None:
    """As logrotate does it: what was the first becomes the second."""
    for old in range(number - 1, 0, -1):
        file.with_name(f"{file.name}.{old}").rename(file.with_name(f"{file.name}.{old + 1}"))
    file.rename(file.with_name(f"{file.name}.1"))


def truncated(logs: Logs, choices: random.Random) -> tuple[str, ...]:
    """Both logs are copied and emptied, at a moment when Flume may not have read all; one is written on shorter."""
    logs.write()
    time.sleep(choices.uniform(0, 1))
    for log in LOGS:
        shutil.copyfile(logs.file(log), logs.file(log).with_name(f"{log}.log-20221223"))
        os.truncate(logs.file(log), 0)
    logs.write(20)
    return ()


def half_a_line(logs: Logs, choices: random.Random) -> tuple[str, ...]:
    """Both logs end in the middle of a line. Flume looks, is killed and looks again; then the line is completed."""
    logs.write(20)
    lines = {log: logs.new(log) for log in LOGS}
    halves = {log: choices.randrange(1, len(line) - 1) for log, line in lines.items()}
    for log, line in lines.items():
        _append(logs.file(log), line[: halves[log]])
    time.sleep(SECONDS_TO_LOOK)
    servers.stop(logs.profile, ["flume"])
    servers.start(logs.profile, ["flume"])
    time.sleep(SECONDS_TO_LOOK)
    for log, line in lines.items():
        _append(logs.file(log), line[halves[log] :])
    logs.write(20)
    return ()


def channel_is_full(trial: Trial) -> Outcome:
    """The disk of the channels and positions is full for a while. The source waits, and goes on when there is room."""
    profile = _profile(trial)
    with small_disk(profile.data_of("flume"), MEGABYTES_OF_CHANNEL) as disk, _own_flume(trial) as logs:
        logs.write()
        logs.arrive()
        disk.fill()
        logs.write(n_letters=LETTERS_OF_A_LONG_WORD)
        has_waited = _waits(profile)
        n_stuck = len({each.value for each in trial.sent.messages} - set(logs.arrived()))
        disk.free()
        logs.write(20)
        logs.arrive()
        servers.stop(profile, ["flume"])
        short = () if has_waited and n_stuck else ("the full disk kept no line back",)
        return trial.outcome(trial.go_on(), fell_short=short)


def _waits(profile: Profile) -> bool:
    """Whether Flume says, within a minute, that it has to wait for its channel."""
    deadline = time.monotonic() + SECONDS_TO_ARRIVE
    while time.monotonic() < deadline:
        if "The source will try again" in profile.log_of("flume").read_text(errors="replace"):
            return True
        time.sleep(0.3)
    return False


@contextmanager
def _own_flume(trial: Trial) -> Iterator[Logs]:
    """A Flume that nobody else is disturbed by, and that writes to the trial's broker."""
    profile = _profile(trial)
    with servers.running(profile, ["flume"]):
        yield Logs(trial, profile)


def _profile(trial: Trial) -> Profile:
    kafka = int(trial.settings.brokers.rpartition(":")[2])
    return Profile(root=trial.settings.root / "servers", ports=replace(Ports.free(), kafka=kafka))


def _line(log: Log, number: int, word: str) -> Message:
    if log == "app":
        case: dict[str, object] = {"client_event_id": f"event-{number}", "page_name": word}
        return replace(message(APP_EVENT, case, f"event-{number}", "silver"), may_repeat=True)
    path = f"/page-{number}"
    line = f'203.0.113.7 - - [23/Dec/2022:15:00:00 +0000] "GET {path} HTTP/1.1" 200 123 "-" "{word}"'
    return Message(WEB_ACCESS, None, line.encode(), path, "silver", may_repeat=True)


def _append(path: Path, part: bytes) -> None:
    with path.open("ab") as file:
        file.write(part)


def _fault(name: str, sentence: str, act: Callable[[Trial], Outcome], seeds: tuple[int, ...] = (1,)) -> Fault:
    return Fault((29,), name, GROUP, sentence, act, seeds)


FAULTS = (
    # tests/infra/test_servers.py kills it too.
    _fault(
        "flume-killed",
        "Flume dies while lines are written, and is started again.",
        disturbed(killed),
        seeds=(),
    ),
    _fault(
        "flume-positions-gone",
        "Flume's position file of one log is lost and that of another is cut.",
        disturbed(positions_gone),
    ),
    _fault("log-rotated", "Logs are renamed twice while lines are written to them.", disturbed(rotated)),
    _fault("log-truncated", "Logs are copied and emptied.", disturbed(truncated)),
    _fault(
        "log-half-a-line",
        "Logs end in the middle of a line, which Flume sees, is started again, and sees once more.",
        disturbed(half_a_line),
    ),
    _fault("channel-full", "The disk of Flume's channels is full for a while.", channel_is_full),
)
