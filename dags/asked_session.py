"""The session that a run is for: the one that its conf names, else the one that the timetable gave it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow.sdk import Param
from airflow.sdk.exceptions import AirflowFailException


def session_of(params: Mapping[str, Any], dag_run: Any) -> str:
    """As YYYY-MM-DD. Fails the task for good in a run that was started by hand without one."""
    if params["session"]:
        return str(params["session"])
    if dag_run.data_interval_start is None:
        raise AirflowFailException(
            'this run has no session: start it with the conf {"session": "YYYY-MM-DD"}'
        )
    return str(dag_run.data_interval_start.date())


SESSION = "{{ session_of(params, dag_run) }}"
PARAMS = {
    "session": Param(
        None,
        type=["null", "string"],
        format="date",
        description="The trading session, as YYYY-MM-DD; the scheduled run's own where none is given.",
    )
}
MACROS = {"session_of": session_of}
