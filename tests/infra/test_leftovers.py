"""Processes that a killed supervisor left behind, without any server."""

import os
import subprocess
import time
from collections.abc import Iterator

import psutil
import pytest

from infra.local import leftovers
from infra.local.supervision import MARK


@pytest.fixture
def start(tmp_path) -> Iterator:
    """Starts a process that sleeps, in a group of its own."""
    started: list[subprocess.Popen[bytes]] = []
    (tmp_path / "run").mkdir()

    def begin(**environment: str) -> subprocess.Popen[bytes]:
        started.append(subprocess.Popen(["/bin/sleep", "60"], env=environment, start_new_session=True))
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.wait()


def found(root) -> dict[str, list[int]]:
    return {name: [process.pid for process in group] for name, group in leftovers.find(root).items()}


def test_a_process_is_found_by_its_mark(tmp_path, start):
    ours = start(**{MARK: str(tmp_path), "SUPERVISOR_PROCESS_NAME": "kafka"})
    start(**{MARK: str(tmp_path / "other"), "SUPERVISOR_PROCESS_NAME": "kafka"})
    assert found(tmp_path) == {"kafka": [ours.pid]}


def test_a_process_whose_environment_cannot_be_read_is_found_by_its_group(tmp_path, start):
    ours = start()
    (tmp_path / "run" / "airflow-api-server.pid").write_text(f"{ours.pid}\n")
    assert found(tmp_path) == {"airflow-api-server": [ours.pid]}


def test_a_number_that_was_given_to_another_process_since_is_left_alone(tmp_path, start):
    stranger = start()
    file = tmp_path / "run" / "kafka.pid"
    file.write_text(f"{stranger.pid}\n")
    os.utime(file, times=(time.time() - 30,) * 2)
    assert found(tmp_path) == {}


def test_the_test_itself_is_never_ended(tmp_path, start):
    file = tmp_path / "run" / "kafka.pid"
    file.write_text(f"{os.getpgid(0)}\n")
    assert os.getpid() not in [pid for group in found(tmp_path).values() for pid in group]


def test_what_is_found_is_ended(tmp_path, start):
    ours = start(**{MARK: str(tmp_path)})
    leftovers.end(tmp_path, ["kafka"])
    assert not psutil.pid_exists(ours.pid)
    assert found(tmp_path) == {}
