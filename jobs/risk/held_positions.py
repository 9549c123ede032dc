"""What jobs over price scenarios start from: each session's positions at their value, instruments, and all closes."""

from __future__ import annotations

from datetime import date, timedelta

import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.risk.price_history import PriceHistory, price_history
from jobs.risk.session_moves import MovesOfSessions
from jobs.risk.session_positions import BOOK, GROUPED_BY, UNKNOWN
from jobs.session_days import days_of
from jobs.transactions.corporate_actions import standing
from jobs.transactions.valuation import closes, valued
from lake.sessions import book_calendar


def held_positions(
    positions_daily: DataFrame,
    bars: DataFrame,
    corporate_actions: DataFrame,
    accounts: DataFrame,
    sessions: DataFrame,
    price_age_days: int,
) -> DataFrame:
    """A row a position; a row without an instrument for what is known of an account, whether it holds anything or not;
    and a row of nulls a session, so that one without positions is there too. Rows of accounts are not joined to those
    of positions: both meet where an account's rows are read together.
    """
    first = days_of(sessions)[0] - timedelta(days=price_age_days)
    positions = valued(
        positions_daily, bars.where(F.col("session_date") >= first), corporate_actions, price_age_days
    ).select("session_date", "account_id", "instrument_id", "market_value_amount", "currency_code")
    labels = accounts.select("session_date", "account_id", *GROUPED_BY)
    return positions.unionByName(labels, allowMissingColumns=True).unionByName(
        sessions.select("session_date"), allowMissingColumns=True
    )


def moves_of_sessions(
    bars: DataFrame,
    corporate_actions: DataFrame,
    instruments: DataFrame,
    sessions: DataFrame,
    lookback_sessions: int,
) -> MovesOfSessions:
    """Sent to every task: closes, and the masters of the instruments that move by something else."""
    return MovesOfSessions(
        history_of(bars, corporate_actions, days_of(sessions)[-1]), masters(instruments), lookback_sessions
    )


def masters(instruments: DataFrame) -> pa.Table:
    """Collected, what is known at each session of each fund and deposit: fewer rows than bars."""
    moves_by_others = F.expr("instrument_type = 'deposit' OR size(basket) > 0")
    return (
        instruments.where(moves_by_others)
        .select("session_date", "instrument_id", "instrument_type", "basket")
        .toArrow()
    )


def history_of(bars: DataFrame, corporate_actions: DataFrame, last: date) -> PriceHistory:
    """The closes up to a session and what happened to units, collected: instruments x sessions, some ten thousand rows."""
    found = closes(bars).withColumn("close_price", F.col("close_price").cast("double"))
    return price_history(found.toArrow(), standing(corporate_actions).toArrow(), last, book_calendar())


def portfolios() -> Column:
    """The groups that a row's labels put it into and the book, an array of portfolio_type and portfolio_id."""
    groups = [_portfolio(F.lit(name), F.coalesce(name, F.lit(UNKNOWN))) for name in GROUPED_BY]
    return F.array(*groups, _portfolio(F.lit(BOOK), F.lit(BOOK)))


def _portfolio(kind: Column, name: Column) -> Column:
    return F.struct(kind.alias("portfolio_type"), name.alias("portfolio_id"))
