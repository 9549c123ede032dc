"""In how few names an account's money lies at the end of a session, and how long leaving them would take.

Net assets are cash, positions and dividends that are due, less what a margin contract has lent and its interest: all
currencies, in the book's at the session's rates. A single name and the top five are measured against them, the Herfindahl
index against the positions alone. Days to leave are those of the position that takes longest, at a share of the average
volume of the last sessions; an instrument without any volume cannot be left by selling, and is counted apart.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.market.exchange_rates import BOOK_CURRENCY, rates_at
from jobs.session_days import days_of
from jobs.transactions.corporate_actions import with_what_became
from jobs.transactions.valuation import PRICE_AGE_DAYS, PRICE_AGE_SESSIONS
from lake.arrow import arrow_fields
from lake.job import Job, as_of, lookback, whole
from lake.sessions import book_calendar
from lake.structs import struct_type
from models.risk.concentration import concentrations
from models.risk.liquidity import PARTICIPATION, days_to_leave
from schemas.market import BARS, CORPORATE_ACTIONS, EXCHANGE_RATES
from schemas.risk import CONCENTRATION_DAILY, MARGIN_CONTRACTS
from schemas.transactions import CASH_DAILY, DIVIDENDS_RECEIVABLE_DAILY, POSITION_VALUES_DAILY

_COLUMNS = CONCENTRATION_DAILY.columns
_ROWS = arrow_fields(_COLUMNS)


@dataclass(frozen=True)
class Params:
    """warning_ratio, act_ratio: of net assets in one name; DOMAIN §2.3, R21. participation: share of the volume, §3.2.

    volume_sessions: over which the volume is averaged, R21's ADV(20).
    book_currency: ISO 4217 code of the book.
    """

    warning_ratio: float = 0.30
    act_ratio: float = 0.50
    participation: float = PARTICIPATION
    rate_age_days: int = PRICE_AGE_DAYS
    volume_sessions: int = PRICE_AGE_SESSIONS
    book_currency: str = BOOK_CURRENCY


def concentration_daily(
    position_values_daily: DataFrame,
    cash_daily: DataFrame,
    dividends_receivable_daily: DataFrame,
    margin_contracts: DataFrame,
    bars: DataFrame,
    corporate_actions: DataFrame,
    exchange_rates: DataFrame,
    sessions: DataFrame,
    params: Params,
) -> DataFrame:
    """One row a session and account that holds something."""
    rates = rates_at(exchange_rates, sessions, params.rate_age_days)
    held = rates.translated(position_values_daily, params.book_currency, "market_value_amount")
    rows = held.join(
        _average_volumes(bars, corporate_actions, sessions, params),
        on=["session_date", "instrument_id"],
        how="left",
    ).select(
        "session_date",
        "account_id",
        "instrument_id",
        "position_quantity",
        "market_value_amount",
        "average_volume",
    )
    owed = F.col("financed_amount") + F.col("interest_amount")
    parts = (
        _part(cash_daily, F.col("closing_cash_amount"))
        .unionByName(_part(dividends_receivable_daily, F.col("closing_receivable_amount")))
        .unionByName(_part(margin_contracts, -owed))
    )
    beside = (
        rates.translated(parts, params.book_currency, "beside_amount")
        .groupBy("session_date", "account_id")
        .agg(F.sum("beside_amount").alias("beside_amount"))
    )
    return (
        rows.groupBy("session_date")
        .cogroup(beside.groupBy("session_date"))
        .applyInArrow(_measured(params), struct_type(_COLUMNS))
    )


def _part(rows: DataFrame, amount: Column) -> DataFrame:
    """Of the net assets what is no position; a debt is below zero."""
    return rows.select("session_date", "account_id", "currency_code", amount.alias("beside_amount"))


def _average_volumes(
    bars: DataFrame, corporate_actions: DataFrame, sessions: DataFrame, params: Params
) -> DataFrame:
    """Of each session of the run: an instrument's volume over the last sessions in that one's units, those without a bar
    counted as none."""
    calendar = book_calendar()
    reached = [
        (day, back) for day in days_of(sessions) for back in calendar.last(day, params.volume_sessions)
    ]
    pairs = bars.sparkSession.createDataFrame(reached, "session_date date, traded_date date")
    traded = bars.select(F.col("session_date").alias("traded_date"), "instrument_id", "traded_quantity")
    volumes = traded.join(F.broadcast(pairs), on="traded_date", how="inner")
    average = F.sum(F.col("traded_quantity") * F.col("n_units")) / F.lit(params.volume_sessions)
    return (
        with_what_became(volumes, corporate_actions, "traded_date", "session_date")
        .groupBy("session_date", "instrument_id")
        .agg(average.cast("double").alias("average_volume"))
    )


def _measured(params: Params) -> Callable[[pa.Table, pa.Table], pa.Table]:
    def measure(positions: pa.Table, beside: pa.Table) -> pa.Table:
        # What is worth nothing is nothing to concentrate in.
        held = positions.filter(pc.not_equal(positions["market_value_amount"], 0))
        return _rows(held, beside, params) if held.num_rows else _ROWS.empty_table()

    return measure


def _rows(positions: pa.Table, beside: pa.Table, params: Params) -> pa.Table:
    """Of one session, accounts sorted."""
    held = positions.sort_by([("account_id", "ascending"), ("instrument_id", "ascending")])
    held = held.append_column("size_amount", pc.abs(held["market_value_amount"]))
    owners = (
        held.group_by("account_id")
        .aggregate([("market_value_amount", "sum"), ("size_amount", "sum"), ("instrument_id", "count")])
        .sort_by("account_id")
    )
    amounts = {row["account_id"]: row["beside_amount"] for row in beside.to_pylist()}
    net_assets = [
        row["market_value_amount_sum"] + amounts.get(row["account_id"], 0) for row in owners.to_pylist()
    ]
    offsets = np.cumsum([0, *owners["instrument_id_count"].to_pylist()])
    found = concentrations(
        offsets,
        held["market_value_amount"].cast(pa.float64()).to_numpy(),
        [float(each) for each in net_assets],
    )
    columns = {
        "session_date": pa.repeat(held["session_date"][0], len(net_assets)),
        "account_id": owners["account_id"],
        "currency_code": pa.repeat(params.book_currency, len(net_assets)),
        "net_assets_amount": pa.array(net_assets, pa.decimal128(38, 4)),
        "gross_exposure_amount": owners["size_amount_sum"],
        "n_positions": owners["instrument_id_count"],
        "largest_instrument_id": held["instrument_id"].take(pa.array(found.largest_place)),
        "largest_name_ratio": pa.array(found.largest_ratio, from_pandas=True),
        "top_five_ratio": pa.array(found.top_five_ratio, from_pandas=True),
        "herfindahl_index": pa.array(found.herfindahl_index),
        "concentration_level": pa.array(
            [_level(each, params) for each in found.largest_ratio.tolist()], pa.string()
        ),
        **_leaving(held, offsets, params.participation),
    }
    return pa.table([columns[field.name].cast(field.type) for field in _ROWS], schema=_ROWS)


def _level(largest_ratio: float, params: Params) -> str | None:
    if np.isnan(largest_ratio):
        return None
    if largest_ratio >= params.act_ratio:
        return "act"
    return "warning" if largest_ratio >= params.warning_ratio else "within"


def _leaving(held: pa.Table, offsets: np.ndarray, participation: float) -> dict[str, pa.Array]:
    days = days_to_leave(
        held["position_quantity"].cast(pa.float64()).to_numpy(),
        pc.fill_null(held["average_volume"], 0.0).to_numpy(),
        participation,
    )
    can_be_left = np.isfinite(days)
    longest = np.maximum.reduceat(np.where(can_be_left, days, -np.inf), offsets[:-1])
    return {
        "days_to_leave": pa.array(np.where(np.isfinite(longest), longest, np.nan), from_pandas=True),
        "n_without_volume": pa.array(np.add.reduceat((~can_be_left).astype(np.int64), offsets[:-1])),
    }


JOB = Job(
    writes=CONCENTRATION_DAILY,
    reads=(
        POSITION_VALUES_DAILY,
        CASH_DAILY,
        DIVIDENDS_RECEIVABLE_DAILY,
        as_of(MARGIN_CONTRACTS),
        lookback(BARS, sessions="volume_sessions"),
        whole(CORPORATE_ACTIONS),
        lookback(EXCHANGE_RATES, PRICE_AGE_SESSIONS),
    ),
    transform=concentration_daily,
    params={"standard": Params(), "small": Params()},
)
