"""What was known about each active client at a session's close, and nothing later.

The population: clients with an open account that hold assets above a floor, or traded or logged in within 60 sessions,
and have not moved their assets out in that time: those have left already, and no score could keep them. Each account
counts from the session on at which it was known to be the client's. Early sessions count what there is.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from jobs.churn.account_activity import account_activity
from jobs.churn.client_behaviour import client_behaviour
from jobs.churn.leaving import MOVED_OUT_RATIO
from jobs.churn.windows import LONG, SHORT, numbered
from jobs.market.exchange_rates import BOOK_CURRENCY, rates_at
from jobs.market.suspect_prices_daily import trusted
from jobs.transactions.book_profit import in_book_currency
from jobs.transactions.corporate_actions import with_what_became
from jobs.transactions.valuation import PRICE_AGE_DAYS, PRICE_AGE_SESSIONS
from lake.job import Job, as_of, lookback, whole
from schemas.behaviour import APP_EVENTS
from schemas.churn import CLIENT_FEATURES_DAILY, FEATURES
from schemas.clients import ACCOUNTS
from schemas.market import BARS, CORPORATE_ACTIONS, EXCHANGE_RATES, INSTRUMENTS, SUSPECT_PRICES_DAILY
from schemas.risk import ORDER_CHECKS
from schemas.transactions import CASH_DAILY, CORRECTED_FILLS, POSITIONS_DAILY, PROFIT_AND_LOSS_DAILY

_CLIENT = ["session_date", "client_id"]
_ACCOUNT = ["session_date", "account_id"]


@dataclass(frozen=True)
class Params:
    """By judgement. min_assets_amount: in the book's currency, what makes a client active without doing anything.

    book_currency: ISO 4217 code. rate_age_days: how old a rate may be.
    min_sessions_before: sessions that must lie before the last 20 for a trend, else it is not known.
    """

    min_assets_amount: Decimal = Decimal(100)
    min_sessions_before: int = 5
    book_currency: str = BOOK_CURRENCY
    rate_age_days: int = PRICE_AGE_DAYS


def client_features_daily(
    app_events: DataFrame,
    corrected_fills: DataFrame,
    order_checks: DataFrame,
    cash_daily: DataFrame,
    profit_and_loss_daily: DataFrame,
    positions_daily: DataFrame,
    accounts: DataFrame,
    instruments: DataFrame,
    bars: DataFrame,
    suspect_prices_daily: DataFrame,
    corporate_actions: DataFrame,
    exchange_rates: DataFrame,
    sessions: DataFrame,
    params: Params,
) -> DataFrame:
    numbers = numbered(sessions, LONG - 1)
    rates = rates_at(exchange_rates, numbered(sessions, SHORT - 1), params.rate_age_days)
    cash = rates.translated(cash_daily, params.book_currency, "closing_cash_amount", "trade_flow_amount")
    held = rates.translated(positions_daily, params.book_currency, "cost_amount")
    owners = accounts.select(*_ACCOUNT, "client_id", "account_status", "opened_date")
    activity = account_activity(
        owners, corrected_fills, order_checks, cash, in_book_currency(profit_and_loss_daily), numbers
    )
    clients = _of_clients(owners.join(activity, _ACCOUNT, how="inner"), owners, cash, held)
    asked = owners.where("account_status = 'open'").groupBy(*_CLIENT).agg(F.count("*").alias("n_accounts"))
    behaviour = client_behaviour(asked, app_events, numbers)
    market = _market(
        trusted(bars, suspect_prices_daily), corporate_actions, instruments, numbered(sessions, SHORT)
    )
    features = _features(
        clients.join(behaviour, _CLIENT, how="inner").join(F.broadcast(market), "session_date", how="left"),
        params,
    )
    return features.where(_is_active(params) & ~_has_left()).select(
        *_CLIENT, *[column.name for column in FEATURES]
    )


def _of_clients(
    accounts: DataFrame, owners: DataFrame, cash_daily: DataFrame, positions_daily: DataFrame
) -> DataFrame:
    """Sums over the accounts of each client that has one open."""
    cash = cash_daily.groupBy(*_ACCOUNT).agg(F.sum("closing_cash_amount").alias("cash_amount"))
    summed = (
        accounts.join(cash, _ACCOUNT, how="left")
        .groupBy(*_CLIENT)
        .agg(
            F.count_if(F.col("account_status") == "open").alias("n_open"),
            F.min("opened_date").alias("opened_date"),
            F.min("first_book_number").alias("first_book_number"),
            F.min("sessions_since_trade").alias("sessions_since_trade"),
            F.sum("closing_value_amount").alias("assets_amount"),
            *[F.sum(name).alias(name) for name in ("cash_amount", *_SUMMED)],
        )
    )
    return summed.where("n_open > 0").join(_held(owners, positions_daily), _CLIENT, how="left")


_SUMMED = (
    "n_fills_short",
    "n_fills_long",
    "n_rejected_checks_short",
    "net_flow_short",
    "withdrawal_long",
    "net_sales_short",
    "profit_short",
    "fall_long",
    "base_short",
    "base_long",
)


def _held(owners: DataFrame, positions_daily: DataFrame) -> DataFrame:
    """How many instruments each client holds and how much of the cost lies in the largest."""
    by_instrument = (
        positions_daily.join(owners, _ACCOUNT, how="inner")
        .groupBy(*_CLIENT, "instrument_id")
        .agg(F.abs(F.sum("cost_amount")).alias("cost_amount"))
    )
    return by_instrument.groupBy(*_CLIENT).agg(
        F.count("*").alias("n_positions_held"),
        _ratio(F.max("cost_amount"), F.sum("cost_amount")).alias("largest_position_ratio"),
    )


def _market(
    bars: DataFrame, corporate_actions: DataFrame, instruments: DataFrame, numbers: DataFrame
) -> DataFrame:
    """session_date, market_return_20: the mean over stocks with a close on both ends; what a holder gained, split and paid."""
    that_session = Window.partitionBy("instrument_id").orderBy("session_number").rangeBetween(-SHORT, -SHORT)
    before = {
        "before_price": F.first("close_price").over(that_session),
        "before_date": F.first("session_date").over(that_session),
    }
    grown = F.col("close_price") * F.col("n_units") + F.col("dividends_per_unit")
    moved = (grown / F.col("before_price") - 1).cast("decimal(18,10)")
    stocks = instruments.where("instrument_type = 'stock'").select("session_date", "instrument_id")
    ends = (
        bars.join(F.broadcast(numbers), "session_date", how="inner")
        .withColumns(before)
        .join(F.broadcast(stocks), ["session_date", "instrument_id"], how="inner")
    )
    return (
        with_what_became(ends, corporate_actions, "before_date", "session_date")
        .groupBy("session_date")
        .agg(F.avg(moved).cast("double").alias("market_return_20"))
    )


def _features(rows: DataFrame, params: Params) -> DataFrame:
    assets = F.col("assets_amount").cast("double")
    known = F.col("session_number") - F.col("first_book_number") + 1
    before = F.when(known - SHORT >= params.min_sessions_before, known - SHORT)
    made = {
        "log_in_trend_ratio": _trend("n_log_ins_20", "n_log_ins_60", before),
        "n_fills_20": F.col("n_fills_short"),
        "fill_trend_ratio": _trend("n_fills_short", "n_fills_long", before),
        "net_flow_ratio_20": _ratio(F.col("net_flow_short"), F.col("base_short")),
        "withdrawal_ratio_60": _ratio(F.col("withdrawal_long"), F.col("base_long")),
        "net_sales_ratio_20": _ratio(F.col("net_sales_short"), F.col("base_short")),
        "log_assets": F.log1p(F.greatest(assets, F.lit(0.0))),
        "cash_ratio": _ratio(F.col("cash_amount"), F.col("assets_amount")),
        "profit_ratio_20": _ratio(F.col("profit_short"), F.col("base_short")),
        "drawdown_ratio_60": _ratio(F.col("fall_long"), F.col("base_long")),
        "n_positions_held": F.coalesce(F.col("n_positions_held"), F.lit(0)),
        "n_rejected_checks_20": F.col("n_rejected_checks_short"),
        "account_age_days": F.date_diff("session_date", "opened_date"),
    }
    names = [column.name for column in FEATURES]
    columns = [made.get(name, F.col(name)).cast("double").alias(name) for name in names]
    return rows.select(*_CLIENT, "assets_amount", *columns)


def _trend(short: str, long: str, sessions_before: Column) -> Column:
    """Difference over sum of the rates a session; null where there was nothing in either, or no time before."""
    now = F.col(short) / F.lit(SHORT)
    then = (F.col(long) - F.col(short)) / sessions_before
    return F.try_divide(now - then, now + then)


def _ratio(part: Column, whole: Column) -> Column:
    """Null where there is nothing to compare with."""
    return F.when(whole > 0, part.cast("double") / whole.cast("double"))


def _is_active(params: Params) -> Column:
    rich = F.coalesce(F.col("assets_amount") >= params.min_assets_amount, F.lit(False))
    traded, came = F.col("sessions_since_trade").isNotNull(), F.col("sessions_since_log_in").isNotNull()
    return rich | traded | came


def _has_left() -> Column:
    return F.coalesce(F.col("withdrawal_ratio_60") >= MOVED_OUT_RATIO, F.lit(False))


JOB = Job(
    writes=CLIENT_FEATURES_DAILY,
    reads=(
        lookback(APP_EVENTS, LONG - 1),
        lookback(CORRECTED_FILLS, LONG - 1),
        lookback(ORDER_CHECKS, SHORT - 1),
        lookback(CASH_DAILY, SHORT - 1),
        lookback(PROFIT_AND_LOSS_DAILY, LONG - 1),
        POSITIONS_DAILY,
        as_of(ACCOUNTS),
        as_of(INSTRUMENTS),
        lookback(BARS, SHORT),
        lookback(SUSPECT_PRICES_DAILY, SHORT),
        whole(CORPORATE_ACTIONS),
        lookback(EXCHANGE_RATES, SHORT - 1 + PRICE_AGE_SESSIONS),
    ),
    transform=client_features_daily,
    params={"standard": Params(), "small": Params()},
)
