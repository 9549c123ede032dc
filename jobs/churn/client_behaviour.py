"""What each client did in the app over the last sessions."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.churn.windows import LONG, SHORT, last, of_last, sessions_since, with_sums_so_far

WEEK = 5
_KEY = ("session_date", "client_id")
_COUNTED = {
    "log_in": "n_log_ins",
    "log_in_failed": "n_failed_log_ins",
    "page_view": "n_page_views",
    "help_page_view": "n_help_page_views",
    "close_account_page_view": "n_close_account_page_views",
}
_MIN_GAPS = 2
"""One gap is no pattern: an entropy needs at least this many."""


def client_behaviour(clients: DataFrame, app_events: DataFrame, numbers: DataFrame) -> DataFrame:
    """One row a row of `clients` (session_date, client_id): counts over the sessions up to that one."""
    asked = clients.select(*_KEY, F.lit(True).alias("is_asked_for"))
    rows = _by_session(app_events).unionByName(asked, allowMissingColumns=True)
    dense = rows.groupBy(*_KEY).agg(
        F.coalesce(F.max("is_asked_for"), F.lit(False)).alias("is_asked_for"),
        *[F.coalesce(F.max(name), F.lit(0)).alias(name) for name in _COUNTED.values()],
    )
    return _over_windows(dense.join(F.broadcast(numbers), "session_date", how="inner")).where("is_asked_for")


def _by_session(app_events: DataFrame) -> DataFrame:
    """Counts first, so that windows see a row a client and session and no events."""
    kind = F.col("app_event_type")
    counted = app_events.where(kind.isin(*_COUNTED)).groupBy(*_KEY)
    return counted.agg(*[F.count_if(kind == name).alias(count) for name, count in _COUNTED.items()])


def _over_windows(rows: DataFrame) -> DataFrame:
    by, logged_in = "client_id", F.col("n_log_ins") > 0
    log_ins = F.collect_list(F.when(logged_in, F.col("session_number"))).over(last(LONG, by))
    summed = with_sums_so_far(rows, list(_COUNTED.values()), by).withColumn("log_in_numbers", log_ins)
    return summed.select(
        *_KEY,
        "is_asked_for",
        "session_number",
        sessions_since(logged_in, LONG, by).alias("sessions_since_log_in"),
        of_last(WEEK, "n_log_ins", by).alias("n_log_ins_5"),
        of_last(LONG, "n_log_ins", by).alias("n_log_ins_60"),
        *[of_last(SHORT, name, by).alias(f"{name}_20") for name in _COUNTED.values()],
        _gap_entropy(F.col("log_in_numbers")).alias("log_in_gap_entropy"),
    )


def _gap_entropy(numbers: Column) -> Column:
    """-sum(p ln p) over the gaps' shares of the time between the first and the last, in nats."""
    gaps = F.filter(F.transform(numbers, lambda at, i: at - F.get(numbers, i - 1)), F.isnotnull)
    total = F.array_max(numbers) - F.array_min(numbers)
    summed = F.aggregate(gaps, F.lit(0.0), lambda so_far, gap: so_far - _share_times_log(gap / total))
    return F.when(F.size(numbers) > _MIN_GAPS, summed)


def _share_times_log(share: Column) -> Column:
    return share * F.ln(share)
