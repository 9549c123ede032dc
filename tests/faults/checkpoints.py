"""Checkpoints of landing and refining that are damaged: an exact way on, or a refusal that names the command to run."""

from __future__ import annotations

import re
import shlex
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from ingestion.errors import StreamFailed
from lake.errors import CheckpointError
from lake.reader import open_table
from schemas import catalog
from tests.faults.fault import Fault, Outcome
from tests.faults.places import as_path
from tests.faults.trial import Trial

STREAMS = ("land", "refine")
Damage = Callable[[Path, Path], None]
"""Does harm to the folder of a checkpoint; the second one is a copy of it from before the last batch."""


def damaged(damage: Damage, is_refused: bool) -> Callable[[Trial], Outcome]:
    """Two rounds of messages, damage to both checkpoints, a third round."""

    def act(trial: Trial) -> Outcome:
        checkpoints = as_path(trial.settings.checkpoints)
        earlier = trial.settings.root / "earlier"
        trial.sent.send(range(20))
        trial.go_on()
        shutil.copytree(checkpoints, earlier)
        trial.sent.send(range(20, 40))
        trial.go_on()
        for stream in STREAMS:
            damage(checkpoints / stream, earlier / stream)
        trial.sent.send(range(40, 60))
        began = time.monotonic()
        if not is_refused:
            return trial.outcome(trial.go_on())
        sentences, short = zip(*[_refused(trial, stream) for stream in STREAMS], strict=True)
        trial.go_on()
        seconds = time.monotonic() - began
        return trial.outcome(seconds, "; ".join(sentences), tuple(each for each in short if each))

    return act


def _refused(trial: Trial, stream: str) -> tuple[str, str]:
    """What a stream says when it will not go on, after doing what it says; and what was wrong with that."""
    before = _versions_of_rows(trial)
    try:
        trial.run(stream)
    except (CheckpointError, StreamFailed) as error:
        sentence = str(error)
    else:
        return "", f"{stream} went on with a damaged checkpoint"
    if _versions_of_rows(trial) != before:
        return sentence, f"{stream} wrote something though it refused"
    named = re.search(r"`python -m ingestion (.+?)`", sentence)
    if named is None:
        return sentence, f"{stream} refuses and names no command: {sentence}"
    trial.command(shlex.split(named[1]))
    return sentence, ""


def _versions_of_rows(trial: Trial) -> dict[str, list[str]]:
    """Each table's files: properties may change, rows may not."""
    return {table.name: sorted(open_table(trial.settings, table).file_uris()) for table in catalog.TABLES}


def _last(folder: Path) -> Path:
    return max((path for path in folder.iterdir() if path.name.isdecimal()), key=lambda path: int(path.name))


def _rewrite(path: Path, content: bytes) -> None:
    """As a disk does it that lost the end of a file: the checksum beside it is gone too."""
    path.write_bytes(content)
    path.with_name(f".{path.name}.crc").unlink(missing_ok=True)


def delete(checkpoint: Path, _: Path) -> None:
    shutil.rmtree(checkpoint)


def empty(checkpoint: Path, _: Path) -> None:
    for path in checkpoint.rglob("*"):
        if path.is_file():
            path.write_bytes(b"")


def empty_offsets(checkpoint: Path, _: Path) -> None:
    _rewrite(_last(checkpoint / "offsets"), b"")


def cut_offsets(checkpoint: Path, _: Path) -> None:
    path = _last(checkpoint / "offsets")
    _rewrite(path, path.read_bytes()[:-20])


def cut_commit(checkpoint: Path, _: Path) -> None:
    _rewrite(_last(checkpoint / "commits"), b"v1\n")


def remove_offsets(checkpoint: Path, _: Path) -> None:
    shutil.rmtree(checkpoint / "offsets")


def remove_commits(checkpoint: Path, _: Path) -> None:
    shutil.rmtree(checkpoint / "commits")


def roll_back(checkpoint: Path, earlier: Path) -> None:
    shutil.rmtree(checkpoint)
    shutil.copytree(earlier, checkpoint)


def _fault(
    name: str, sentence: str, damage: Damage, is_refused: bool = True, seeds: tuple[int, ...] = (1,)
) -> Fault:
    return Fault((15,), f"checkpoint-{name}", "checkpoint", sentence, damaged(damage, is_refused), seeds)


FAULTS = (
    _fault("deleted", "The checkpoints of landing and refining are deleted.", delete),
    _fault("emptied", "Every file of both checkpoints is emptied.", empty, seeds=()),
    _fault("offsets-emptied", "The last file of offsets is emptied.", empty_offsets, seeds=()),
    _fault("offsets-cut", "The last file of offsets loses its end.", cut_offsets),
    _fault("offsets-removed", "The folder of offsets is removed.", remove_offsets, seeds=()),
    _fault("commit-cut", "The last file of commits loses its end.", cut_commit, seeds=()),
    _fault(
        "commits-removed", "The folder of commits is removed.", remove_commits, is_refused=False, seeds=()
    ),
    _fault("rolled-back", "An earlier copy of both checkpoints is restored.", roll_back, is_refused=False),
)
