"""Two small jobs on declared tables: what refreshing does with them needs no broker's arithmetic."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lake.job import Job, opening
from schemas.transactions import CASH_DAILY, CORRECTED_FILLS, FILLS, POSITIONS_DAILY


@dataclass(frozen=True)
class Params:
    """fee_factor: what fees are multiplied with, a number."""

    fee_factor: int = 1


def corrected_fills(fills: DataFrame) -> DataFrame:
    """Every fill as it is."""
    return fills.select(*[column.name for column in CORRECTED_FILLS.columns])


def positions_daily(corrected_fills: DataFrame, opening_positions_daily: DataFrame) -> DataFrame:
    """Bought so far, for the one session of a run."""
    bought = corrected_fills.select(
        "session_date", "account_id", "instrument_id", F.col("quantity").alias("position_quantity"),
        F.lit(0).cast("decimal(20,4)").alias("cost_amount"), "currency_code",
    )  # fmt: skip
    total = F.sum("position_quantity").cast("decimal(20,8)").alias("position_quantity")
    held = bought.unionByName(opening_positions_daily.select(*bought.columns))
    keys = ("account_id", "instrument_id", "currency_code", "cost_amount")
    return held.groupBy(*keys).agg(F.max("session_date").alias("session_date"), total)


def cash_daily(corrected_fills: DataFrame, params: Params) -> DataFrame:
    """Cash that starts at nothing each session; a fee above a hundred breaks its sum."""
    nothing = F.lit(0).cast("decimal(20,4)")
    fee = (F.sum("fee_amount") * params.fee_factor).cast("decimal(20,4)")
    closing = F.when(F.col("trade_fee_amount") > 100, nothing).otherwise(-F.col("trade_fee_amount"))
    return (
        corrected_fills.groupBy("session_date", "account_id", "currency_code")
        .agg(fee.alias("trade_fee_amount"))
        .withColumns(
            {
                **{
                    f"{name}_amount": nothing
                    for name in ("opening_cash", "external_flow", "income", "exchange_flow", "trade_flow")
                },
                "closing_cash_amount": closing.cast("decimal(20,4)"),
            }
        )
    )


FIRST = Job(writes=CORRECTED_FILLS, reads=(FILLS,), transform=corrected_fills)
CASH = Job(
    writes=CASH_DAILY,
    reads=(CORRECTED_FILLS,),
    transform=cash_daily,
    params={"standard": Params(), "small": Params(fee_factor=2)},
)
POSITIONS = Job(
    writes=POSITIONS_DAILY, reads=(CORRECTED_FILLS, opening(POSITIONS_DAILY)), transform=positions_daily
)
ALL = (FIRST, CASH, POSITIONS)
