"""Commands over a lake that is empty: what they refuse, and what needs no Java."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.local.server_profile import REPOSITORY
from tests.written import new_lake


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command as a person starts it, on a machine without Java."""
    environment = {name: value for name, value in os.environ.items() if name != "JAVA_HOME"}
    environment |= {"BROKERLAKE_ROOT": str(root), "PATH": str(Path(sys.executable).parent)}
    environment.pop("BROKERLAKE_LAKE", None)
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["cash_dayly", "--session", "2022-12-23"],
            "there is no job 'cash_dayly': did you mean cash_daily",
        ),
        (["cash_daily", "--session", "2022-12-24"], "2022-12-24 is not a session of the XNYS calendar"),
    ],
    ids=["a name that is no job", "a day that is no session"],
)
def test_misuse_of_jobs_is_one_sentence_and_writes_nothing(
    tmp_path: Path, arguments: list[str], sentence: str
) -> None:
    done = run(tmp_path, "jobs", "run", *arguments)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_sql_answers_without_java(tmp_path: Path) -> None:
    new_lake(tmp_path)
    done = run(tmp_path, "lake", "sql", "--format", "csv", "SELECT count(*) AS n FROM gold.cash_daily")
    assert (done.returncode, done.stdout) == (0, "n\n0\n")
