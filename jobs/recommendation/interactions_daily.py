"""How much interest each client showed in each product on a session: what that day adds, before it fades.

Holdings are a state and no day's increment: readers add them. A page view counts once a day, a purchase once an order.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lake.job import Job, as_of
from models.recommendation.interactions import STRENGTHS, InteractionParams, strength_sql
from schemas.behaviour import APP_EVENTS
from schemas.clients import ACCOUNTS
from schemas.recommendation import INTERACTIONS_DAILY
from schemas.transactions import CORRECTED_FILLS

_PAIR = ["session_date", "client_id", "instrument_id"]
_KINDS = ("page_view", "search", "watch_list_add", "order_ticket_opened")


@dataclass(frozen=True)
class Params:
    """What counts and for how much: DOMAIN §5.1.

    strengths: points of one signal, by kind. min_dwell_ms: milliseconds that a page view must last.
    """

    strengths: tuple[tuple[str, float], ...] = tuple(STRENGTHS.items())
    min_dwell_ms: int = 10_000


def interactions_daily(
    app_events: DataFrame, corrected_fills: DataFrame, accounts: DataFrame, params: Params
) -> DataFrame:
    signals = _seen(app_events, params).unionByName(_bought(corrected_fills, accounts))
    points = F.expr(strength_sql("kind", InteractionParams(dict(params.strengths)))).cast("double")
    return signals.groupBy(*_PAIR).agg(
        F.sum(points).alias("strength_score"), F.count("*").alias("n_interactions")
    )


def _seen(app_events: DataFrame, params: Params) -> DataFrame:
    kind = F.col("app_event_type")
    long_enough = (kind != "page_view") | (F.col("dwell_ms") >= params.min_dwell_ms)
    counted = app_events.where(kind.isin(*_KINDS) & F.col("instrument_id").isNotNull() & long_enough)
    return counted.groupBy(*_PAIR, _once(kind)).agg(F.first(kind).alias("kind")).select(*_PAIR, "kind")


def _once(kind: Column) -> Column:
    """Equal for the page views of a day, different for every other event."""
    own = F.concat_ws("/", "app_session_id", "client_event_id")
    return F.when(kind != "page_view", own).alias("counted_by")


def _bought(corrected_fills: DataFrame, accounts: DataFrame) -> DataFrame:
    owners = accounts.select("session_date", "account_id", "client_id")
    bought = corrected_fills.where("side = 'buy'").join(owners, ["session_date", "account_id"], how="inner")
    return bought.select(*_PAIR, "order_id").distinct().select(*_PAIR, F.lit("buy").alias("kind"))


JOB = Job(
    writes=INTERACTIONS_DAILY,
    reads=(APP_EVENTS, CORRECTED_FILLS, as_of(ACCOUNTS)),
    transform=interactions_daily,
    params={"standard": Params(), "small": Params()},
)
