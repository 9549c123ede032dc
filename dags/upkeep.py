"""Accounts for every event once a day, then compacts tables and removes files that no reader needs.

A difference in the ledger stops the rest: files that tables no longer name may be the evidence. Files are kept for
at least seven days after the last table that named them.

Run it by hand without a conf. Runs start by themselves, at 06:00 UTC, where Airflow has `BROKERLAKE_SCHEDULE=on`.
"""

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG

from dags.schedule import when_on
from dags.spark import command

with DAG(
    "upkeep",
    description=__doc__.splitlines()[0],
    doc_md=__doc__,
    schedule=when_on("0 6 * * *"),
    start_date=datetime(2022, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=8),
    default_args={"owner": "data-engineering"},
    tags=["duty"],
):
    command("ledger") >> command("compact")
