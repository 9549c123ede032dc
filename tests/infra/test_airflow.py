from collections.abc import Iterator

import pytest

from infra.errors import AirflowRefused
from infra.local import airflow_client, servers
from infra.local.airflow_client import AirflowClient
from infra.local.server_profile import Ports, Profile

DAG = """
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

with DAG("two_steps", schedule=None):
    first = BashOperator(task_id="first", bash_command="echo $BROKERLAKE_LAKE")
    second = BashOperator(task_id="second", bash_command="test {{ dag_run.conf['answer'] }} = yes")
    third = BashOperator(task_id="third", bash_command="true")
    first >> second >> third
"""


@pytest.fixture(scope="module")
def client(tmp_path_factory) -> Iterator[AirflowClient]:
    dags = tmp_path_factory.mktemp("dags")
    (dags / "two_steps.py").write_text(DAG)
    profile = Profile(root=tmp_path_factory.mktemp("airflow"), ports=Ports.free(), dags=dags)
    with servers.running(profile, ["airflow"]), AirflowClient(profile) as found:
        yield found


def test_a_run_succeeds_and_its_progress_is_told(client):
    told = []
    run = client.wait("two_steps", client.trigger("two_steps", {"answer": "yes"}), 120, told.append)
    assert run.succeeded
    assert told[-1] == {"first": "success", "second": "success", "third": "success"}
    assert len(told) > 1


def test_a_failed_task_stops_what_depends_on_it_and_its_log_is_found(client):
    run = client.wait("two_steps", client.trigger("two_steps", {"answer": "no"}), 120)
    assert (run.state, run.failed_tasks) == ("failed", ("second",))
    assert run.tasks["third"] == "upstream_failed"
    log = client.log_of(run.dag_id, run.run_id, "second")
    assert log is not None
    assert "exit code" in log.read_text()
    assert client.log_of(run.dag_id, run.run_id, "third") is None


def test_an_unknown_dag_is_refused_by_name(client, monkeypatch):
    monkeypatch.setattr(airflow_client, "SECONDS_TO_KNOW_A_DAG", 1.0)
    with pytest.raises(AirflowRefused, match="a run of no_such_dag: it knows no such DAG"):
        client.trigger("no_such_dag", {})
