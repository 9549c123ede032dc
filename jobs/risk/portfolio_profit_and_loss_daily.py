"""What groups of accounts and the whole book gained in a session.

A forecast of risk is of the accounts that were in the group when it was made, so an account's profit belongs to the group
that it was in at the end of the session before: a client who is assessed anew in between moves nobody's outcome. An
account that is new has no group before its first session, and counts in the one that it ends it in. What accounts gained in
other currencies counts in the book's.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window, WindowSpec
from pyspark.sql import functions as F

from jobs.risk.held_positions import portfolios
from jobs.risk.session_positions import GROUPED_BY, UNKNOWN
from jobs.transactions.book_profit import in_book_currency
from lake.job import Job, opening
from schemas.risk import PORTFOLIO_PROFIT_AND_LOSS_DAILY
from schemas.transactions import PROFIT_AND_LOSS_DAILY


def portfolio_profit_and_loss_daily(
    profit_and_loss_daily: DataFrame, opening_profit_and_loss_daily: DataFrame, sessions: DataFrame
) -> DataFrame:
    """One row a session and portfolio."""
    # All rows of an account in a session, one a currency, have its label.
    in_order = Window.partitionBy("account_id").orderBy(F.unix_date("session_date"))
    earlier = in_order.rangeBetween(Window.unboundedPreceding, -1)
    grouped = (
        in_book_currency(profit_and_loss_daily.unionByName(opening_profit_and_loss_daily))
        .withColumns({name: _as_before(name, earlier) for name in GROUPED_BY})
        .join(F.broadcast(sessions.select("session_date")), on="session_date", how="left_semi")
        .withColumn("portfolio", F.explode(portfolios()))
    )
    return grouped.groupBy(
        "session_date",
        F.col("portfolio.portfolio_type").alias("portfolio_type"),
        F.col("portfolio.portfolio_id").alias("portfolio_id"),
        F.coalesce("book_currency_code", "currency_code").alias("currency_code"),
    ).agg(
        F.sum("profit_amount").cast("decimal(20,4)").alias("profit_amount"),
        F.sum("clean_profit_amount").cast("decimal(20,4)").alias("clean_profit_amount"),
        F.count_distinct("account_id").alias("n_accounts"),
    )


def _as_before(name: str, earlier: WindowSpec) -> Column:
    """The account's label in the session before; in its first session the session's own."""
    label = F.coalesce(F.col(name), F.lit(UNKNOWN))
    return F.coalesce(F.last(label).over(earlier), label)


JOB = Job(
    writes=PORTFOLIO_PROFIT_AND_LOSS_DAILY,
    reads=(PROFIT_AND_LOSS_DAILY, opening(PROFIT_AND_LOSS_DAILY)),
    transform=portfolio_profit_and_loss_daily,
)
