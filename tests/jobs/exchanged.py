"""Rates as a source sends them, and cash in several currencies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.market import EXCHANGE_RATES
from schemas.transactions import CASH_DAILY
from tests.rows import frame

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from pyspark.sql import DataFrame, SparkSession


def rates(
    spark: SparkSession, quoted: Mapping[str, Mapping[date, object]] | None = None, into: str = "USD"
) -> DataFrame:
    """`silver.exchange_rates` with these rates by currency and session; without any, nothing but one currency is known."""
    return frame(spark, EXCHANGE_RATES, *[
        {"session_date": day, "base_currency_code": base, "quote_currency_code": into, "exchange_rate": rate}
        for base, listed in (quoted or {}).items()
        for day, rate in listed.items()
    ])  # fmt: skip


def cash(spark: SparkSession, *held: tuple[str, str, object], days: tuple[date, ...] = ()) -> DataFrame:
    """`gold.cash_daily` of these days: account, currency, what it closes with."""
    return frame(spark, CASH_DAILY, *[
        {"session_date": day, "account_id": who, "currency_code": currency, "closing_cash_amount": amount}
        for day in days
        for who, currency, amount in held
    ])  # fmt: skip
