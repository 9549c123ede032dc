"""Positions at their value, as the job before makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.transactions.position_values_daily import Params, position_values_daily
from schemas.transactions import POSITIONS_DAILY
from tests.jobs.acted import actions, suspects
from tests.rows import frame

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyspark.sql import DataFrame, SparkSession

    from tests.jobs.acted import Case


def valued(
    positions: DataFrame, bars: DataFrame, held_back: Iterable[Case] = (), acted: Iterable[Case] = ()
) -> DataFrame:
    """`gold.position_values_daily` of these positions and closes; held_back: closes that are suspect."""
    spark = positions.sparkSession
    return position_values_daily(
        positions, bars, suspects(spark, *held_back), actions(spark, *acted), Params()
    )


def position_values(spark: SparkSession, bars: DataFrame, *positions: Case) -> DataFrame:
    """The same of positions as cases of `gold.positions_daily`."""
    return valued(frame(spark, POSITIONS_DAILY, *positions), bars)
