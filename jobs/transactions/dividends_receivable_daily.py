"""Dividends that are due to each account, from the ex-date until the cash ledger books them.

Who held at the close of the session before the ex-date is entitled, by the units of then. The amount is rounded half-up to 4
places; of a short position it is negative. It is due until a cash movement of type `dividend` names the action: that settles
all of it, and what was paid more or less is profit or loss of that session. Without this an ex-date would look like a loss,
and its payment like a profit.
"""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.session_days import nights
from jobs.transactions.amounts import notional
from jobs.transactions.corporate_actions import standing, with_what_became
from lake.job import Job, opening, whole
from schemas.market import CORPORATE_ACTIONS
from schemas.transactions import CASH_MOVEMENTS, DIVIDENDS_RECEIVABLE_DAILY, POSITIONS_DAILY

_DUE = ["account_id", "corporate_action_id"]
_SAID = [*_DUE, "instrument_id", "currency_code"]


def dividends_receivable_daily(
    positions_daily: DataFrame,
    opening_positions_daily: DataFrame,
    cash_movements: DataFrame,
    corporate_actions: DataFrame,
    opening_dividends_receivable_daily: DataFrame,
    sessions: DataFrame,
) -> DataFrame:
    """One row a session, account and dividend that was due at its beginning or became due in it."""
    held = positions_daily.unionByName(opening_positions_daily)
    accrued = _accrued(held, _entitling(corporate_actions, sessions))
    opened = opening_dividends_receivable_daily.select(
        *_SAID, F.col("closing_receivable_amount").alias("opened_amount")
    ).where("opened_amount <> 0")
    due = _with_payment(
        accrued.unionByName(opened, allowMissingColumns=True)
        .groupBy(*_SAID)
        .agg(
            F.max("accrued_date").alias("accrued_date"),
            F.coalesce(F.sum("accrued_amount"), F.lit(0)).alias("accrued_amount"),
            F.coalesce(F.sum("opened_amount"), F.lit(0)).alias("opened_amount"),
        ),
        cash_movements,
    )
    return _rolled(due.crossJoin(F.broadcast(sessions.select("session_date"))))


def _entitling(corporate_actions: DataFrame, sessions: DataFrame) -> DataFrame:
    """Dividends whose ex-date came: who held at before_date is due `a_unit` for each unit at accrued_date."""
    accruing = nights(sessions).withColumnRenamed("session_date", "accrued_date")
    came = (F.col("before_date") < F.col("ex_date")) & (F.col("ex_date") <= F.col("accrued_date"))
    dividends = (
        standing(corporate_actions)
        .where("corporate_action_type = 'cash_dividend'")
        .join(F.broadcast(accruing), came, how="inner")
        .withColumn("until_date", F.date_sub("ex_date", 1))
    )
    # Where an earlier ex-date fell on no session, the units are those that it left.
    return with_what_became(dividends, corporate_actions, "before_date", "until_date").select(
        "corporate_action_id",
        "instrument_id",
        "before_date",
        "accrued_date",
        "currency_code",
        (F.col("n_units") * F.col("dividend_per_unit")).cast("decimal(18,8)").alias("a_unit"),
    )


def _accrued(held: DataFrame, entitling: DataFrame) -> DataFrame:
    positions = held.select(
        F.col("session_date").alias("before_date"), "account_id", "instrument_id", "position_quantity"
    )
    return positions.join(F.broadcast(entitling), on=["before_date", "instrument_id"], how="inner").select(
        *_SAID, "accrued_date", notional("position_quantity", "a_unit").alias("accrued_amount")
    )


def _with_payment(due: DataFrame, cash_movements: DataFrame) -> DataFrame:
    """Adds paid_date: the first session of the run, from which on it is due, in which the ledger booked it."""
    payments = (
        cash_movements.where("cash_movement_type = 'dividend' AND corporate_action_id IS NOT NULL")
        .select(*_DUE, F.col("session_date").alias("payment_session_date"))
        .distinct()
    )
    is_due = (F.col("opened_amount") != 0) | (F.col("payment_session_date") >= F.col("accrued_date"))
    return (
        due.join(payments, on=_DUE, how="left")
        .groupBy(*_SAID, "accrued_date", "accrued_amount", "opened_amount")
        .agg(F.min(F.when(is_due, F.col("payment_session_date"))).alias("paid_date"))
    )


def _rolled(rows: DataFrame) -> DataFrame:
    day, accrued_date, paid_date = F.col("session_date"), F.col("accrued_date"), F.col("paid_date")
    has_accrued = F.coalesce(accrued_date <= day, F.lit(False))
    is_accrual, is_payment = (
        F.coalesce(accrued_date == day, F.lit(False)),
        F.coalesce(paid_date == day, F.lit(False)),
    )
    accrued, nothing = F.col("accrued_amount"), F.lit(0)
    due = F.col("opened_amount") + F.when(has_accrued, accrued).otherwise(nothing)
    settled_by_then = F.col("opened_amount") + F.when(accrued_date <= paid_date, accrued).otherwise(nothing)
    amounts = {
        "accrued_dividend_amount": F.when(is_accrual, accrued).otherwise(nothing),
        "settled_dividend_amount": F.when(is_payment, due).otherwise(nothing),
        "closing_receivable_amount": due - F.when(paid_date <= day, settled_by_then).otherwise(nothing),
    }
    opening_amount = (
        F.col("closing_receivable_amount")
        + F.col("settled_dividend_amount")
        - F.col("accrued_dividend_amount")
    )
    return (
        rows.withColumns(amounts)
        .withColumn("opening_receivable_amount", opening_amount)
        .where("opening_receivable_amount <> 0 OR accrued_dividend_amount <> 0")
        .select(
            "session_date",
            *_SAID,
            *[
                F.col(name).cast("decimal(20,4)").alias(name)
                for name in ("opening_receivable_amount", *amounts)
            ],
        )
    )


JOB = Job(
    writes=DIVIDENDS_RECEIVABLE_DAILY,
    reads=(
        POSITIONS_DAILY,
        opening(POSITIONS_DAILY),
        CASH_MOVEMENTS,
        whole(CORPORATE_ACTIONS),
        opening(DIVIDENDS_RECEIVABLE_DAILY),
    ),
    transform=dividends_receivable_daily,
)
