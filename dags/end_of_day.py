"""Makes every gold table of a session, and of all sessions before it that are pending.

1. `settle` waits until the streams have refined all that the session's sources sent before they closed it. It
   catches up itself only when no stream runs.
2. `ledger` accounts for every event that landed. A difference fails the run: nothing is computed from such silver.
3. `books` and `clients` are one Spark application each, over all pending sessions as one range. A session that
   fails its gate is not published; the runner skips what depends on it and makes the rest, so `clients` also runs
   after `books` has failed.
4. `complete` is reached when all of it is published; else the run has failed.

Run it by hand with the conf `{"session": "2022-12-23"}`. Running it twice changes nothing. Runs start by
themselves, ten minutes after each close, where Airflow has `BROKERLAKE_SCHEDULE=on`.
"""

from datetime import UTC, datetime, timedelta

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG

from dags.asked_session import MACROS, PARAMS, SESSION
from dags.schedule import when_on
from dags.sessions import SessionTimetable
from dags.spark import applications, command

# Models are fitted where scores are made: a backlog of months needs each week's model before that week's scores.
STAGES = {
    "books": (
        "corrected_fills",
        "positions_daily",
        "cash_daily",
        "profit_and_loss_daily",
        "value_at_risk_daily",
        "alerts",
    ),
    "clients": (
        "client_features_daily",
        "churn_labels_daily",
        "churn_models",
        "churn_scores_daily",
        "interactions_daily",
        "recommendations_daily",
    ),
}

with DAG(
    "end_of_day",
    description=__doc__.splitlines()[0],
    doc_md=__doc__,
    schedule=when_on(SessionTimetable(minutes_after_close=10)),
    start_date=datetime(2022, 1, 1, tzinfo=UTC),
    catchup=False,  # one run makes all that is pending
    max_active_runs=1,
    max_active_tasks=1,  # each application takes all the memory that batch has
    dagrun_timeout=timedelta(hours=8),
    default_args={"owner": "data-engineering"},
    params=PARAMS,
    user_defined_macros=MACROS,
    tags=["moment"],
):
    settle = command("settle", "--session", SESSION)
    ledger = command("ledger")
    settle >> ledger
    tasks = applications(STAGES, "--pending", "--to", SESSION, after=ledger)
    # A run is as good as its last tasks: without this one a failure of `books` would be forgotten.
    list(tasks.values()) >> EmptyOperator(task_id="complete")
