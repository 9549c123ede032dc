"""Each account's cash through a session: opening, external flows, income, exchanges, trades and fees make closing.

An account has a row a session from its first movement or trade on, with what stayed the same where nothing moved. A
trade's amount is quantity times price, rounded half-up to 4 places fill by fill. An exchange of currencies leaves one of an
account's rows and comes into another, as it was dealt: it is neither external nor income.
"""

from __future__ import annotations

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from jobs.transactions.amounts import as_amount, notional
from lake.job import Job, opening
from schemas.transactions import CASH_DAILY, CASH_MOVEMENTS, CORRECTED_FILLS, CURRENCY_EXCHANGES

EXTERNAL = ("deposit", "withdrawal")
INCOME = ("interest", "dividend", "fee", "tax")

_OWNER = ["account_id", "currency_code"]
_FLOWS = [
    "external_flow_amount",
    "income_amount",
    "exchange_flow_amount",
    "trade_flow_amount",
    "trade_fee_amount",
]


def cash_daily(
    corrected_fills: DataFrame,
    cash_movements: DataFrame,
    currency_exchanges: DataFrame,
    opening_cash_daily: DataFrame,
    sessions: DataFrame,
) -> DataFrame:
    """One row a session, account and currency."""
    flows = _summed(
        _movement_flows(cash_movements)
        .unionByName(_exchange_flows(currency_exchanges), allowMissingColumns=True)
        .unionByName(_trade_flows(corrected_fills), allowMissingColumns=True)
    )
    opened = opening_cash_daily.select(
        *_OWNER, "session_date", F.col("closing_cash_amount").alias("opened_amount")
    )
    rows = _owners(flows, opened, sessions).join(flows, on=["session_date", *_OWNER], how="left")
    return _rolled(rows.withColumns({name: F.coalesce(name, F.lit(0)) for name in _FLOWS}))


def _movement_flows(cash_movements: DataFrame) -> DataFrame:
    kind = F.col("cash_movement_type")
    return cash_movements.select(
        "session_date",
        *_OWNER,
        F.when(kind.isin(*EXTERNAL), F.col("cash_amount")).alias("external_flow_amount"),
        F.when(kind.isin(*INCOME), F.col("cash_amount")).alias("income_amount"),
    )


def _exchange_flows(currency_exchanges: DataFrame) -> DataFrame:
    """Both sides of each exchange, a row each."""
    sold, bought = (
        currency_exchanges.select(
            "session_date",
            "account_id",
            F.col(f"{side}_currency_code").alias("currency_code"),
            (F.col(f"{side}_amount") * sign).cast("decimal(20,4)").alias("exchange_flow_amount"),
        )
        for side, sign in (("sold", -1), ("bought", 1))
    )
    return sold.unionByName(bought)


def _trade_flows(corrected_fills: DataFrame) -> DataFrame:
    amount = notional("quantity", "price")
    flow = F.when(F.col("side") == "sell", amount).when(F.col("side") == "buy", -amount)
    return corrected_fills.select(
        "session_date",
        *_OWNER,
        flow.alias("trade_flow_amount"),
        F.col("fee_amount").alias("trade_fee_amount"),
    )


def _summed(flows: DataFrame) -> DataFrame:
    return flows.groupBy("session_date", *_OWNER).agg(*[F.sum(name).alias(name) for name in _FLOWS])


def _owners(flows: DataFrame, opened: DataFrame, sessions: DataFrame) -> DataFrame:
    """Each account and currency in every session of the run from its first one on, with what it had before the run."""
    first = (
        flows.unionByName(opened, allowMissingColumns=True)
        .groupBy(*_OWNER)
        .agg(F.min("session_date").alias("first_session_date"), F.sum("opened_amount").alias("opened_amount"))
    )
    has_begun = F.col("first_session_date") <= F.col("session_date")
    return first.join(F.broadcast(sessions.select("session_date")), has_begun, how="inner").drop(
        "first_session_date"
    )


def _rolled(rows: DataFrame) -> DataFrame:
    so_far = Window.partitionBy(*_OWNER).orderBy("session_date").rowsBetween(Window.unboundedPreceding, 0)
    moved = (
        F.col("external_flow_amount")
        + F.col("income_amount")
        + F.col("exchange_flow_amount")
        + F.col("trade_flow_amount")
        - F.col("trade_fee_amount")
    )
    closing = F.coalesce("opened_amount", F.lit(0)) + F.sum("moved_amount").over(so_far)
    return (
        rows.withColumn("moved_amount", moved)
        .withColumn("closing_amount", closing)
        .select(
            "session_date",
            *_OWNER,
            as_amount(F.col("closing_amount") - F.col("moved_amount")).alias("opening_cash_amount"),
            *[as_amount(F.col(name)).alias(name) for name in _FLOWS],
            as_amount(F.col("closing_amount")).alias("closing_cash_amount"),
        )
    )


JOB = Job(
    writes=CASH_DAILY,
    reads=(CORRECTED_FILLS, CASH_MOVEMENTS, CURRENCY_EXCHANGES, opening(CASH_DAILY)),
    transform=cash_daily,
)
