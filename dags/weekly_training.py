"""Fits the week's churn model again, once late and corrected events have come in.

`end_of_day` has fitted a model at the week's last session already. This run repeats that fit some hours later: the
same data give the same model and change nothing, other data give a new revision, which the scores of the next
session use. Scores that were published stay.

Run it by hand with the conf `{"session": "2022-12-23"}`, the last session of a week. Runs start by themselves,
twelve hours after the week's last close, where Airflow has `BROKERLAKE_SCHEDULE=on`.
"""

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG

from dags.asked_session import MACROS, PARAMS, SESSION
from dags.schedule import when_on
from dags.sessions import SessionTimetable
from dags.spark import application

with DAG(
    "weekly_training",
    description=__doc__.splitlines()[0],
    doc_md=__doc__,
    schedule=when_on(SessionTimetable(minutes_after_close=12 * 60, every="week")),
    start_date=datetime(2022, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=8),
    default_args={"owner": "data-science"},
    params=PARAMS,
    user_defined_macros=MACROS,
    tags=["duty"],
):
    application("training", ("churn_models",), "--session", SESSION)
