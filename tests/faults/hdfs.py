"""A lake on a real HDFS: four writers at once, and servers that die or take no writes while messages land."""

from __future__ import annotations

import os
import random
import re
import shlex
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from tenacity import retry, retry_if_result, stop_after_delay, wait_fixed

from infra.local import jars, jvm, servers
from infra.local.server_profile import Ports, Profile
from ingestion.errors import StreamFailed
from lake.errors import StorageError
from lake.fence import APPLICATION
from lake.reader import open_table
from lake.tables import create_missing
from schemas import catalog
from schemas.operations import BRONZE_EVENTS
from tests.faults import processes, race
from tests.faults.fault import Fault, Outcome
from tests.faults.kills import N_AFTER, N_BEFORE
from tests.faults.trial import Trial

GROUP = "hdfs"
ADMIN = "org.apache.hadoop.hdfs.tools.DFSAdmin"
SECONDS = 120.0
N_WRITES, N_WRITES_DEEP = 15, 200
WRITES = ("land --once", "settle --session 2022-12-23", "ledger")
READ = ("-m", "lake", "sql", "select count(*) as n from silver.cash_movements")
REFUSAL = re.compile(r"HDFS at hdfs://\S+ (?:is in safe mode|has no NameNode|has no DataNode).*: .+")


def concurrent_writers(n_writes: int) -> Callable[[Trial], Outcome]:
    """Merge, replacement, compaction and append on one table, `n_writes` each."""

    def act(trial: Trial) -> Outcome:
        with _own_hdfs(trial) as (own, _):
            return race.run(own.settings, n_writes, own.seed)

    return act


def killed(process: str) -> Callable[[Trial], Outcome]:
    """A server dies while messages are landed and refined, the seed says when, and is started again by its supervisor."""

    def act(trial: Trial) -> Outcome:
        with _own_hdfs(trial) as (own, profile):
            own.sent.send(range(N_BEFORE))
            kill = threading.Thread(target=_kill, args=(own, profile, process))
            kill.start()
            began = time.monotonic()
            sentence, short = _tried(own)
            kill.join()
            _until(partial(_serves, own, profile))
            return _went_on(own, began, sentence, short)

    return act


def in_safe_mode(trial: Trial) -> Outcome:
    """Nothing is written in safe mode, each command says so; what only reads answers; then all goes on."""
    with _own_hdfs(trial) as (own, profile):
        own.sent.send(range(N_BEFORE))
        _admin(profile, "-safemode", "enter")
        before = _versions(own)
        sentences, short = _refusals(own)
        if _versions(own) != before:
            short.append("something was written in safe mode")
        _admin(profile, "-safemode", "leave")
        return _went_on(own, time.monotonic(), sentences[0], short)


def _tried(trial: Trial) -> tuple[str | None, list[str]]:
    """Landing and refining while something happens: they come through, or say what it is in one sentence."""
    try:
        trial.go_on()
    except (StorageError, StreamFailed) as error:
        return str(error), _not_plain(str(error))
    return None, []


def _refusals(trial: Trial) -> tuple[list[str], list[str]]:
    """What the commands that write say, and what was wrong with that; a question is answered."""
    sentences, short = [], []
    for words in WRITES:
        command = processes.start(trial.settings, ("-m", "ingestion", *shlex.split(words)))
        status, text = command.end(), command.said()
        sentences.append(text)
        short += _not_plain(text) + ([] if status == 1 else [f"{words} ended with {status}"])
    question = processes.start(trial.settings, READ)
    if (status := question.end()) != 0:
        short.append(f"a question ended with {status}: {question.said()}")
    return sentences, short


def _not_plain(text: str) -> list[str]:
    is_plain = "\n" not in text and REFUSAL.search(text) is not None
    return [] if is_plain else [f"no sentence about HDFS: {text[:500]}"]


def _went_on(trial: Trial, began: float, sentence: str | None, short: list[str]) -> Outcome:
    trial.sent.send(range(N_BEFORE, N_BEFORE + N_AFTER))
    trial.go_on()
    return trial.outcome(time.monotonic() - began, sentence, tuple(short))


def _kill(trial: Trial, profile: Profile, process: str) -> None:
    """Once the stream has begun, or has landed, and then a moment later, as the seed says."""
    choices = random.Random(trial.seed)
    has_begun, has_landed = partial(_has_begun, trial), partial(_has_landed, trial)
    _until(choices.choice([has_begun, has_landed]))
    time.sleep(choices.uniform(0, 2))
    os.kill(_pid(profile, process), signal.SIGKILL)


def _has_begun(trial: Trial) -> bool:
    """Whether a driver has put its fence up."""
    return open_table(trial.settings, BRONZE_EVENTS).transaction_version(APPLICATION) is not None


def _has_landed(trial: Trial) -> bool:
    return bool(open_table(trial.settings, BRONZE_EVENTS).file_uris())


def _versions(trial: Trial) -> dict[str, int]:
    return {table.name: open_table(trial.settings, table).version() for table in catalog.TABLES}


@contextmanager
def _own_hdfs(trial: Trial) -> Iterator[tuple[Trial, Profile]]:
    """The trial with an empty lake on an HDFS of its own."""
    jars.set_up("hadoop")
    profile = Profile(root=trial.settings.root / "servers", ports=Ports.free(), lake="hdfs")
    with servers.running(profile, ["hdfs"]):
        settings = replace(trial.settings, lake=profile.lake_uri)
        create_missing(settings, catalog.TABLES)
        yield Trial(settings, trial.seed, trial.spark), profile


def _admin(profile: Profile, *words: str) -> None:
    command = jvm.command("hadoop", ADMIN, words, 128, before_jars=[profile.configuration_of("hdfs")])
    subprocess.run(command, check=True, capture_output=True)


def _pid(profile: Profile, process: str) -> int:
    found = [each for status in servers.status(profile) for each in status.processes]
    return next(each.pid for each in found if each.name == process)


def _serves(trial: Trial, profile: Profile) -> bool:
    """Started again by its supervisor, out of safe mode, and with a DataNode that gives blocks: one that died stays live
    in the NameNode's eyes for minutes."""
    [status] = [each for each in servers.status(profile) if each.name == "hdfs"]
    if not status.is_healthy:
        return False
    try:
        return _has_begun(trial)
    except OSError:
        return False


@retry(retry=retry_if_result(lambda is_so: not is_so), wait=wait_fixed(0.1), stop=stop_after_delay(SECONDS))
def _until(is_so: Callable[[], bool]) -> bool:
    return is_so()


FAULTS = (
    # Only deep, for the minutes that it takes: two drivers at once and one that wakes too late are tried in the first tier.
    Fault(
        (17,),
        "concurrent-writers",
        GROUP,
        f"Four processes merge, replace, compact and append {N_WRITES} times each at once, each with leases of its own.",
        concurrent_writers(N_WRITES),
        seeds=(),
    ),
    Fault(
        (17,),
        "concurrent-writers-long",
        GROUP,
        f"The same with {N_WRITES_DEEP} times each.",
        concurrent_writers(N_WRITES_DEEP),
        seeds=(),
        n_deep=1,
    ),
    # Only deep: that it refuses to write, below, and that what serves under it dies are the harder cases.
    Fault(
        (21,),
        "namenode-restarted",
        GROUP,
        "The NameNode dies while messages are landed and refined, and is started again.",
        killed("namenode"),
        seeds=(),
        n_deep=15,
    ),
    Fault(
        (21,),
        "namenode-in-safe-mode",
        GROUP,
        "The NameNode is in safe mode when landing, settling and the ledger start.",
        in_safe_mode,
    ),
    Fault(
        (22,),
        "datanode-restarted",
        GROUP,
        "The DataNode dies while messages are landed and refined, and is started again.",
        killed("datanode"),
        seeds=(),
        n_deep=15,
    ),
)
