"""What jobs over price scenarios start from: each session's positions at their value, instruments, and all closes."""

from __future__ import annotations

from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.risk.price_history import PriceHistory, price_history
from jobs.risk.session_positions import GROUPED_BY
from jobs.transactions.valuation import closes, valued
from lake.sessions import book_calendar


def held_positions(
    positions_daily: DataFrame, bars: DataFrame, accounts: DataFrame, sessions: DataFrame, price_age_days: int
) -> DataFrame:
    """A row a position, with the groups of its account; a session without positions keeps a row of nulls."""
    labels = accounts.select("session_date", "account_id", *GROUPED_BY)
    positions = (
        valued(positions_daily, bars, price_age_days)
        .select("session_date", "account_id", "instrument_id", "market_value_amount", "currency_code")
        .join(labels, on=["session_date", "account_id"], how="left")
    )
    return positions.unionByName(sessions.select("session_date"), allowMissingColumns=True)


def masters(instruments: DataFrame) -> DataFrame:
    """What is known of each instrument at a session."""
    return instruments.select("session_date", "instrument_id", "instrument_type", "basket")


def history_of(bars: DataFrame, sessions: DataFrame) -> PriceHistory:
    """The closes up to the last session, collected: bars are instruments x sessions, some ten thousand rows."""
    last: date = sessions.agg(F.max("session_date")).collect()[0][0]
    return price_history(closes(bars).toArrow(), last, book_calendar())
