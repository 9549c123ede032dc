"""An invented book: accounts that hold twenty of three hundred instruments each, some of them funds, and their prices.

All of it follows from numbers by arithmetic, so that the same size gives the same book.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession

from jobs.transactions.valuation import PRICE_AGE_DAYS, valued
from lake.sessions import book_calendar
from lake.structs import struct_type
from schemas.declaration import Table
from schemas.market import CORPORATE_ACTIONS, EXCHANGE_RATES, SUSPECT_PRICES_DAILY
from schemas.transactions import CASH_DAILY

LAST = date(2022, 12, 23)
POSITIONS_AN_ACCOUNT = 20
INSTRUMENTS, FUNDS, PARTS_A_FUND = 300, 10, 10


@dataclass(frozen=True)
class Size:
    accounts: int
    scenarios: int = 1_000
    sessions: int = 1
    positions: int = POSITIONS_AN_ACCOUNT

    @property
    def days(self) -> list[date]:
        return book_calendar().last(LAST, self.sessions)


@dataclass(frozen=True)
class Book:
    """The frames that `value_at_risk_daily` is given, in the order of its arguments."""

    position_values_daily: DataFrame
    cash_daily: DataFrame
    bars: DataFrame
    suspect_prices_daily: DataFrame
    corporate_actions: DataFrame
    exchange_rates: DataFrame
    instruments: DataFrame
    accounts: DataFrame
    sessions: DataFrame

    @property
    def frames(self) -> tuple[DataFrame, ...]:
        return tuple(getattr(self, each.name) for each in fields(self))


def book(spark: SparkSession, size: Size) -> Book:
    """No cash, no suspect prices, no corporate actions, and all in one currency."""

    def none(table: Table) -> DataFrame:
        return spark.createDataFrame([], struct_type(table.columns))

    bars = spark.createDataFrame(_bars(size))
    actions = none(CORPORATE_ACTIONS)
    held = _each_day(_positions(spark, size), size)
    return Book(
        position_values_daily=valued(held, bars, actions, PRICE_AGE_DAYS),
        cash_daily=none(CASH_DAILY),
        bars=bars,
        suspect_prices_daily=none(SUSPECT_PRICES_DAILY),
        corporate_actions=actions,
        exchange_rates=none(EXCHANGE_RATES),
        instruments=_each_day(spark.createDataFrame(_instruments()), size),
        accounts=_each_day(_accounts(spark, size), size),
        sessions=_sessions(spark, size),
    )


def _each_day(frame: DataFrame, size: Size) -> DataFrame:
    days = ", ".join(f"DATE'{day}'" for day in size.days)
    return frame.selectExpr("*", f"explode(array({days})) AS session_date")


def _sessions(spark: SparkSession, size: Size) -> DataFrame:
    found = [book_calendar().session(day) for day in size.days]
    rows = [(each.day, each.opens_at, each.closes_at) for each in found]
    return spark.createDataFrame(rows, "session_date date, opens_at timestamp, closes_at timestamp")


def _account_id(number: str) -> str:
    return f"concat('A', substr(md5(cast({number} AS string)), 1, 12))"


def _positions(spark: SparkSession, size: Size) -> DataFrame:
    # 13 and the number of instruments have no divisor in common, so an account holds none twice.
    instrument = f"(number * 7 + place * 13) % {INSTRUMENTS}"
    return (
        spark.range(size.accounts * size.positions)
        .selectExpr(f"id DIV {size.positions} AS number", f"id % {size.positions} AS place")
        .selectExpr(
            f"{_account_id('number')} AS account_id",
            f"concat('I', lpad(cast({instrument} AS string), 6, '0')) AS instrument_id",
            "cast(1 + (number * 31 + place * 17) % 900 AS decimal(20,8)) AS position_quantity",
            "cast(100 AS decimal(20,4)) AS cost_amount",
            "'USD' AS currency_code",
        )
    )


def _accounts(spark: SparkSession, size: Size) -> DataFrame:
    return spark.range(size.accounts).selectExpr(
        f"{_account_id('id')} AS account_id",
        "if(id % 10 = 0, 'professional', 'ordinary') AS client_type",
        "concat('C', cast(1 + id % 5 AS string)) AS client_risk_level",
    )


def instrument_ids() -> list[str]:
    return [f"I{number:06}" for number in range(INSTRUMENTS)]


def _bars(size: Size) -> pa.Table:
    """As many sessions as the first one looks back to, and the sessions themselves; a fund's own closes are not read."""
    days = book_calendar().last(LAST, size.scenarios + size.sessions)
    chance = np.random.default_rng(1)
    moves = chance.standard_t(4, (len(days), INSTRUMENTS)) * 0.01
    closes = np.rint(5_000 * np.exp(np.cumsum(moves, axis=0) * 0.3))
    return pa.table(
        {
            "session_date": pa.array(np.repeat(np.array(days, dtype="datetime64[D]"), INSTRUMENTS)),
            "instrument_id": pa.array(instrument_ids() * len(days)),
            "mic_code": pa.repeat("XNYS", closes.size),
            "close_price": pa.array(closes.ravel() / 100).cast(pa.decimal128(18, 8)),
            "currency_code": pa.repeat("USD", closes.size),
        }
    )


def _instruments() -> pa.Table:
    rows = [
        {
            "instrument_id": name,
            "instrument_type": "fund" if number < FUNDS else "stock",
            "basket": _basket(number) if number < FUNDS else None,
            "currency_code": "USD",
        }
        for number, name in enumerate(instrument_ids())
    ]
    part = pa.struct([("instrument_id", pa.string()), ("weight_ratio", pa.decimal128(12, 8))])
    schema = pa.schema(
        [
            ("instrument_id", pa.string()),
            ("instrument_type", pa.string()),
            ("basket", pa.list_(part)),
            ("currency_code", pa.string()),
        ]
    )
    return pa.Table.from_pylist(rows, schema=schema)


def _basket(number: int) -> list[dict[str, object]]:
    parts = instrument_ids()[FUNDS + number * PARTS_A_FUND :][:PARTS_A_FUND]
    return [{"instrument_id": name, "weight_ratio": Decimal("0.1")} for name in parts]
