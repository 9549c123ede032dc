"""How much of a session's books was held against a custodian's statements, and how much of it agrees.

A session that nobody has stated has no row, which is not the same as a row without breaks. An account of our books counts
as not stated where no custodian has stated it in a session in which that custodian stated others.
"""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.transactions.stated_items import newest, stated_items
from lake.job import Job
from schemas.transactions import (
    CASH_DAILY,
    POSITIONS_DAILY,
    STATEMENT_BREAKS_DAILY,
    STATEMENT_CHECKS_DAILY,
    STATEMENTS,
)

_CHECKED = ["session_date", "custodian_name"]


def statement_checks_daily(
    statements: DataFrame,
    positions_daily: DataFrame,
    cash_daily: DataFrame,
    statement_breaks_daily: DataFrame,
    sessions: DataFrame,
) -> DataFrame:
    """One row a session and custodian."""
    items = stated_items(statements, positions_daily, cash_daily, sessions)
    stated = newest(statements)
    return (
        stated.groupBy(*_CHECKED)
        .agg(F.count("*").alias("n_stated_accounts"))
        .join(items.groupBy(*_CHECKED).agg(F.count("*").alias("n_statement_items")), on=_CHECKED, how="left")
        .join(
            statement_breaks_daily.groupBy(*_CHECKED).agg(F.count("*").alias("n_statement_breaks")),
            on=_CHECKED,
            how="left",
        )
        .join(_unstated(stated, positions_daily, cash_daily), on="session_date", how="left")
        .na.fill(0, ["n_statement_items", "n_statement_breaks", "n_unstated_accounts"])
    )


def _unstated(stated: DataFrame, positions_daily: DataFrame, cash_daily: DataFrame) -> DataFrame:
    """Accounts with something in the books and in no statement, by session."""
    owner = ["session_date", "account_id"]
    has_cash = cash_daily.where("closing_cash_amount <> 0").select(*owner)
    booked = positions_daily.select(*owner).unionByName(has_cash).distinct()
    return (
        booked.join(stated.select(*owner), on=owner, how="left_anti")
        .groupBy("session_date")
        .agg(F.count("*").alias("n_unstated_accounts"))
    )


JOB = Job(
    writes=STATEMENT_CHECKS_DAILY,
    reads=(STATEMENTS, POSITIONS_DAILY, CASH_DAILY, STATEMENT_BREAKS_DAILY),
    transform=statement_checks_daily,
)
