"""What jobs over price scenarios start from: each session's positions at their value in the book's currency, instruments,
and all closes.

Cash in another currency is a position of its own, which the currency's code names and whose price is the rate. Cash in the
book's currency is none: nothing moves it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.market.exchange_rates import rates_at
from jobs.risk.price_history import PriceHistory, price_history
from jobs.risk.session_moves import MovesOfSessions
from jobs.risk.session_positions import BOOK, GROUPED_BY, UNKNOWN
from jobs.session_days import days_of
from jobs.transactions.corporate_actions import standing
from jobs.transactions.valuation import closes
from lake.sessions import book_calendar


@dataclass(frozen=True)
class Market:
    """What positions move with: silver's rows, of bars those whose closes are trusted.

    book_currency: ISO 4217 code of what all is told in, by rates that are quoted into it.
    """

    bars: DataFrame
    corporate_actions: DataFrame
    exchange_rates: DataFrame
    book_currency: str

    def history(self, last: date) -> PriceHistory:
        """The closes up to a session, what happened to units, and rates, collected: instruments x sessions, some ten thousand rows."""
        found = closes(self.bars).withColumn("close_price", F.col("close_price").cast("double"))
        return price_history(
            found.toArrow(),
            standing(self.corporate_actions).toArrow(),
            rates_into(self.exchange_rates, self.book_currency).toArrow(),
            self.book_currency,
            last,
            book_calendar(),
        )


def held_positions(
    position_values_daily: DataFrame,
    cash_daily: DataFrame,
    market: Market,
    accounts: DataFrame,
    sessions: DataFrame,
    rate_age_days: int,
) -> DataFrame:
    """A row a position; a row without an instrument for what is known of an account, whether it holds anything or not;
    and a row of nulls a session, so that one without positions is there too. Rows of accounts are not joined to those
    of positions: both meet where an account's rows are read together. A run that needs a rate that there is not fails.
    """
    held = held_values(position_values_daily, cash_daily, market, sessions, rate_age_days).drop(
        "currency_code"
    )
    labels = accounts.select("session_date", "account_id", *GROUPED_BY)
    return held.unionByName(labels, allowMissingColumns=True).unionByName(
        sessions.select("session_date"), allowMissingColumns=True
    )


def held_values(
    position_values_daily: DataFrame,
    cash_daily: DataFrame,
    market: Market,
    sessions: DataFrame,
    rate_age_days: int,
) -> DataFrame:
    """session_date, account_id, instrument_id, market_value_amount in the book's currency, currency_code of what is held."""
    positions = position_values_daily.select(
        "session_date", "account_id", "instrument_id", "market_value_amount", "currency_code"
    )
    is_foreign = (F.col("currency_code") != market.book_currency) & (F.col("closing_cash_amount") != 0)
    cash = cash_daily.where(is_foreign).select(
        "session_date",
        "account_id",
        F.col("currency_code").alias("instrument_id"),
        F.col("closing_cash_amount").alias("market_value_amount"),
        "currency_code",
    )
    rates = rates_at(market.exchange_rates, sessions, rate_age_days)
    return rates.translated(positions.unionByName(cash), market.book_currency, "market_value_amount")


def moves_of_sessions(
    market: Market, instruments: DataFrame, sessions: DataFrame, lookback_sessions: int
) -> MovesOfSessions:
    """Sent to every task: closes, rates, and the masters of the instruments that move by something else too."""
    history = market.history(days_of(sessions)[-1])
    return MovesOfSessions(history, masters(instruments, market.book_currency), lookback_sessions)


def masters(instruments: DataFrame, book_currency: str) -> pa.Table:
    """Collected, what is known at each session of each fund, deposit and instrument in another currency: fewer rows than bars."""
    moves_by_others = F.expr("instrument_type = 'deposit' OR size(basket) > 0")
    return (
        instruments.where(moves_by_others | (F.col("currency_code") != book_currency))
        .select("session_date", "instrument_id", "instrument_type", "basket", "currency_code")
        .toArrow()
    )


def rates_into(exchange_rates: DataFrame, book_currency: str) -> DataFrame:
    """session_date, base_currency_code, exchange_rate."""
    return exchange_rates.where(F.col("quote_currency_code") == book_currency).select(
        "session_date", "base_currency_code", "exchange_rate"
    )


def portfolios() -> Column:
    """The groups that a row's labels put it into and the book, an array of portfolio_type and portfolio_id."""
    groups = [_portfolio(F.lit(name), F.coalesce(name, F.lit(UNKNOWN))) for name in GROUPED_BY]
    return F.array(*groups, _portfolio(F.lit(BOOK), F.lit(BOOK)))


def _portfolio(kind: Column, name: Column) -> Column:
    return F.struct(kind.alias("portfolio_type"), name.alias("portfolio_id"))
