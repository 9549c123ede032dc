"""Every DAG, as Airflow reads it: it parses, quickly and alone, says whose it is, and calls what it should."""

import importlib
import json
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.serialization.serialized_objects import DagSerialization

from tests.dags.conftest import REPOSITORY

DAGS = ("end_of_day", "upkeep", "weekly_training")
OURS = ("schemas", "lake", "ingestion", "models", "jobs", "infra", "evaluation")
SLOW = ("pyspark", "delta", "pandas", "numpy", "exchange_calendars")

# Processor time, as wall time depends on who else uses the machine.
PARSE = """
import json, sys, time
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG
from airflow.timetables.base import Timetable
alone = time.process_time()
from dags import end_of_day, upkeep, weekly_training
print(json.dumps({"alone": alone, "all": time.process_time(), "modules": list(sys.modules)}))
"""


@pytest.fixture
def bag(home) -> DagBag:
    return read()


@pytest.fixture
def scheduled(home, monkeypatch) -> DagBag:
    monkeypatch.setenv("BROKERLAKE_SCHEDULE", "on")
    return read()


def read() -> DagBag:
    return DagBag(REPOSITORY / "dags")


def needed(dag) -> dict[str, set[str]]:
    """For each task the tasks before it."""
    return {task.task_id: set(task.upstream_task_ids) for task in dag.tasks}


def calls(dag, conf: dict[str, str], interval_start=None) -> dict[str, str]:
    """What each process is called with, once its templates are filled in."""
    run = SimpleNamespace(data_interval_start=interval_start)
    context = {"params": {**dict.fromkeys(dag.params), **conf}, "dag_run": run}
    processes = [task for task in dag.tasks if hasattr(task, "arguments")]
    for task in processes:
        task.render_template_fields(context)
    return {task.task_id: " ".join(task.arguments) for task in processes}


def test_every_dag_parses(bag):
    assert bag.import_errors == {}
    assert tuple(sorted(bag.dags)) == DAGS


@pytest.mark.parametrize("dag_id", DAGS)
def test_a_dag_says_whose_it_is_and_what_it_does(bag, dag_id):
    dag = bag.dags[dag_id]
    assert {task.owner for task in dag.tasks} <= {"data-engineering", "data-science"}
    assert dag.description.endswith(".")
    assert dag.doc_md.startswith(dag.description)
    assert dag.tags
    assert dag.dagrun_timeout is not None


@pytest.mark.parametrize("dag_id", DAGS)
def test_one_run_at_a_time_and_none_that_was_missed(bag, dag_id):
    assert (bag.dags[dag_id].max_active_runs, bag.dags[dag_id].catchup) == (1, False)


def test_the_order_of_the_end_of_a_day(bag):
    assert needed(bag.dags["end_of_day"]) == {
        "settle": set(),
        "ledger": {"settle"},
        "tables": {"ledger"},
        "publish_alerts": {"tables"},
        "books": {"publish_alerts"},
    }


def test_nothing_runs_after_a_failure(bag):
    assert {task.trigger_rule for task in bag.dags["end_of_day"].tasks} == {"all_success"}


def test_what_the_end_of_a_day_calls(bag):
    assert calls(bag.dags["end_of_day"], {"session": "2022-12-23"}) == {
        "settle": "ingestion settle --session 2022-12-23",
        "ledger": "ingestion ledger --without-gold",
        "publish_alerts": "ingestion publish-alerts --session 2022-12-23",
        "books": "ingestion ledger",
        "tables": "jobs run corrected_fills suspect_prices_daily positions_daily position_values_daily cash_daily realised_profit_daily"
        " dividends_receivable_daily profit_and_loss_daily statement_breaks_daily"
        " statement_checks_daily value_at_risk_daily"
        " scenario_profit_and_loss_daily"
        " stress_daily portfolio_profit_and_loss_daily value_at_risk_backtests limit_usage_daily concentration_daily margin_daily alerts client_features_daily churn_labels_daily churn_models churn_scores_daily interactions_daily"
        " recommendations_daily --pending --to 2022-12-23",
    }


def test_what_the_others_call(bag):
    weekly = calls(bag.dags["weekly_training"], {"session": "2022-12-23"})
    assert weekly == {"training": "jobs run churn_models --session 2022-12-23"}
    assert calls(bag.dags["upkeep"], {}) == {"ledger": "ingestion ledger", "compact": "lake compact"}
    assert needed(bag.dags["upkeep"]) == {"ledger": set(), "compact": {"ledger"}}


def test_at_most_three_spark_applications_in_a_run(bag):
    jobs = [
        task
        for task in calls(bag.dags["end_of_day"], {"session": "2022-12-23"}).values()
        if "jobs run" in task
    ]
    assert len(jobs) <= 3


def test_schedules_are_off_unless_they_are_asked_for(bag):
    assert {dag_id: bag.dags[dag_id].schedule for dag_id in DAGS} == dict.fromkeys(DAGS)


def test_schedules_that_are_on_survive_the_way_into_the_database(scheduled):
    assert scheduled.import_errors == {}
    read_back = {
        dag_id: DagSerialization.from_dict(DagSerialization.to_dict(dag)).timetable
        for dag_id, dag in scheduled.dags.items()
    }
    assert read_back["end_of_day"].serialize() == {
        "minutes_after_close": 10, "every": "session", "calendar": "XNYS",
    }  # fmt: skip
    assert read_back["weekly_training"].serialize() == {
        "minutes_after_close": 720, "every": "week", "calendar": "XNYS",
    }  # fmt: skip
    assert read_back["upkeep"].summary == "0 6 * * *"


def test_a_schedule_that_is_neither_on_nor_off_is_refused(home, monkeypatch):
    monkeypatch.setenv("BROKERLAKE_SCHEDULE", "daily")
    errors = read().import_errors
    assert len(errors) == 3
    assert all("BROKERLAKE_SCHEDULE is 'daily' and can be on or off" in error for error in errors.values())


def test_a_job_that_is_not_in_the_catalog_fails_when_the_dag_is_parsed(home):
    path = home / "jobs" / "catalog.json"
    listed = json.loads(path.read_text())
    listed["jobs"] = [job for job in listed["jobs"] if job["name"] != "churn_models"]
    path.write_text(json.dumps(listed))
    (end_of_day, weekly_training) = sorted(read().import_errors.values(), key=len, reverse=True)
    for error in (end_of_day, weekly_training):
        assert "there is no job 'churn_models' in jobs/catalog.json" in error


def test_the_platforms_own_catalog_has_what_the_dags_name(home, monkeypatch):
    path = REPOSITORY / "jobs" / "catalog.json"
    if not path.exists():
        pytest.skip("jobs/catalog.json is not generated yet")
    monkeypatch.setenv("BROKERLAKE_HOME", str(REPOSITORY))
    bag = read()
    assert bag.import_errors == {}
    named = set(importlib.import_module("dags.end_of_day").TABLES)
    assert named == {job["name"] for job in json.loads(path.read_text())["jobs"]}


@pytest.fixture(scope="module")
def parsed(tmp_path_factory) -> dict:
    """What a fresh interpreter tells that reads the DAGs, with their schedules on."""
    home = tmp_path_factory.mktemp("home")
    (home / "jobs").mkdir()
    (home / "jobs" / "catalog.json").write_text((REPOSITORY / "tests" / "dags" / "catalog.json").read_text())
    ours = {"BROKERLAKE_HOME": str(home), "BROKERLAKE_SCHEDULE": "on", "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(
        [sys.executable, "-c", PARSE], env={**os.environ, **ours}, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def test_parsing_costs_little_beside_importing_airflow(parsed):
    assert parsed["all"] <= 1.2 * parsed["alone"]


def test_parsing_imports_nothing_of_the_platform_and_nothing_slow(parsed):
    loaded = {name.split(".")[0] for name in parsed["modules"]}
    assert not loaded & {*OURS, *SLOW}
