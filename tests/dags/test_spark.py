"""How a process of the platform is started, and what its end means to Airflow."""

from pathlib import Path

import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from dags.spark import PlatformProcess, command


@pytest.fixture
def platform(home, monkeypatch) -> Path:
    """A stand-in for the platform's Python: it tells where and how it was called, and ends as it is told to."""
    script = home / "platform"
    script.write_text('#!/bin/sh\nfor word in "$PWD" "$@"; do echo "$word" >> called; done\nsh ending\n')
    script.chmod(0o755)
    monkeypatch.setenv("BROKERLAKE_PYTHON", str(script))
    return home


def run(home: Path, ending: str, *arguments: str) -> list[str]:
    (home / "ending").write_text(ending)
    PlatformProcess(task_id="t", arguments=arguments).execute({})
    return (home / "called").read_text().splitlines()


def test_it_runs_in_the_platforms_home_and_no_shell_reads_its_arguments(platform):
    arguments = ("jobs", "run", "$(touch harm)", "; touch harm", "two words")
    assert run(platform, "exit 0", *arguments) == [str(platform), "-m", *arguments]
    assert not (platform / "harm").exists()


@pytest.mark.parametrize("status", [1, 2], ids=["a verdict", "a refusal"])
def test_an_answer_is_final_and_its_last_line_is_told(platform, status):
    with pytest.raises(AirflowFailException) as caught:
        run(platform, f"echo a difference; exit {status}", "ingestion", "ledger")
    assert str(caught.value) == f"ingestion ledger: exit status {status}: a difference"


@pytest.mark.parametrize("ending", ["kill -9 $PPID", "exit 137"], ids=["killed", "killed inside a shell"])
def test_a_process_that_dies_may_be_started_again(platform, ending):
    with pytest.raises(AirflowException) as caught:
        run(platform, ending, "jobs", "run")
    assert not isinstance(caught.value, AirflowFailException)
    assert command("ledger").retries == 1


@pytest.mark.parametrize("name", ["BROKERLAKE_HOME", "BROKERLAKE_PYTHON"])
def test_an_airflow_that_does_not_know_the_platform_says_so(platform, monkeypatch, name):
    monkeypatch.delenv(name)
    with pytest.raises(AirflowFailException, match=f"{name} is not set"):
        run(platform, "exit 0", "ingestion", "ledger")
