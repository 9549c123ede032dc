"""The DAGs on a real Airflow. The platform's processes alone are a script that writes down how it was called."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.errors import AirflowRefused
from infra.local import airflow, servers
from infra.local.airflow_client import AirflowClient, DagRun
from infra.local.server_profile import REPOSITORY, Ports, Profile

PLATFORM = """#!/bin/sh
echo "$@" >> calls
for word in $(cat failing); do
    case " $* " in *" $word "*) echo "$word says no"; exit 1 ;; esac
done
"""
# Three sessions, the last one before Christmas, long overdue.
BY_SESSION = """
from datetime import UTC, datetime
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG
from dags.sessions import SessionTimetable

with DAG(
    "by_session",
    schedule=SessionTimetable(),
    start_date=datetime(2022, 12, 21, tzinfo=UTC),
    end_date=datetime(2022, 12, 25, tzinfo=UTC),
    catchup=True,
):
    EmptyOperator(task_id="nothing")
"""
SECONDS = 120


@dataclass(frozen=True)
class Site:
    """An Airflow that runs, and the folder that it takes for the platform's."""

    home: Path
    client: AirflowClient

    def end_of_day(self, conf: dict[str, str], failing: str = "") -> DagRun:
        (self.home / "calls").write_text("")
        (self.home / "failing").write_text(failing)
        return self.client.wait("end_of_day", self.client.trigger("end_of_day", conf), SECONDS)

    def calls(self) -> list[str]:
        """How the platform was called, with the names of the jobs left out but for the first."""
        lines = (self.home / "calls").read_text().splitlines()
        return [
            " ".join((*line.split()[:4], *line.split()[-3:])) if " jobs run " in line else line
            for line in lines
        ]


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[Site]:
    home, dags = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("dags")
    (home / "jobs").mkdir()
    shutil.copy(REPOSITORY / "tests" / "dags" / "catalog.json", home / "jobs")
    for name in ("end_of_day", "upkeep", "weekly_training"):
        shutil.copy(REPOSITORY / "dags" / f"{name}.py", dags)
    (dags / "by_session.py").write_text(BY_SESSION)
    platform = home / "platform"
    platform.write_text(PLATFORM)
    platform.chmod(0o755)
    profile = Profile(root=tmp_path_factory.mktemp("airflow"), ports=Ports.free(), dags=dags)
    usual = airflow.environment_of
    with pytest.MonkeyPatch.context() as patch:
        ours = {"BROKERLAKE_HOME": str(home), "BROKERLAKE_PYTHON": str(platform)}
        patch.setattr(airflow, "environment_of", lambda profile: {**usual(profile), **ours})
        with servers.running(profile, ["airflow"]), AirflowClient(profile) as client:
            yield Site(home, client)


def test_a_run_settles_accounts_and_makes_all_that_is_pending(site):
    run = site.end_of_day({"session": "2022-12-23"})
    assert run.succeeded
    assert site.calls() == [
        "-m ingestion settle --session 2022-12-23",
        "-m ingestion ledger --without-gold",
        "-m jobs run corrected_fills --pending --to 2022-12-23",
        "-m ingestion publish-alerts --session 2022-12-23",
        "-m ingestion ledger",
    ]


def test_after_a_failed_gate_the_run_has_failed_and_says_why(site):
    run = site.end_of_day({"session": "2022-12-23"}, failing="positions_daily")
    assert (run.state, run.failed_tasks) == ("failed", ("tables",))
    log = site.client.log_of(run.dag_id, run.run_id, "tables")
    assert log is not None
    assert "exit status 1: positions_daily says no" in log.read_text()


def test_a_difference_in_the_ledger_stops_all(site):
    run = site.end_of_day({"session": "2022-12-23"}, failing="ledger")
    assert (run.state, run.failed_tasks) == ("failed", ("ledger",))
    assert run.tasks["tables"] == "upstream_failed"
    assert len(site.calls()) == 2


def test_a_run_without_a_session_fails_before_anything_is_called(site):
    run = site.end_of_day({})
    assert (run.state, run.failed_tasks) == ("failed", ("settle",))
    assert site.calls() == []
    log = site.client.log_of(run.dag_id, run.run_id, "settle")
    assert log is not None
    assert "this run has no session: start it with the conf" in log.read_text()


def test_a_session_that_is_no_day_is_refused(site):
    with pytest.raises(AirflowRefused, match="session"):
        site.client.trigger("end_of_day", {"session": "23 December"})


def test_sessions_that_are_overdue_get_a_run_each(site):
    runs = site.client.runs("by_session")
    assert [run["logical_date"] for run in runs] == [
        "2022-12-21T00:00:00Z",
        "2022-12-22T00:00:00Z",
        "2022-12-23T00:00:00Z",
    ]


@pytest.mark.parametrize("dag_id", ["end_of_day", "upkeep", "weekly_training"])
def test_no_run_starts_by_itself(site, dag_id):
    assert {run["run_type"] for run in site.client.runs(dag_id)} <= {"manual"}
