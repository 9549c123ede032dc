"""Order steps and log-ins as the alert rules look at them: one shape, from decoded messages and from silver alike."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.risk.alert_detection import RuleParams, Watched
from models.risk.rules import failed_logins, order_rate, price_deviation
from schemas.behaviour import APP_EVENT
from schemas.risk import CONCENTRATION_DAILY, LIMIT_USAGE_DAILY, MARGIN_DAILY
from schemas.transactions import ORDER

ORIGIN = ("received_at", "origin_partition", "origin_offset")
# Of each topic and table that is watched, the rules' modules. `alerts.py` looks at the tables.
WATCHED_BY = {
    ORDER.topic: ("price_deviation", "order_rate"),
    APP_EVENT.topic: ("failed_logins",),
    LIMIT_USAGE_DAILY.name: ("limit_breach",),
    CONCENTRATION_DAILY.name: ("single_name",),
    MARGIN_DAILY.name: ("margin_call",),
}


def order_steps(rows: DataFrame, params: RuleParams) -> DataFrame:
    """Order events, with `event_key` and ORIGIN beside their own columns. Columns: those of Watched."""
    far_priced = F.expr(price_deviation.condition(params.price_deviation).sql)
    return rows.select(
        F.col("account_id").alias("entity_id"),
        "event_key",
        F.unix_micros("order_event_at").alias("happened_us"),
        "session_date",
        _counted_by(order_rate.RULE.id, order_rate.windowed(params.order_rate).counts_sql),
        F.coalesce(far_priced, F.lit(False)).alias("is_far_priced"),
        "order_id",
        "side",
        "limit_price",
        "reference_price",
        *_landing(),
    )


def log_ins(rows: DataFrame, params: RuleParams) -> DataFrame:
    """App events, with `event_key` and ORIGIN beside their own columns. Columns: those of Watched."""
    absent = {"session_date": "date", "order_id": "string", "side": "string",
              "limit_price": "decimal(18,4)", "reference_price": "decimal(18,4)"}  # fmt: skip
    return rows.select(
        F.col("client_id").alias("entity_id"),
        "event_key",
        F.unix_micros("occurred_at").alias("happened_us"),
        _counted_by(failed_logins.RULE.id, failed_logins.windowed(params.failed_logins).counts_sql),
        F.lit(False).alias("is_far_priced"),
        *[F.lit(None).cast(kind).alias(name) for name, kind in absent.items()],
        *_landing(),
    ).select(*Watched._fields)


def matters(watched: DataFrame) -> DataFrame:
    """The events that a rule looks at."""
    return watched.where("is_far_priced OR counted_by IS NOT NULL")


def _counted_by(rule_id: str, counts_sql: str) -> Column:
    return F.when(F.expr(counts_sql), F.lit(rule_id)).alias("counted_by")


def _landing() -> list[Column]:
    return [
        F.unix_micros("received_at").alias("received_us"),
        F.col("origin_partition"),
        F.col("origin_offset"),
    ]
