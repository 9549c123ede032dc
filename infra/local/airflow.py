"""Airflow's scheduler, DAG processor and API server, from an environment of their own.

The parts of `airflow standalone` without its triggerer, which no DAG here needs: less memory, no port that
listens on every address, and each part has its own log. The metadata lie in SQLite, which serves one machine.
"""

import hashlib
import json
import os
import secrets
import subprocess
import sys
from pathlib import Path

import httpx

from infra.errors import MissingEnvironment, ServerNotReady
from infra.local import spark
from infra.local.process import NotReady, Process, Server
from infra.local.server_profile import HOST, REPOSITORY, Profile

ENVIRONMENT = REPOSITORY / ".venv-airflow"
LOCK = REPOSITORY / "infra" / "airflow" / "uv.lock"
USER = "admin"
REQUEST_SECONDS = 2.0
SECONDS_TO_WAKE = 30.0
# The scheduler now and then loses the signal that asks it to end.
SECONDS_TO_STOP = 10
COMPONENTS = ("metadatabase", "scheduler", "dag_processor")


def server(profile: Profile) -> Server:
    environment = environment_of(profile)
    parts = {
        "airflow-scheduler": ("scheduler", "--skip-serve-logs"),
        "airflow-dag-processor": ("dag-processor",),
        "airflow-api-server": ("api-server",),
    }
    return Server(
        name="airflow",
        processes=tuple(
            Process(name, (_binary(), *arguments), environment, seconds_to_stop=SECONDS_TO_STOP)
            for name, arguments in parts.items()
        ),
        ports=(profile.ports.airflow,),
        prepare=lambda: _prepare(profile),
        check=lambda: _check(profile),
        seconds_to_start=180.0,
    )


def address(profile: Profile) -> str:
    return f"http://{HOST}:{profile.ports.airflow}"


def home(profile: Profile) -> Path:
    return profile.root / "airflow"


def password(profile: Profile) -> str:
    """The password of USER; whoever may read the file may use Airflow."""
    return str(json.loads(_password_file(profile).read_text())[USER])


def environment_of(profile: Profile) -> dict[str, str]:
    """What Airflow and the tasks that it starts read.

    PATH has Airflow's own programs first, so a task that needs the platform runs BROKERLAKE_PYTHON, which is the
    Spark environment's Python, in BROKERLAKE_HOME.
    """
    return {
        **profile.environment(),
        **spark.environment([ENVIRONMENT / "bin"]),
        "BROKERLAKE_PYTHON": sys.executable,
        # Played history lies in the past: nothing may start by itself unless it is asked for.
        "BROKERLAKE_SCHEDULE": os.environ.get("BROKERLAKE_SCHEDULE") or "off",
        # DAGs import each other as the package `dags`.
        "PYTHONPATH": str(REPOSITORY),
        **_settings(profile),
    }


def _settings(profile: Profile) -> dict[str, str]:
    spark = {
        "conn_type": "spark",
        "host": "local[2]",
        "extra": {"deploy-mode": "client", "spark-binary": "spark-submit"},
    }
    return {
        "AIRFLOW_HOME": str(home(profile)),
        "AIRFLOW_CONN_SPARK_LOCAL": json.dumps(spark),
        "AIRFLOW__CORE__DAGS_FOLDER": str(profile.dags),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(REPOSITORY / "dags" / "plugins"),
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "3",
        # One machine has the memory for one Spark application beside the streams: all DAGs share one slot.
        "AIRFLOW__CORE__DEFAULT_POOL_TASK_SLOT_COUNT": "1",
        # How long the scheduler sleeps between looks, which is most of what Airflow adds to a chain of tasks.
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "1",
        # How soon a worker sees that its task has ended.
        "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(_password_file(profile)),
        "AIRFLOW__API__HOST": HOST,
        "AIRFLOW__API__PORT": str(profile.ports.airflow),
        "AIRFLOW__API__BASE_URL": address(profile),
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
        # A DAG file here changes with a commit, not by the minute.
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "120",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "60",
        "AIRFLOW__LOGGING__COLORED_CONSOLE_LOG": "False",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    }


def _prepare(profile: Profile) -> None:
    if not Path(_binary()).is_file():
        raise MissingEnvironment(ENVIRONMENT)
    home(profile).mkdir(parents=True, exist_ok=True, mode=0o700)
    write_password(profile)
    _migrate(profile)


def write_password(profile: Profile) -> None:
    path = _password_file(profile)
    if not path.is_file():
        path.touch(mode=0o600)
        path.write_text(json.dumps({USER: secrets.token_urlsafe(12)}) + "\n")


def _migrate(profile: Profile) -> None:
    """Makes the metadata tables, once a release; also writes the keys that the parts share."""
    stamp, release = home(profile) / "migrated", _release()
    if stamp.is_file() and stamp.read_text() == release:
        return
    done = subprocess.run(
        [_binary(), "db", "migrate"],
        env={**os.environ, **environment_of(profile)},
        capture_output=True,
        text=True,
        check=False,
        umask=0o077,
    )
    profile.log_of("airflow").write_text(done.stdout + done.stderr)
    if done.returncode != 0:
        why = f"its tables could not be made (status {done.returncode})"
        raise ServerNotReady("airflow", why, profile.log_of("airflow"), done.stderr.splitlines()[-5:])
    stamp.write_text(release)


def _check(profile: Profile) -> None:
    try:
        health = httpx.get(
            f"{address(profile)}/api/v2/monitor/health", timeout=REQUEST_SECONDS, trust_env=False
        ).json()
    except (httpx.HTTPError, ValueError) as error:
        raise NotReady("the API server does not answer") from error
    _wake_tasks_api(profile)
    for component in COMPONENTS:
        if (health.get(component) or {}).get("status") != "healthy":
            raise NotReady(f"the {component.replace('_', ' ')} is not healthy")


def _wake_tasks_api(profile: Profile) -> None:
    """The part of the API server that tasks talk to is built at its first request, for some seconds."""
    try:
        httpx.get(f"{address(profile)}/execution/health", timeout=SECONDS_TO_WAKE, trust_env=False)
    except httpx.HTTPError as error:
        raise NotReady("the API server does not answer tasks") from error


def _release() -> str:
    """What the environment holds, so that a new lock migrates the tables."""
    return hashlib.sha256(LOCK.read_bytes()).hexdigest()


def _binary() -> str:
    return str(ENVIRONMENT / "bin" / "airflow")


def _password_file(profile: Profile) -> Path:
    return home(profile) / "passwords.json"
