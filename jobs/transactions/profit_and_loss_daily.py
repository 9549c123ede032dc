"""What each account gained or lost in a session, deposits and withdrawals apart.

Value is cash, positions (`gold.position_values_daily`) and dividends that are due; profit is closing value less opening value less external
flows. The opening value of a session is the closing value of the session before, computed from the same tables by the
same rule. An account has a row in every session in which it has cash or positions; cash has a row for every account from its
first movement on.

Clean profit, which the literature also calls hypothetical, is what the positions of the session before would have gained
had nothing been done: their value at this session's close less that at their own. They are split where an ex-date came, and
a dividend belongs to what they gained. It is what a forecast of risk is about; profit is what came of it. Profit is also what
was realised, what became unrealised, and income from the day on which it is due, less fees: each of these comes from a table
of its own, and the promise says that they add up. A row says what kind of client the account belongs to, as known at the
session's close.

All of that is by currency, and once more in the book's (`jobs/transactions/book_profit.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.market.exchange_rates import BOOK_CURRENCY, rates_at
from jobs.market.suspect_prices_daily import trusted
from jobs.session_days import nights
from jobs.transactions.book_profit import with_profits
from jobs.transactions.corporate_actions import overnight
from jobs.transactions.valuation import PRICE_AGE_DAYS, PRICE_AGE_SESSIONS, valued
from lake.job import Job, as_of, lookback, opening, whole
from schemas.clients import ACCOUNTS
from schemas.market import BARS, CORPORATE_ACTIONS, EXCHANGE_RATES, SUSPECT_PRICES_DAILY
from schemas.transactions import (
    CASH_DAILY,
    DIVIDENDS_RECEIVABLE_DAILY,
    POSITION_VALUES_DAILY,
    PROFIT_AND_LOSS_DAILY,
    REALISED_PROFIT_DAILY,
)

_OWNER = ["account_id", "currency_code"]
_SUMS = [
    "value_amount",
    "position_value_amount",
    "carried_value_amount",
    "unrealised_profit_amount",
    "realised_profit_amount",
    "earned_income_amount",
    "external_flow_amount",
    "exchange_flow_amount",
    "cash_amount",
    "trade_fee_amount",
    "n_stale_prices",
]


@dataclass(frozen=True)
class Params:
    """price_age_days: how old the close of a carried position's instrument, and a rate, may be; a house rule.

    book_currency: ISO 4217 code of the book. lookback_sessions: sessions of bars and rates before the run. The rates of the
    opening session are wanted too, so one more than the age.
    """

    price_age_days: int = PRICE_AGE_DAYS
    lookback_sessions: int = PRICE_AGE_SESSIONS + 1
    book_currency: str = BOOK_CURRENCY


def profit_and_loss_daily(
    position_values_daily: DataFrame,
    opening_position_values_daily: DataFrame,
    cash_daily: DataFrame,
    opening_cash_daily: DataFrame,
    dividends_receivable_daily: DataFrame,
    opening_dividends_receivable_daily: DataFrame,
    realised_profit_daily: DataFrame,
    bars: DataFrame,
    suspect_prices_daily: DataFrame,
    corporate_actions: DataFrame,
    exchange_rates: DataFrame,
    accounts: DataFrame,
    sessions: DataFrame,
    params: Params,
) -> DataFrame:
    """One row a session, account and currency. A run that needs a rate that there is not fails."""
    held = position_values_daily.unionByName(opening_position_values_daily)
    pairs = nights(sessions)
    cash = cash_daily.unionByName(opening_cash_daily)
    due = dividends_receivable_daily.unionByName(opening_dividends_receivable_daily)
    carried = valued(
        _carried(held, pairs, overnight(corporate_actions, sessions)),
        trusted(bars, suspect_prices_daily),
        corporate_actions,
        params.price_age_days,
    )
    values = _summed(
        _cash_values(cash),
        _position_values(held),
        carried.select("session_date", *_OWNER, F.col("market_value_amount").alias("carried_value_amount")),
        _dividend_values(due),
        realised_profit_daily.select("session_date", *_OWNER, "realised_profit_amount"),
    )
    labels = accounts.select("session_date", "account_id", "client_type", "client_risk_level")
    before = pairs.select(F.col("before_date").alias("session_date"))
    both_ends = sessions.select("session_date").unionByName(before).distinct()
    rates = rates_at(exchange_rates, both_ends, params.price_age_days)
    return (
        with_profits(values, rates, params.book_currency)
        .join(F.broadcast(sessions.select("session_date")), on="session_date", how="left_semi")
        .join(labels, on=["session_date", "account_id"], how="left")
    )


def _cash_values(cash: DataFrame) -> DataFrame:
    return cash.select(
        "session_date",
        *_OWNER,
        F.col("closing_cash_amount").alias("value_amount"),
        F.col("closing_cash_amount").alias("cash_amount"),
        F.col("income_amount").alias("earned_income_amount"),
        "external_flow_amount",
        "exchange_flow_amount",
        "trade_fee_amount",
    )


def _dividend_values(due: DataFrame) -> DataFrame:
    """What is due counts as value and, when it becomes due, as income and as gained by what was held before."""
    return due.select(
        "session_date",
        *_OWNER,
        F.col("closing_receivable_amount").alias("value_amount"),
        F.col("accrued_dividend_amount").alias("carried_value_amount"),
        (F.col("accrued_dividend_amount") - F.col("settled_dividend_amount")).alias("earned_income_amount"),
    )


def _carried(held: DataFrame, pairs: DataFrame, acted: DataFrame) -> DataFrame:
    """The positions of each session but the last, as if they were still held in the next, in the units of that."""
    kept = (
        held.withColumnRenamed("session_date", "before_date")
        .join(F.broadcast(pairs), on="before_date", how="inner")
        .drop("before_date", "market_value_amount", "priced_date", "is_stale")
    )
    quantity = F.col("position_quantity") * F.coalesce("n_units", F.lit(1))
    units = acted.select("session_date", "instrument_id", "n_units")
    return (
        kept.join(F.broadcast(units), on=["session_date", "instrument_id"], how="left")
        .withColumn("position_quantity", quantity.cast("decimal(20,8)"))
        .drop("n_units")
    )


def _position_values(held: DataFrame) -> DataFrame:
    value = F.col("market_value_amount")
    return held.select(
        "session_date",
        *_OWNER,
        value.alias("value_amount"),
        value.alias("position_value_amount"),
        (value - F.col("cost_amount")).alias("unrealised_profit_amount"),
        F.col("is_stale").cast("bigint").alias("n_stale_prices"),
    )


def _summed(*frames: DataFrame) -> DataFrame:
    sums = [F.coalesce(F.sum(name), F.lit(0)).alias(name) for name in _SUMS]
    rows = reduce(lambda left, right: left.unionByName(right, allowMissingColumns=True), frames)
    return rows.groupBy("session_date", *_OWNER).agg(*sums)


JOB = Job(
    writes=PROFIT_AND_LOSS_DAILY,
    reads=(
        POSITION_VALUES_DAILY,
        opening(POSITION_VALUES_DAILY),
        CASH_DAILY,
        opening(CASH_DAILY),
        DIVIDENDS_RECEIVABLE_DAILY,
        opening(DIVIDENDS_RECEIVABLE_DAILY),
        REALISED_PROFIT_DAILY,
        lookback(BARS, sessions="lookback_sessions"),
        lookback(SUSPECT_PRICES_DAILY, sessions="lookback_sessions"),
        whole(CORPORATE_ACTIONS),
        lookback(EXCHANGE_RATES, sessions="lookback_sessions"),
        as_of(ACCOUNTS),
    ),
    transform=profit_and_loss_daily,
    params={"standard": Params(), "small": Params()},
)
