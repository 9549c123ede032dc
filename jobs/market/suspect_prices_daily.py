"""Closes that nothing is valued at, because only the bar itself says that the price has moved so far.

A close is suspect where it lies further from the last close than `largest_move_ratio`, and from the one before that too, and
the session's last quote does not stand near it. So a crash that people traded through is no suspect, the return from a wrong
price to the right one is none either, nor a split (the closes before are taken in the units of the session), and a price that stands for a second session is taken for what it is. Whoever
values positions leaves a suspect close out: the last close before it counts, as for a session without a bar, and the row says
that it is stale. DOMAIN §7 wants prices in band or exempt; a market without daily limits has no band, so evidence takes its place.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from jobs.transactions.corporate_actions import with_what_became
from lake.job import Job, lookback, whole
from schemas.market import BARS, CORPORATE_ACTIONS, QUOTES, SUSPECT_PRICES_DAILY

_BAR = ["instrument_id", "mic_code"]


@dataclass(frozen=True)
class Params:
    """largest_move_ratio: a close that moved less is never suspect; a house rule. Of 166,240 daily moves of twenty large US
    stocks from 1990 to 2022 (the data set that the pretend broker plays) 229 are larger.

    quote_distance_ratio: how near the last quote must be to bear a close out; a house rule.
    before_sessions: sessions in which the two closes before are looked for; the same as for stale prices.
    """

    largest_move_ratio: float = 0.15
    quote_distance_ratio: float = 0.05
    before_sessions: int = 20


def suspect_prices_daily(
    bars: DataFrame, quotes: DataFrame, corporate_actions: DataFrame, sessions: DataFrame, params: Params
) -> DataFrame:
    """One row a close that is suspect."""
    close, quote = F.col("close_price"), F.col("last_quote_price")
    jumps = _moves_far("previous_close_price", params) & F.coalesce(
        _moves_far("close_before_price", params), F.lit(True)
    )
    is_borne_out = F.coalesce(F.abs(close / quote - 1) <= params.quote_distance_ratio, F.lit(False))
    return (
        _with_closes_before(bars, corporate_actions)
        .join(F.broadcast(sessions.select("session_date")), on="session_date", how="left_semi")
        .where(jumps)
        .join(_last_quotes(quotes), on=["session_date", *_BAR], how="left")
        .where(~is_borne_out)
        .withColumn("move_ratio", (close / F.col("previous_close_price") - 1).cast("double"))
        .withColumn("explanation", _explained())
        .select(*[column.name for column in SUSPECT_PRICES_DAILY.columns])
    )


def trusted(bars: DataFrame, suspect_prices_daily: DataFrame) -> DataFrame:
    """The bars whose close is not suspect; a session that was not looked at has no suspects."""
    suspects = suspect_prices_daily.select("session_date", *_BAR)
    return bars.join(F.broadcast(suspects), on=["session_date", *_BAR], how="left_anti")


def _with_closes_before(bars: DataFrame, corporate_actions: DataFrame) -> DataFrame:
    """The two closes before a close, in its units and less what was paid since."""
    in_order = Window.partitionBy(*_BAR).orderBy("session_date")
    rows = bars.select("session_date", *_BAR, "close_price", "currency_code")
    for place, name in ((1, "previous_close_price"), (2, "close_before_price")):
        with_close = rows.withColumns(
            {
                name: F.lag("close_price", place).over(in_order),
                "closed_date": F.lag("session_date", place).over(in_order),
            }
        )
        became = with_what_became(with_close, corporate_actions, "closed_date", "session_date")
        in_units = (F.col(name) - F.col("dividends_per_unit")) / F.col("n_units")
        rows = became.withColumn(name, in_units.cast("decimal(18,4)")).drop(
            "closed_date", "n_units", "dividends_per_unit"
        )
    return rows


def _moves_far(before: str, params: Params) -> Column:
    """Null without a close to compare with."""
    return F.abs(F.col("close_price") / F.col(before) - 1) > params.largest_move_ratio


def _last_quotes(quotes: DataFrame) -> DataFrame:
    middle = ((F.col("bid_price") + F.col("ask_price")) / 2).cast("decimal(18,4)")
    last = F.max_by(middle, F.struct("quoted_at", "quote_number"))
    return quotes.groupBy("session_date", *_BAR).agg(last.alias("last_quote_price"))


def _explained() -> Column:
    quoted = F.when(F.col("last_quote_price").isNull(), F.lit("nobody quoted it")).otherwise(
        F.concat(F.lit("the last quote was "), F.col("last_quote_price").cast("string"))
    )
    return F.concat(
        F.col("instrument_id"),
        F.lit(" closed at "),
        F.col("close_price").cast("string"),
        F.lit(" after "),
        F.col("previous_close_price").cast("string"),
        F.lit(", and "),
        quoted,
        F.lit(": the close before it counts until the price is confirmed."),
    )


JOB = Job(
    writes=SUSPECT_PRICES_DAILY,
    reads=(lookback(BARS, sessions="before_sessions"), QUOTES, whole(CORPORATE_ACTIONS)),
    transform=suspect_prices_daily,
    params={"standard": Params(), "small": Params()},
)
