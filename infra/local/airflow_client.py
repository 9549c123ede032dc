"""Asking a running Airflow to run a DAG, and watching it, through its public API."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from infra.errors import AirflowRefused, RunTooLong
from infra.local import airflow
from infra.local.server_profile import Profile

ENDED = frozenset({"success", "failed"})
SECONDS_BETWEEN_LOOKS = 2.0
# A DAG is known once the processor has read its file, some seconds after the start.
SECONDS_TO_KNOW_A_DAG = 90.0

Progress = Callable[[Mapping[str, str]], None]


def ignore_progress(_: Mapping[str, str]) -> None:
    """For callers that nobody watches."""


@dataclass(frozen=True)
class DagRun:
    dag_id: str
    run_id: str
    state: str
    tasks: Mapping[str, str]

    @property
    def succeeded(self) -> bool:
        return self.state == "success"

    @property
    def failed_tasks(self) -> tuple[str, ...]:
        return tuple(task for task, state in self.tasks.items() if state == "failed")


class UnknownDag(AirflowRefused):
    """No DAG of this name has been read."""


class AirflowClient:
    """A session with the Airflow of one profile; use it in a `with` block."""

    def __init__(self, profile: Profile) -> None:
        self._logs = airflow.home(profile) / "logs"
        self._http = httpx.Client(base_url=airflow.address(profile), timeout=30.0, trust_env=False)
        credentials = {"username": airflow.USER, "password": airflow.password(profile)}
        token = self._request("POST", "/auth/token", credentials)["access_token"]
        self._http.headers["Authorization"] = f"Bearer {token}"

    def __enter__(self) -> "AirflowClient":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def trigger(self, dag_id: str, conf: Mapping[str, object], run_id: str | None = None) -> str:
        """Asks for a run and gives its id; waits for a DAG that Airflow has not read yet.

        Raises AirflowRefused, with the reason when the DAG's file cannot be imported.
        """
        body: dict[str, object] = {"logical_date": None, "conf": dict(conf)}
        if run_id is not None:
            body["dag_run_id"] = run_id
        attempts = Retrying(
            retry=retry_if_exception_type(UnknownDag),
            wait=wait_fixed(SECONDS_BETWEEN_LOOKS),
            stop=stop_after_delay(SECONDS_TO_KNOW_A_DAG),
            reraise=True,
        )
        return str(attempts(self._trigger, dag_id, body)["dag_run_id"])

    def runs(self, dag_id: str) -> list[dict[str, Any]]:
        """All runs of a DAG as Airflow describes them, the earliest logical date first."""
        path = f"/api/v2/dags/{dag_id}/dagRuns?order_by=logical_date"
        return list(self._request("GET", path)["dag_runs"])

    def run(self, dag_id: str, run_id: str) -> DagRun:
        """The run as it stands."""
        state = self._request("GET", f"/api/v2/dags/{dag_id}/dagRuns/{run_id}")["state"]
        return DagRun(dag_id, run_id, str(state), self.task_states(dag_id, run_id))

    def task_states(self, dag_id: str, run_id: str) -> dict[str, str]:
        """Each task's state; `none` for one that Airflow has not looked at yet."""
        path = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances"
        tasks = self._request("GET", path)["task_instances"]
        return {task["task_id"]: task["state"] or "none" for task in tasks}

    def wait(
        self, dag_id: str, run_id: str, seconds: float, on_progress: Progress = ignore_progress
    ) -> DagRun:
        """The run when it has ended, well or not; `on_progress` hears of the tasks' states every few seconds."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = self.run(dag_id, run_id)
            on_progress(found.tasks)
            if found.state in ENDED:
                return found
            time.sleep(SECONDS_BETWEEN_LOOKS)
        raise RunTooLong(dag_id, run_id, seconds)

    def log_of(self, dag_id: str, run_id: str, task_id: str) -> Path | None:
        """The log of the task's last attempt, if it has begun one."""
        folder = self._logs / f"dag_id={dag_id}" / f"run_id={run_id}" / f"task_id={task_id}"
        attempts = sorted(folder.glob("attempt=*.log"), key=lambda path: path.stat().st_mtime)
        return attempts[-1] if attempts else None

    def _trigger(self, dag_id: str, body: Mapping[str, object]) -> dict[str, Any]:
        answer = self._http.post(f"/api/v2/dags/{dag_id}/dagRuns", json=dict(body))
        if answer.status_code == httpx.codes.NOT_FOUND:
            self._refuse_broken_files()
            raise UnknownDag(f"a run of {dag_id}", "it knows no such DAG")
        return _accepted(answer)

    def _refuse_broken_files(self) -> None:
        for error in self._request("GET", "/api/v2/importErrors")["import_errors"]:
            last_line = error["stacktrace"].strip().splitlines()[-1]
            raise AirflowRefused(error["filename"], last_line)

    def _request(self, method: str, path: str, body: Mapping[str, object] | None = None) -> dict[str, Any]:
        return _accepted(self._http.request(method, path, json=body))


def _accepted(answer: httpx.Response) -> dict[str, Any]:
    if answer.is_error:
        raise AirflowRefused(
            f"{answer.request.method} {answer.request.url.path}", f"{answer.status_code} {answer.text[:500]}"
        )
    found: dict[str, Any] = answer.json()
    return found
