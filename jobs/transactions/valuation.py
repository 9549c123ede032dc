"""What positions are worth at the end of a session: the one rule for profit and loss and for risk.

A position is valued at the session's close; without one, at the last close that is at most `price_age_days` old; without
that, at its cost. The last two are stale and are counted. A close from before an ex-date values the units of its own time,
less what they have been paid since.
"""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.session_days import last_known
from jobs.transactions.amounts import notional
from jobs.transactions.corporate_actions import with_what_became

# Counted in calendar days because a frame of bars does not say which sessions it lacks. Twenty sessions span at least
# 28 days, so whoever looks back 20 sessions from a session sees every close that may value it.
PRICE_AGE_DAYS = 28
PRICE_AGE_SESSIONS = 20


def closes(bars: DataFrame) -> DataFrame:
    """One close an instrument and session; where two venues have one, that of the first venue by its code."""
    return bars.groupBy("session_date", "instrument_id").agg(
        F.min_by("close_price", "mic_code").alias("close_price"),
        F.min_by("currency_code", "mic_code").alias("currency_code"),
    )


def valued(
    positions: DataFrame, bars: DataFrame, corporate_actions: DataFrame, price_age_days: int
) -> DataFrame:
    """Positions with market_value_amount (decimal(20,4), half-up), priced_date and is_stale; rows as given."""
    days = positions.select("session_date").distinct()
    priced = closes(bars).drop("currency_code").withColumnRenamed("session_date", "priced_date")
    last = last_known(priced, "priced_date", days, price_age_days, "instrument_id", value="close_price")
    prices = with_what_became(last, corporate_actions, "priced_date", "session_date")
    units = F.when(F.col("n_units") != 1, F.col("position_quantity") / F.col("n_units")).otherwise(
        F.col("position_quantity")
    )
    paid = F.when(F.col("dividends_per_unit") != 0, notional("units_then", "dividends_per_unit")).otherwise(0)
    value = F.coalesce(notional("units_then", "close_price") - paid, F.col("cost_amount"))
    is_stale = F.coalesce(F.col("priced_date") < F.col("session_date"), F.lit(True))
    return (
        positions.join(
            F.broadcast(prices),
            on=["session_date", "instrument_id"],
            how="left",
        )
        .withColumn("units_then", units.cast("decimal(20,8)"))
        .withColumns({"market_value_amount": value.cast("decimal(20,4)"), "is_stale": is_stale})
        .drop("close_price", "n_units", "dividends_per_unit", "units_then")
    )
