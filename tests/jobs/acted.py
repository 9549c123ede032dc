"""Corporate actions as a source sends them, and closes that are held back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.market import CORPORATE_ACTIONS, SUSPECT_PRICES_DAILY
from tests.rows import frame

if TYPE_CHECKING:
    from datetime import date

    from pyspark.sql import DataFrame, SparkSession

Case = dict[str, object]


def split(instrument_id: str, day: date, n_units: object, **case: object) -> Case:
    """Each unit becomes so many."""
    said = {"corporate_action_type": "split", "new_units_per_unit": n_units}
    return {**_of(instrument_id, day, "split"), **said, **case}


def dividend(instrument_id: str, day: date, a_unit: object, **case: object) -> Case:
    """Each unit is paid so much."""
    said = {"corporate_action_type": "cash_dividend", "dividend_per_unit": a_unit}
    return {**_of(instrument_id, day, "dividend"), **said, **case}


def _of(instrument_id: str, day: date, kind: str) -> Case:
    return {
        "instrument_id": instrument_id,
        "ex_date": day,
        "payment_date": day,
        "corporate_action_id": f"{instrument_id}-{kind}-{day}",
    }


def actions(spark: SparkSession, *cases: Case) -> DataFrame:
    """`silver.corporate_actions` with these; without cases nothing ever happens."""
    return frame(spark, CORPORATE_ACTIONS, *cases)


def suspects(spark: SparkSession, *cases: Case) -> DataFrame:
    """`gold.suspect_prices_daily` with these; without cases every close is trusted."""
    return frame(spark, SUSPECT_PRICES_DAILY, *cases)
