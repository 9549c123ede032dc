"""Makes every gold table of a session, and of the sessions before it what is missing or outdated.

1. `settle` waits until the streams have refined all that the session's sources sent before they closed it. It
   catches up itself only when no stream runs.
2. `ledger` accounts for every event that was sent or has landed. A difference fails the run: nothing is computed from
   such silver.
3. `tables` is one Spark application that runs every job over its pending sessions: the missing ones, and those that
   read what has changed. Corrections of closed books wait: the task lists them, with the command that takes them in. A
   session that fails its gate is not published; the runner skips what depends on it, makes the rest, and then says no: the run
   has failed.
4. `publish_alerts` publishes the breaches of limits, concentration and margin that the tables have raised, of all
   sessions whose books are open: what a failed run has left unpublished goes out with the next one.
5. `books` looks at the ledger again, and at what was made: books that add up, alerts that are shown once. A difference
   fails the run, after it has published; the next run makes the tables again before it looks.

Run it by hand with the conf `{"session": "2022-12-23"}`. Running it twice changes nothing. Runs start by
themselves, ten minutes after each close, where Airflow has `BROKERLAKE_SCHEDULE=on`.
"""

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG

from dags.asked_session import MACROS, PARAMS, SESSION
from dags.schedule import when_on
from dags.sessions import SessionTimetable
from dags.spark import application, command

# One application: each one more starts Spark cold, which costs more than most of these jobs. The runner puts them in
# order and decides, session by session, what a failure stops.
TABLES = (
    "corrected_fills",
    "suspect_prices_daily",
    "positions_daily",
    "position_values_daily",
    "cash_daily",
    "realised_profit_daily",
    "dividends_receivable_daily",
    "profit_and_loss_daily",
    "statement_breaks_daily",
    "statement_checks_daily",
    "value_at_risk_daily",
    "scenario_profit_and_loss_daily",
    "stress_daily",
    "portfolio_profit_and_loss_daily",
    "value_at_risk_backtests",
    "limit_usage_daily",
    "concentration_daily",
    "margin_daily",
    "alerts",
    "client_features_daily",
    "churn_labels_daily",
    "churn_models",
    "churn_scores_daily",
    "interactions_daily",
    "recommendations_daily",
)

with DAG(
    "end_of_day",
    description=__doc__.splitlines()[0],
    doc_md=__doc__,
    schedule=when_on(SessionTimetable(minutes_after_close=10)),
    start_date=datetime(2022, 1, 1, tzinfo=UTC),
    catchup=False,  # one run makes all that is pending
    max_active_runs=1,
    max_active_tasks=1,  # an application takes all the memory that batch has
    dagrun_timeout=timedelta(hours=8),
    default_args={"owner": "data-engineering"},
    params=PARAMS,
    user_defined_macros=MACROS,
    tags=["moment"],
):
    settle = command("settle", "--session", SESSION)
    ledger = command("ledger", "--without-gold")
    books = command("ledger", task_id="books")
    tables = application("tables", TABLES, "--pending", "--to", SESSION)
    published = command("publish_alerts", "--session", SESSION)
    settle >> ledger >> tables >> published >> books
