"""Every alert once: what was published, as it was published, and the breaches that a session's tables show at its end.

A breach is one alert at the crossing, when the session before was none; as long as it lasts nothing is raised again.
Limits (R23) and concentration (R21) are compared with the session before; margin (R20) knows by its own ladder when a
call is issued. Once a breach was published it comes back like any other alert, and is shown as it was published.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.risk.concentration_daily import Params as ConcentrationParams
from jobs.risk.margin_daily import Params as MarginParams
from jobs.session_days import nights
from lake.job import Job, lookback
from models.risk.alert_identity import alert_id_sql
from models.risk.rules import limit_breach, margin_call, single_name
from models.risk.rules.rule import Rule
from schemas.declaration import Table
from schemas.risk import (
    ALERT,
    ALERT_NOTICES,
    ALERTS,
    CONCENTRATION_DAILY,
    LIMIT_USAGE_DAILY,
    MARGIN_DAILY,
)

_COLUMNS = [column.name for column in ALERT.columns]


@dataclass(frozen=True)
class Params:
    """The numbers by which the tables tell a breach, for its sentence and its threshold."""

    concentration: ConcentrationParams = field(default_factory=ConcentrationParams)
    margin: MarginParams = field(default_factory=MarginParams)


def alerts(
    silver_alerts: DataFrame,
    limit_usage_daily: DataFrame,
    concentration_daily: DataFrame,
    margin_daily: DataFrame,
    sessions: DataFrame,
    params: Params,
) -> DataFrame:
    """silver.alerts bears each id once, and an alert never changes: episodes that group them would begin here."""
    published = silver_alerts.select(*_COLUMNS)
    breaches = (
        _limit_breaches(limit_usage_daily, sessions)
        .unionByName(_concentrations(concentration_daily, sessions, params.concentration))
        .unionByName(_margin_calls(margin_daily, sessions, params.margin))
    )
    return published.unionByName(breaches.join(published.select("alert_id"), on="alert_id", how="left_anti"))


def _limit_breaches(limit_usage: DataFrame, sessions: DataFrame) -> DataFrame:
    key = ["account_id", "limit_type", "currency_code"]
    crossed = _crossings(limit_usage.where(limit_breach.CONDITION.sql), key, sessions)
    return _raised(
        crossed,
        sessions,
        limit_breach.RULE,
        LIMIT_USAGE_DAILY,
        identified_by=key,
        severity=F.lit(limit_breach.RULE.severity),
        observed=F.col("observed_amount"),
        threshold=F.col("limit_amount"),
        explanation=F.expr(limit_breach.EXPLANATION_SQL),
    )


def _concentrations(concentrated: DataFrame, sessions: DataFrame, params: ConcentrationParams) -> DataFrame:
    key = ["account_id", "currency_code"]
    crossed = _crossings(concentrated.where(single_name.CONDITION.sql), key, sessions)
    return _raised(
        crossed,
        sessions,
        single_name.RULE,
        CONCENTRATION_DAILY,
        identified_by=key,
        severity=F.lit(single_name.RULE.severity),
        observed=F.col("largest_name_ratio"),
        threshold=F.lit(params.act_ratio),
        explanation=F.expr(single_name.explanation_sql(params.act_ratio)),
    )


def _margin_calls(margins: DataFrame, sessions: DataFrame, params: MarginParams) -> DataFrame:
    return _raised(
        margins.where(margin_call.CONDITION.sql),
        sessions,
        margin_call.RULE,
        MARGIN_DAILY,
        # A session that is restated may call where it sold: that is another alert.
        identified_by=["account_id", "currency_code", "margin_level"],
        severity=F.expr(margin_call.SEVERITY_SQL),
        observed=F.col("maintenance_ratio"),
        threshold=F.expr(margin_call.line_sql(params.ladder)),
        explanation=F.expr(margin_call.explanation_sql(params.ladder)),
    )


def _crossings(breaches: DataFrame, key: list[str], sessions: DataFrame) -> DataFrame:
    """Of the run's sessions, the breaches that were none in the session before. breaches: from that one on."""
    before = breaches.select(F.col("session_date").alias("before_date"), *key)
    return breaches.join(F.broadcast(nights(sessions)), on="session_date", how="inner").join(
        before, on=["before_date", *key], how="left_anti"
    )


def _raised(
    rows: DataFrame,
    sessions: DataFrame,
    rule: Rule,
    table: Table,
    *,
    identified_by: list[str],
    severity: Column,
    observed: Column,
    threshold: Column,
    explanation: Column,
) -> DataFrame:
    """Rows of a table as alerts: of the session's trading hours, raised at its close, with the row's key as evidence."""
    evidence = F.concat_ws("|", F.lit(table.name), *[F.col(each.name).cast("string") for each in table.key])
    return (
        rows.join(F.broadcast(sessions), on="session_date", how="inner")
        .withColumn("identity", F.concat_ws("/", *identified_by))
        .withColumn(
            "alert_id", F.expr(alert_id_sql(rule.id, rule.version, "identity", "unix_micros(opens_at)"))
        )
        .select(
            "session_date",
            "alert_id",
            F.lit(rule.id).alias("rule_id"),
            F.lit(str(rule.version)).alias("rule_version"),
            severity.alias("severity"),
            F.col("account_id").alias("entity_id"),
            F.col("opens_at").alias("window_started_at"),
            F.col("closes_at").alias("window_ended_at"),
            F.col("closes_at").alias("triggered_at"),
            observed.cast("double").alias("observed_value"),
            threshold.cast("double").alias("threshold_value"),
            F.array(evidence).alias("evidence"),
            explanation.alias("explanation"),
        )
    )


JOB = Job(
    writes=ALERTS,
    reads=(
        ALERT_NOTICES,
        lookback(LIMIT_USAGE_DAILY, sessions=1),
        lookback(CONCENTRATION_DAILY, sessions=1),
        MARGIN_DAILY,
    ),
    transform=alerts,
    params={"standard": Params(), "small": Params()},
)
