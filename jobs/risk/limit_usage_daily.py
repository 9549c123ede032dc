"""How much of each limit an account uses at the end of a session, and how near to it that is.

Of the limits that were in force at the session's close: gross exposure is the positions' market values without their
signs, turnover the session's fills, value at risk that of the account at the highest confidence. A limit on the single
order is held by the check before the order (`silver.order_checks`) and has no use by session. An account without
positions or fills uses nothing. What is in another currency than the limit counts at the session's rate.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.market.exchange_rates import rates_at
from jobs.transactions.amounts import notional
from jobs.transactions.valuation import PRICE_AGE_DAYS, PRICE_AGE_SESSIONS
from lake.job import Job, as_of, lookback
from schemas.market import EXCHANGE_RATES
from schemas.risk import LIMIT_USAGE_DAILY, LIMITS, VALUE_AT_RISK_DAILY
from schemas.transactions import CORRECTED_FILLS, POSITION_VALUES_DAILY

_KEY = ["session_date", "account_id", "limit_type"]


@dataclass(frozen=True)
class Params:
    """watch_ratio, warning_ratio: fractions of the limit from which on its use is watched, and warned of; DOMAIN §2.3, R23.

    confidence_ratio: at which value at risk is limited; one of those that `value_at_risk_daily` has.
    """

    watch_ratio: float = 0.80
    warning_ratio: float = 0.95
    confidence_ratio: str = "0.99"
    rate_age_days: int = PRICE_AGE_DAYS


def limit_usage_daily(
    limits: DataFrame,
    position_values_daily: DataFrame,
    corrected_fills: DataFrame,
    value_at_risk_daily: DataFrame,
    exchange_rates: DataFrame,
    sessions: DataFrame,
    params: Params,
) -> DataFrame:
    """One row a session, account and kind of limit, in the limit's currency."""
    in_force = limits.where("limit_type <> 'order_notional'").select(
        *_KEY, F.col("currency_code").alias("limit_currency_code"), "limit_amount"
    )
    rows = (
        _used(position_values_daily, "gross_exposure", F.abs("market_value_amount"))
        .unionByName(_daily_turnover(corrected_fills))
        .unionByName(_value_at_risk(value_at_risk_daily, params))
    )
    rates = rates_at(exchange_rates, sessions, params.rate_age_days)
    told = rates.translated(
        in_force.join(rows, on=_KEY, how="left"), F.col("limit_currency_code"), "observed_amount"
    )
    observed = F.coalesce(F.sum("observed_amount"), F.lit(0)).cast("decimal(20,4)")
    return (
        told.groupBy(*_KEY, F.col("limit_currency_code").alias("currency_code"), "limit_amount")
        .agg(observed.alias("observed_amount"))
        .withColumn("usage_ratio", _ratio())
        .withColumn("usage_level", _level(params))
    )


def _daily_turnover(corrected_fills: DataFrame) -> DataFrame:
    return _used(corrected_fills, "daily_turnover", notional("quantity", "price"))


def _value_at_risk(value_at_risk_daily: DataFrame, params: Params) -> DataFrame:
    is_limited = F.col("confidence_ratio") == F.lit(params.confidence_ratio).cast("decimal(6,4)")
    # Accounts are measured by one method.
    of_accounts = value_at_risk_daily.where(is_limited & (F.col("portfolio_type") == "account"))
    # A value at risk below zero is a profit even on a bad day: it uses nothing.
    return _used(
        of_accounts.withColumnRenamed("portfolio_id", "account_id"),
        "value_at_risk",
        F.greatest("value_at_risk_amount", F.lit(0)),
    )


def _used(rows: DataFrame, limit_type: str, amount: Column) -> DataFrame:
    """What uses a limit, row by row in its own currency."""
    return rows.withColumn("limit_type", F.lit(limit_type)).select(
        *_KEY, "currency_code", amount.cast("decimal(20,4)").alias("observed_amount")
    )


def _ratio() -> Column:
    """Null where the limit is nothing."""
    is_something = F.col("limit_amount") > 0
    return F.when(is_something, F.col("observed_amount") / F.col("limit_amount")).cast("double")


def _level(params: Params) -> Column:
    observed, limit = F.col("observed_amount"), F.col("limit_amount")
    return (
        F.when(observed == 0, "within")
        .when(observed > limit, "breach")
        .when(observed >= limit * F.lit(str(params.warning_ratio)).cast("decimal(6,4)"), "warning")
        .when(observed >= limit * F.lit(str(params.watch_ratio)).cast("decimal(6,4)"), "watch")
        .otherwise("within")
    )


JOB = Job(
    writes=LIMIT_USAGE_DAILY,
    reads=(
        as_of(LIMITS),
        POSITION_VALUES_DAILY,
        CORRECTED_FILLS,
        VALUE_AT_RISK_DAILY,
        lookback(EXCHANGE_RATES, PRICE_AGE_SESSIONS),
    ),
    transform=limit_usage_daily,
    params={"standard": Params(), "small": Params()},
)
