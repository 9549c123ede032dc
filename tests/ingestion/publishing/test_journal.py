"""What a producer's journal says, line by line, and what it counts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ingestion.errors import DeliveryFailed
from ingestion.publishing.journal import Deliveries, Journal


def lines(folder: Path) -> list[dict[str, object]]:
    [file] = folder.iterdir()
    return [json.loads(line) for line in file.read_bytes().splitlines()]


def test_every_end_has_its_line(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "test")
    numbers = [journal.attempt("t", b"123456789") for _ in range(4)]
    assert numbers == [1, 2, 3, 4]
    journal.acknowledged(1, 0, 17)
    journal.acknowledged(2, 0, -1)
    journal.failed(3, "too large")
    journal.unknown(4, "timed out")
    assert journal.deliveries == Deliveries(sent=4, acknowledged=2, failed=1, unknown=1)
    journal.close()
    attempts = [{"n": n, "topic": "t", "crc32c": 0xE3069283} for n in numbers]  # the check value of CRC-32C
    ends = [
        {"n": 1, "partition": 0, "offset": 17},
        {"n": 2, "partition": 0, "offset": None},
        {"n": 3, "failed": "too large"},
        {"n": 4, "unknown": "timed out"},
    ]
    assert lines(tmp_path) == [*attempts, *ends, {"closed": True}]


def test_what_has_no_answer_is_unknown(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "test")
    for end in (
        lambda n: journal.acknowledged(n, 0, 0),
        lambda n: journal.failed(n, "too large"),
        lambda n: journal.unknown(n, "late"),
        lambda n: None,
    ):
        end(journal.attempt("t", b""))
    with pytest.raises(
        DeliveryFailed, match=r"of 4 messages 1 failed and 2 may or may not .*: too large"
    ) as raised:
        journal.flush()
    assert (raised.value.failed, raised.value.unknown) == (1, 2)
    journal.close()
    assert {"closed": True} not in lines(tmp_path)


def test_an_attempt_is_there_when_its_producer_is_killed_at_once(tmp_path: Path) -> None:
    killed = (
        "import os, signal, sys; from pathlib import Path; from ingestion.publishing.journal import Journal; "
        "Journal(Path(sys.argv[1]), 'test').attempt('t', b''); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", killed, str(tmp_path)], cwd=Path.cwd(), env=dict(os.environ))
    assert lines(tmp_path) == [{"n": 1, "topic": "t", "crc32c": 0}]


def test_a_message_is_found_by_its_header(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "test")
    assert journal.header(7) == ("brokerlake-journal", f"{journal.name}:7".encode())
    assert [file.stem for file in tmp_path.iterdir()] == [journal.name]
    assert journal.name.startswith("test-")
