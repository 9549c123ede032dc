"""How a DAG starts the platform: commands and Spark applications by name, as processes of the Spark environment.

The one module that chooses an operator. Nothing of the platform is imported: a process is started in the folder
BROKERLAKE_HOME with the Python BROKERLAKE_PYTHON, and its exit status says how it went.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from airflow.providers.standard.hooks.subprocess import SubprocessHook
from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from dags.catalog import Catalog

# A verdict (1: a gate or the ledger says no) or a refusal (2: what was asked does not fit): the same next time.
ANSWERS = (1, 2)


class PlatformProcess(BaseOperator):
    """Runs `python -m <arguments>`, without a shell.

    An answer of the platform is final and fails the task at once; a process that was killed or never came up is
    started again as often as `retries` says, which is safe because every command can be repeated.
    """

    template_fields: Sequence[str] = ("arguments",)
    ui_color = "#e8f0fe"

    def __init__(self, *, arguments: Sequence[str], **options: Any) -> None:
        super().__init__(**options)
        self.arguments = list(arguments)

    def execute(self, context: Mapping[str, Any]) -> None:
        self.hook = SubprocessHook()
        command = [_from_environment("BROKERLAKE_PYTHON"), "-m", *self.arguments]
        ended = self.hook.run_command(command, cwd=_from_environment("BROKERLAKE_HOME"))
        if ended.exit_code == 0:
            return
        sentence = f"{' '.join(self.arguments)}: exit status {ended.exit_code}: {ended.output}"
        raise (AirflowFailException if ended.exit_code in ANSWERS else AirflowException)(sentence)

    def on_kill(self) -> None:
        self.hook.send_sigterm()


def command(name: str, *arguments: str, task_id: str | None = None, **options: Any) -> PlatformProcess:
    """A task that runs a command of the catalog, and is named for it unless it has an id of its own.

    Raises CatalogError when there is none of this name.
    """
    words = Catalog.read().command(name)
    return _process(task_id or name, (*words, *arguments), **options)


def application(task_id: str, jobs: Sequence[str], *when: str, **options: Any) -> PlatformProcess:
    """A task that runs jobs in one Spark application; `when` says for which sessions.

    Raises CatalogError when a job is unknown.
    """
    Catalog.read().refuse_unknown_jobs(jobs)
    return _process(task_id, ("jobs", "run", *jobs, *when), **options)


def _process(task_id: str, arguments: Sequence[str], **options: Any) -> PlatformProcess:
    defaults = {"retries": 1, "retry_delay": timedelta(seconds=30), "execution_timeout": timedelta(hours=4)}
    return PlatformProcess(task_id=task_id, arguments=arguments, **{**defaults, **options})


def _from_environment(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise AirflowFailException(f"{name} is not set: Airflow does not know where the platform is")
    return value
