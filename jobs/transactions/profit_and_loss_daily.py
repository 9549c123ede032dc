"""What each account gained or lost in a session, deposits and withdrawals apart.

Value is cash, positions (`jobs/transactions/valuation.py`) and dividends that are due; profit is closing value less opening value less external
flows. The opening value of a session is the closing value of the session before, computed from the same tables by the
same rule. An account has a row in every session in which it has cash or positions; cash has a row for every account from its
first movement on.

Clean profit, which the literature also calls hypothetical, is what the positions of the session before would have gained
had nothing been done: their value at this session's close less that at their own. They are split where an ex-date came, and
a dividend belongs to what they gained. It is what a forecast of risk is about; profit is what came of it. Profit is also what
was realised, what became unrealised, and income from the day on which it is due, less fees: each of these comes from a table
of its own, and the promise says that they add up. A row says what kind of client the account belongs to, as known at the
session's close.

All of that is by currency, and an exchange between an account's currencies is no profit in either. In the book's currency a
row's values and flows are taken at the rates of their sessions, each rounded half-up to 4 places. V are values, r rates, of the
session (1) and the one before (0), F the external flow, X the exchange flow, and the row's profit is V1 - V0 - F - X:

    V1 r1 - V0 r0 - F r1 - X r1 = profit r1 + V0 (r1 - r0)

The last term is the currency effect: what holding the currency gained. Over all rows of an account X r1 would add up to nothing
had it dealt at the session's rates. It did not quite, so that the sum is what its exchanges brought against them, a gain where
positive: the exchange difference. It is part of the book profit and stands in one row, that of the first currency by its code,
the book's last, whose cash an exchange changed. Then what an account's rows gained is what it is worth now, less what it was
worth, less external flows, all in the book's currency. Clean profit carries the rate as well: positions before, and cash before,
which risk counts as positions where it is in another currency (`jobs/risk/held_positions.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from jobs.market.exchange_rates import Rates, rates_at
from jobs.market.suspect_prices_daily import trusted
from jobs.session_days import nights
from jobs.transactions.corporate_actions import overnight
from jobs.transactions.valuation import PRICE_AGE_DAYS, PRICE_AGE_SESSIONS, valued
from lake.job import Job, as_of, lookback, opening, whole
from schemas.clients import ACCOUNTS
from schemas.market import BARS, CORPORATE_ACTIONS, EXCHANGE_RATES, SUSPECT_PRICES_DAILY
from schemas.transactions import (
    CASH_DAILY,
    DIVIDENDS_RECEIVABLE_DAILY,
    POSITIONS_DAILY,
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
_IN_BOTH = (
    "opening_value_amount",
    "external_flow_amount",
    "closing_value_amount",
    "profit_amount",
    "clean_profit_amount",
)


@dataclass(frozen=True)
class Params:
    """price_age_days: how old the close of a position's instrument, and a rate, may be; a house rule.

    book_currency: ISO 4217 code of the book. lookback_sessions: sessions of bars and rates before the run. The opening session is one before it, so one more than the age.
    """

    price_age_days: int = PRICE_AGE_DAYS
    lookback_sessions: int = PRICE_AGE_SESSIONS + 1
    book_currency: str = "USD"


def in_book_currency(profit_and_loss_daily: DataFrame) -> DataFrame:
    """The rows with the same amounts in the book's currency; rows from before there were any others are in it."""
    return profit_and_loss_daily.withColumns({name: F.coalesce(f"book_{name}", name) for name in _IN_BOTH})


def profit_and_loss_daily(
    positions_daily: DataFrame,
    opening_positions_daily: DataFrame,
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
    held = positions_daily.unionByName(opening_positions_daily).withColumn("is_carried", F.lit(False))
    days = sessions.select("session_date").unionByName(
        opening_positions_daily.select("session_date").distinct()
    )
    cash = cash_daily.unionByName(opening_cash_daily)
    due = dividends_receivable_daily.unionByName(opening_dividends_receivable_daily)
    carried = _carried(held, days, overnight(corporate_actions, sessions))
    values = _summed(
        _cash_values(cash),
        _position_values(
            held.unionByName(carried), trusted(bars, suspect_prices_daily), corporate_actions, params
        ),
        _dividend_values(due),
        realised_profit_daily.select("session_date", *_OWNER, "realised_profit_amount"),
    )
    labels = accounts.select("session_date", "account_id", "client_type", "client_risk_level")
    before = nights(sessions).select(F.col("before_date").alias("session_date"))
    both_ends = sessions.select("session_date").unionByName(before).distinct()
    rates = rates_at(exchange_rates, both_ends, params.price_age_days)
    return (
        _with_openings(values, rates, params.book_currency)
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


def _carried(held: DataFrame, days: DataFrame, acted: DataFrame) -> DataFrame:
    """The positions of each session but the last, as if they were still held in the next, in the units of that."""
    later = days.select(F.col("session_date").alias("next_session_date"))
    following = (
        days.join(F.broadcast(later), F.col("session_date") < F.col("next_session_date"), how="inner")
        .groupBy("session_date")
        .agg(F.min("next_session_date").alias("next_session_date"))
    )
    kept = (
        held.join(F.broadcast(following), on="session_date", how="inner")
        .withColumns({"session_date": F.col("next_session_date"), "is_carried": F.lit(True)})
        .drop("next_session_date")
    )
    quantity = F.col("position_quantity") * F.coalesce("n_units", F.lit(1))
    units = acted.select("session_date", "instrument_id", "n_units")
    return (
        kept.join(F.broadcast(units), on=["session_date", "instrument_id"], how="left")
        .withColumn("position_quantity", quantity.cast("decimal(20,8)"))
        .drop("n_units")
    )


def _position_values(
    positions: DataFrame, bars: DataFrame, corporate_actions: DataFrame, params: Params
) -> DataFrame:
    is_carried, value = F.col("is_carried"), F.col("market_value_amount")
    return valued(positions, bars, corporate_actions, params.price_age_days).select(
        "session_date",
        *_OWNER,
        F.when(~is_carried, value).alias("value_amount"),
        F.when(~is_carried, value).alias("position_value_amount"),
        F.when(is_carried, value).alias("carried_value_amount"),
        F.when(~is_carried, value - F.col("cost_amount")).alias("unrealised_profit_amount"),
        F.when(~is_carried, F.col("is_stale").cast("bigint")).alias("n_stale_prices"),
    )


def _summed(*frames: DataFrame) -> DataFrame:
    sums = [F.coalesce(F.sum(name), F.lit(0)).alias(name) for name in _SUMS]
    rows = reduce(lambda left, right: left.unionByName(right, allowMissingColumns=True), frames)
    return rows.groupBy("session_date", *_OWNER).agg(*sums)


def _with_openings(values: DataFrame, rates: Rates, book_currency: str) -> DataFrame:
    """Adds what each row opened with and, in the book's currency, what it and the row before are worth."""
    told = {f"book_{name}": rates.of(F.col(name)) for name in (*_CARRIED_ON, *_OF_THE_SESSION)}
    with_book = rates.looked_up(values, book_currency).withColumns(told)
    by_session = Window.partitionBy(*_OWNER).orderBy("session_date")
    before = {
        f"{name}_before": F.coalesce(F.lag(name).over(by_session), F.lit(0).cast("decimal(20,4)"))
        for name in (*_CARRIED_ON, "unrealised_profit_amount", *(f"book_{each}" for each in _CARRIED_ON))
    }
    opened = with_book.withColumns(before).withColumns(
        {
            "value_now": rates.of(F.col("value_amount_before")),
            "cash_now": rates.of(F.col("cash_amount_before")),
            "exchange_difference": _exchange_difference(),
        }
    )
    return opened.select(
        "session_date",
        *_OWNER,
        *[_amount(exact).alias(f"{name}_amount") for name, exact in (*_own().items(), *_book().items())],
        "n_stale_prices",
        F.col("into_currency_code").alias("book_currency_code"),
        F.col("exchange_rate").alias("book_exchange_rate"),
    )


_CARRIED_ON = ("value_amount", "position_value_amount", "cash_amount")
_OF_THE_SESSION = ("carried_value_amount", "external_flow_amount", "exchange_flow_amount")


def _own() -> dict[str, Column]:
    """What a row says in its own currency, without `_amount`."""
    c = F.col
    flows = c("external_flow_amount") + c("exchange_flow_amount")
    as_summed = (
        "external_flow", "exchange_flow", "realised_profit", "unrealised_profit", "earned_income", "trade_fee",
    )  # fmt: skip
    return {
        "opening_value": c("value_amount_before"),
        "closing_value": c("value_amount"),
        "profit": c("value_amount") - c("value_amount_before") - flows,
        "clean_profit": c("carried_value_amount") - c("position_value_amount_before"),
        "unrealised_change": c("unrealised_profit_amount") - c("unrealised_profit_amount_before"),
        **{name: c(f"{name}_amount") for name in as_summed},
    }


def _book() -> dict[str, Column]:
    """What a row says in the book's currency, without `_amount`."""
    c = F.col
    gained = c("book_value_amount") - c("book_value_amount_before")
    flows = c("book_external_flow_amount") + c("book_exchange_flow_amount")
    of_positions = c("book_carried_value_amount") - c("book_position_value_amount_before")
    return {
        "book_opening_value": c("book_value_amount_before"),
        "book_external_flow": c("book_external_flow_amount"),
        "book_exchange_flow": c("book_exchange_flow_amount"),
        "book_closing_value": c("book_value_amount"),
        "book_profit": gained - flows + c("exchange_difference"),
        "book_clean_profit": of_positions + c("cash_now") - c("book_cash_amount_before"),
        "currency_effect": c("value_now") - c("book_value_amount_before"),
        "exchange_difference": c("exchange_difference"),
    }


def _exchange_difference() -> Column:
    """All of the account's in the row that it stands in, nothing in the others."""
    of_account = Window.partitionBy("session_date", "account_id")
    is_home = F.col("currency_code") == F.col("into_currency_code")
    place = F.when(F.col("exchange_flow_amount") != 0, F.struct(is_home, "currency_code"))
    is_first = place == F.min(place).over(of_account)
    whole = F.sum("book_exchange_flow_amount").over(of_account)
    return F.when(F.coalesce(is_first, F.lit(False)), whole).otherwise(0)


def _amount(exact: Column) -> Column:
    return exact.cast("decimal(20,4)")


JOB = Job(
    writes=PROFIT_AND_LOSS_DAILY,
    reads=(
        POSITIONS_DAILY,
        opening(POSITIONS_DAILY),
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
