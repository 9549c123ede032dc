"""Whether a client that was active at a session left in the outcome window after the gap.

A client leaves on the first session at whose end either all its accounts are closed, or 80 % of what it would hold
without the flows since (its assets then and the profit since) has been moved out. Flows count from the session on, so
money that goes half in the gap and half after it has gone. No row for who leaves within the gap, or is frozen by the
window's end: neither could have been kept, and neither stayed. Records that the broker learnt of after the window's
end change nothing. An account never changes its client, and does not open again.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from jobs.churn.leaving import MOVED_OUT_RATIO
from jobs.session_days import days_of
from jobs.transactions.book_profit import in_book_currency
from lake.job import Job, following, whole
from lake.session_dates import with_session_date
from lake.sessions import book_calendar
from schemas.churn import CHURN_LABELS_DAILY, CLIENT_FEATURES_DAILY
from schemas.clients import ACCOUNTS
from schemas.transactions import PROFIT_AND_LOSS_DAILY

_SPANS = "session_date date, gap_to_date date, outcome_from_date date, outcome_to_date date, outcome_closes_at timestamp"
_CLIENT = ["session_date", "client_id"]


@dataclass(frozen=True)
class Params:
    """Sessions; DOMAIN §4.2. gap_sessions: time to act. outcome_sessions: in which leaving counts."""

    gap_sessions: int = 5
    outcome_sessions: int = 20

    @property
    def sessions_to_mature(self) -> int:
        return self.gap_sessions + self.outcome_sessions


def churn_labels_daily(
    client_features_daily: DataFrame,
    following_profit_and_loss_daily: DataFrame,
    accounts: DataFrame,
    sessions: DataFrame,
    params: Params,
) -> DataFrame:
    spans = _spans(sessions, params)
    population = client_features_daily.select(*_CLIENT).join(F.broadcast(spans), "session_date", how="inner")
    fates = _fates(population, _account_days(accounts, spans))
    books = _books(following_profit_and_loss_daily, accounts)
    followed = fates.join(_moved_out(population, books), _CLIENT, how="left")
    left = F.least("closed_date", "moved_out_date")
    return (
        followed.withColumn("left_date", left)
        .where("NOT is_frozen AND (left_date IS NULL OR left_date > gap_to_date)")
        .select(
            *_CLIENT,
            F.col("left_date").isNotNull().alias("has_left"),
            F.expr(
                "CASE WHEN closed_date IS NOT NULL THEN 'closed' "
                "WHEN moved_out_date IS NOT NULL THEN 'assets_moved_out' END"
            ).alias("churn_type"),
            "left_date",
            "outcome_from_date",
            "outcome_to_date",
        )
    )


def _spans(sessions: DataFrame, params: Params) -> DataFrame:
    """For each session, its gap and its outcome window."""
    calendar = book_calendar()
    rows = []
    for day in days_of(sessions):
        last = calendar.shift(day, params.sessions_to_mature)
        gap_to = calendar.shift(day, params.gap_sessions)
        rows.append((day, gap_to, calendar.shift(gap_to, 1), last, calendar.session(last).closes_at))
    return sessions.sparkSession.createDataFrame(rows, _SPANS)


def _account_days(accounts: DataFrame, spans: DataFrame) -> DataFrame:
    """The account's opening, freezing and closing, each with the session it took effect in and when it was recorded."""
    ends = spans.agg(F.min("session_date"), F.max("outcome_to_date")).collect()[0]
    # Earlier sessions need no name: their rows are opened before any session of the run.
    first, last = book_calendar().shift(ends[0], -1), ends[1]
    changes = accounts.where("account_event_type IN ('opened', 'frozen', 'closed')").select(
        "client_id", "account_id", "account_event_type", "effective_at", "recorded_at"
    )
    dated = with_session_date(changes, "effective_at", book_calendar(), first, last)
    began = F.lit(first)
    early = F.to_date("effective_at") < began
    return dated.select(
        "client_id",
        "account_id",
        "account_event_type",
        "recorded_at",
        F.when(early, began).otherwise(F.col("session_date")).alias("changed_date"),
    )


def _fates(population: DataFrame, changes: DataFrame) -> DataFrame:
    """Each client's accounts by the end of its window: closed_date where all are closed, and whether one is frozen."""
    known = (F.col("changed_date") <= F.col("outcome_to_date")) & (
        F.col("recorded_at") <= F.col("outcome_closes_at")
    )
    kind = F.col("account_event_type")
    by_account = (
        population.join(changes, "client_id", how="inner")
        .where(known)
        .groupBy(*population.columns, "account_id")
        .agg(
            F.min(F.when(kind == "closed", F.col("changed_date"))).alias("closed_date"),
            F.bool_or(kind == "frozen").alias("is_frozen"),
        )
    )
    return by_account.groupBy(*population.columns).agg(
        F.when(F.count("*") == F.count("closed_date"), F.max("closed_date")).alias("closed_date"),
        F.bool_or("is_frozen").alias("is_frozen"),
    )


def _books(profit_and_loss_daily: DataFrame, accounts: DataFrame) -> DataFrame:
    """In the book's currency, each client's assets at a session's end, and the flows and profit summed up to it from some session on."""
    owners = accounts.where("account_event_type = 'opened'").select("account_id", "client_id")
    so_far = Window.partitionBy("client_id").orderBy("session_date")
    return (
        in_book_currency(profit_and_loss_daily)
        .join(owners, "account_id", how="inner")
        .groupBy(*_CLIENT)
        .agg(
            F.sum("closing_value_amount").alias("assets_amount"),
            F.sum("external_flow_amount").alias("flow_amount"),
            F.sum("profit_amount").alias("profit_amount"),
        )
        .withColumn("flows_so_far", F.sum("flow_amount").over(so_far))
        .withColumn("profit_so_far", F.sum("profit_amount").over(so_far))
    )


def _moved_out(population: DataFrame, books: DataFrame) -> DataFrame:
    """session_date, client_id, moved_out_date: the first session by whose end the assets had been moved out.

    Only a session with an outflow can be that, so only those few are met with the sessions that look at them.
    """
    looked_at = population.join(books, _CLIENT, how="inner")
    outflows = books.where("flow_amount < 0").select(
        "client_id",
        F.col("session_date").alias("moved_out_date"),
        F.col("flows_so_far").alias("flows_then"),
        F.col("profit_so_far").alias("profit_then"),
    )
    in_time = F.expr("moved_out_date > session_date AND moved_out_date <= outcome_to_date")
    without_flows = F.expr("assets_amount + profit_then - profit_so_far")
    moved_out = F.expr("flows_so_far - flows_then")
    gone = (without_flows > 0) & (
        moved_out >= F.lit(str(MOVED_OUT_RATIO)).cast("decimal(2,1)") * without_flows
    )
    return (
        looked_at.join(outflows, "client_id", how="inner")
        .where(in_time & gone)
        .groupBy(*_CLIENT)
        .agg(F.min("moved_out_date").alias("moved_out_date"))
    )


JOB = Job(
    writes=CHURN_LABELS_DAILY,
    reads=(
        CLIENT_FEATURES_DAILY,
        following(PROFIT_AND_LOSS_DAILY, "sessions_to_mature"),
        # Closings come with a recorded time, which the window's end is held against; the table is small.
        whole(ACCOUNTS),
    ),
    transform=churn_labels_daily,
    params={"standard": Params(), "small": Params(gap_sessions=1, outcome_sessions=5)},
)
