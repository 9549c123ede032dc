"""What splits and dividends do to a unit, as they stand now.

Of an action the highest version counts; what was called off is no action. A unit that is held over an ex-date becomes
`new_units_per_unit` units, and each that is held at the close before it is paid `dividend_per_unit`. Of several actions on
one day dividends come first, so they are of the old units. Each is exact to eight places.

This is read whole and as it is known now, not as of a session's close: like the correction of a fill, what is learnt of an
action later restates the sessions from its ex-date on.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.session_days import nights

_EXACT = "decimal(18,8)"
_SAID = (
    "corporate_action_status",
    "instrument_id",
    "ex_date",
    "corporate_action_type",
    "new_units_per_unit",
    "dividend_per_unit",
    "currency_code",
)


def standing(corporate_actions: DataFrame) -> DataFrame:
    """One row an action that happens: corporate_action_id, instrument_id, ex_date, new_units_per_unit, dividend_per_unit (0 and 1
    where it has none), corporate_action_type, currency_code."""
    newest = F.max_by(F.struct(*_SAID), "corporate_action_version").alias("newest")
    return (
        corporate_actions.groupBy("corporate_action_id")
        .agg(newest)
        .select("corporate_action_id", "newest.*")
        .where("corporate_action_status = 'announced'")
        .drop("corporate_action_status")
        .withColumns(
            {
                "new_units_per_unit": F.coalesce("new_units_per_unit", F.lit(1)).cast(_EXACT),
                "dividend_per_unit": F.coalesce("dividend_per_unit", F.lit(0)).cast(_EXACT),
            }
        )
    )


def with_what_became(rows: DataFrame, corporate_actions: DataFrame, after: str, up_to: str) -> DataFrame:
    """Adds what one unit of `instrument_id` became and was paid by actions with an ex-date after a day, up to another.

    n_units: how many it is then, 1 where nothing happened. dividends_per_unit: of the first unit, not of what it became.
    Both are decimal(18,8). Few rows: as many as instruments and days.
    """
    each = F.struct(
        "ex_date", "corporate_action_type", "corporate_action_id", "new_units_per_unit", "dividend_per_unit"
    )
    listed = (
        standing(corporate_actions)
        .groupBy("instrument_id")
        .agg(F.array_sort(F.collect_list(each)).alias("actions"))
    )
    within = F.filter(
        "actions", lambda action: (action["ex_date"] > F.col(after)) & (action["ex_date"] <= F.col(up_to))
    )
    became = F.aggregate(within, _a_unit(F.lit(1), F.lit(0)), _acted)
    return (
        rows.join(F.broadcast(listed), on="instrument_id", how="left")
        .withColumn("became", F.coalesce(became, _a_unit(F.lit(1), F.lit(0))))
        .withColumns({"n_units": F.col("became.n_units"), "dividends_per_unit": F.col("became.dividends")})
        .drop("actions", "became")
    )


def _a_unit(n_units: Column, dividends: Column) -> Column:
    return F.struct(n_units.cast(_EXACT).alias("n_units"), dividends.cast(_EXACT).alias("dividends"))


def _acted(unit: Column, action: Column) -> Column:
    paid = unit["n_units"] * action["dividend_per_unit"]
    return _a_unit(unit["n_units"] * action["new_units_per_unit"], unit["dividends"] + paid)


def overnight(corporate_actions: DataFrame, sessions: DataFrame) -> DataFrame:
    """What a unit that was held at the close of the session before became by each session: only where something happened.

    Columns session_date, instrument_id, n_units, dividends_per_unit. An ex-date that is no session counts in the next one.
    """
    acted = standing(corporate_actions).select("instrument_id").distinct()
    became = with_what_became(
        acted.crossJoin(F.broadcast(nights(sessions))), corporate_actions, "before_date", "session_date"
    )
    return became.where("n_units <> 1 OR dividends_per_unit <> 0").drop("before_date")
