"""How far each account with a margin contract is from the lines of its contract, and which of them it has crossed.

The maintenance ratio is cash and positions at the session's close over all that is owed (DOMAIN §2.3, R20), in the contract's
currency at the session's rates. What an account has in a currency that it has a contract in counts for that one, all else for
its first contract by currency. Cash below zero, of all currencies together, is owed too. A line crossed downward is left again only some way
above it, so a session's level depends on that of the session before.

Where a position is valued at a stale price, the ratio is shown, the row counts it, and the level stays what it was: no
call and no forced sale comes from such a price, and none is taken back. An instrument without a haircut in force is no
collateral; haircuts do not enter the ratio.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import chain, groupby, islice
from operator import attrgetter
from typing import Any, NamedTuple

import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.market.exchange_rates import Rates, rates_at
from jobs.transactions.valuation import PRICE_AGE_DAYS, PRICE_AGE_SESSIONS
from lake.arrow import arrow_fields
from lake.job import Job, as_of, lookback, opening
from lake.structs import struct_type
from models.risk.margin import Ladder, MarginAccount, Rung
from schemas.market import EXCHANGE_RATES
from schemas.risk import HAIRCUTS, MARGIN_CONTRACTS, MARGIN_DAILY
from schemas.transactions import CASH_DAILY, POSITION_VALUES_DAILY

_OWNER = ["account_id", "currency_code"]
_SESSION_OWNER = ["session_date", *_OWNER]
_COLUMNS = MARGIN_DAILY.columns
_ROWS = arrow_fields(_COLUMNS)
_ROWS_A_BATCH = 10_000
_LEAST_RATIO, _LEAST_AMOUNT = Decimal("0.000001"), Decimal("0.0001")


@dataclass(frozen=True)
class Params:
    """Lines and the distance above them, fractions of one as text; usual contract lines, DOMAIN §2.3, R20."""

    warning_ratio: str = "1.50"
    call_ratio: str = "1.40"
    forced_sale_ratio: str = "1.30"
    clear_above_ratio: str = "0.02"
    rate_age_days: int = PRICE_AGE_DAYS

    @property
    def ladder(self) -> Ladder:
        return Ladder(
            Decimal(self.warning_ratio),
            Decimal(self.call_ratio),
            Decimal(self.forced_sale_ratio),
            Decimal(self.clear_above_ratio),
        )


class Standing(NamedTuple):
    """What an account has and owes at a session's end, or, with `opening_level` alone, where it stood before the run."""

    session_date: date
    account_id: str
    currency_code: str
    opening_level: Rung | None
    closing_cash_amount: Decimal
    securities_amount: Decimal
    collateral_amount: Decimal
    financed_amount: Decimal
    sold_short_amount: Decimal
    interest_amount: Decimal
    n_stale_prices: int
    n_without_haircut: int


def margin_daily(
    margin_contracts: DataFrame,
    haircuts: DataFrame,
    position_values_daily: DataFrame,
    cash_daily: DataFrame,
    exchange_rates: DataFrame,
    opening_margin_daily: DataFrame,
    sessions: DataFrame,
    params: Params,
) -> DataFrame:
    """One row a session, account and currency with a contract that was known at the session's close."""
    contracts = margin_contracts.select(*_SESSION_OWNER, "financed_amount", "interest_amount")
    rates = rates_at(exchange_rates, sessions, params.rate_age_days)
    held = _of_contracts(position_values_daily, contracts)
    sums = _position_sums(_in_contracts_currency(held, rates, "market_value_amount"), haircuts)
    cash = (
        _in_contracts_currency(_of_contracts(cash_daily, contracts), rates, "closing_cash_amount")
        .groupBy(*_SESSION_OWNER)
        .agg(F.sum("closing_cash_amount").alias("closing_cash_amount"))
    )
    standing = contracts.join(cash, on=_SESSION_OWNER, how="left").join(sums, on=_SESSION_OWNER, how="left")
    opened = opening_margin_daily.select(*_SESSION_OWNER, F.col("margin_level").alias("opening_level"))
    return (
        _with_collateral(standing)
        .unionByName(opened, allowMissingColumns=True)
        .select(*Standing._fields)
        .repartition(*_OWNER)
        .sortWithinPartitions(*_OWNER, "session_date")
        .mapInArrow(_down_the_ladder(params.ladder), struct_type(_COLUMNS))
    )


def _of_contracts(rows: DataFrame, contracts: DataFrame) -> DataFrame:
    """The rows of accounts that have a contract, with contract_currency_code: that of the contract that they count for."""
    of_account = contracts.groupBy("session_date", "account_id").agg(
        F.collect_set("currency_code").alias("contract_currencies"),
        F.min("currency_code").alias("first_currency_code"),
    )
    has_its_own = F.array_contains("contract_currencies", F.col("currency_code"))
    code = F.when(has_its_own, F.col("currency_code")).otherwise(F.col("first_currency_code"))
    return (
        rows.join(of_account, on=["session_date", "account_id"], how="inner")
        .withColumn("contract_currency_code", code)
        .drop("contract_currencies", "first_currency_code")
    )


def _in_contracts_currency(rows: DataFrame, rates: Rates, amount: str) -> DataFrame:
    code = F.col("contract_currency_code")
    return rates.translated(rows, code, amount).withColumn("currency_code", code)


def _position_sums(values: DataFrame, haircuts: DataFrame) -> DataFrame:
    in_force = haircuts.select("session_date", "instrument_id", "haircut_ratio")
    value, is_long = F.col("market_value_amount"), F.col("market_value_amount") > 0
    counts = F.coalesce(1 - F.col("haircut_ratio"), F.lit(0))
    collateral = F.round(value * counts, 4)
    return (
        values.join(F.broadcast(in_force), on=["session_date", "instrument_id"], how="left")
        .groupBy(*_SESSION_OWNER)
        .agg(
            F.sum(F.when(is_long, value)).alias("securities_amount"),
            F.sum(F.when(~is_long, -value)).alias("sold_short_amount"),
            F.sum(F.when(is_long, collateral)).alias("securities_collateral_amount"),
            # What is worth nothing at its old price has no part in the ratio.
            F.count_if(F.col("is_stale") & (value != 0)).alias("n_stale_prices"),
            F.count_if(F.col("haircut_ratio").isNull() & is_long).alias("n_without_haircut"),
        )
    )


def _with_collateral(standing: DataFrame) -> DataFrame:
    cash = _amount("closing_cash_amount")
    collateral = F.greatest(cash, F.lit(0)) + _amount("securities_collateral_amount")
    amounts = ("securities_amount", "sold_short_amount", "financed_amount", "interest_amount")
    return standing.select(
        *_SESSION_OWNER,
        F.lit(None).cast("string").alias("opening_level"),
        cash.alias("closing_cash_amount"),
        collateral.cast("decimal(20,4)").alias("collateral_amount"),
        *[_amount(name).alias(name) for name in amounts],
        *[F.coalesce(name, F.lit(0)).alias(name) for name in ("n_stale_prices", "n_without_haircut")],
    )


def _amount(name: str) -> Column:
    return F.coalesce(name, F.lit(0)).cast("decimal(20,4)")


def _down_the_ladder(ladder: Ladder) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Sorted standings, whole accounts a partition, to the rows of the table."""

    def levels(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        rows = chain.from_iterable(
            zip(*[column.to_pylist() for column in batch.columns], strict=True) for batch in batches
        )
        made = chain.from_iterable(
            session_levels(of_account, ladder)
            for _, of_account in groupby((Standing(*row) for row in rows), key=attrgetter(*_OWNER))
        )
        while taken := list(islice(made, _ROWS_A_BATCH)):
            yield from pa.Table.from_pylist(taken, schema=_ROWS).to_batches()

    return levels


def session_levels(standings: Iterable[Standing], ladder: Ladder) -> Iterator[dict[str, Any]]:
    """The rows of one account, its standings in order of session: the opening first, if there is one."""
    before: Rung = "none"
    for each in standings:
        if each.opening_level is not None:
            before = each.opening_level
            continue
        row = _row(each, ladder, before)
        yield row
        before = row["margin_level"]


def _row(standing: Standing, ladder: Ladder, before: Rung) -> dict[str, Any]:
    overdrawn = max(-standing.closing_cash_amount, Decimal(0))
    account = MarginAccount(
        cash=max(standing.closing_cash_amount, Decimal(0)),
        securities=standing.securities_amount,
        financed=standing.financed_amount + overdrawn,
        sold_short=standing.sold_short_amount,
        interest=standing.interest_amount,
    )
    ratio = account.maintenance_ratio
    level = ladder.next_rung(ratio, before, is_stale=standing.n_stale_prices > 0)
    restoring = account.cash_to_reach(ladder.warning).quantize(_LEAST_AMOUNT, ROUND_CEILING)
    return {
        **standing._asdict(),
        "debt_amount": account.debt,
        # Rounded down: what is below a line never looks as if it stood on it.
        "maintenance_ratio": None if ratio is None else ratio.quantize(_LEAST_RATIO, ROUND_FLOOR),
        "margin_level": level,
        "restoring_cash_amount": restoring,
        "is_call_issued": ladder.issues_call(level, before),
    }


JOB = Job(
    writes=MARGIN_DAILY,
    reads=(
        as_of(MARGIN_CONTRACTS),
        as_of(HAIRCUTS),
        POSITION_VALUES_DAILY,
        CASH_DAILY,
        lookback(EXCHANGE_RATES, PRICE_AGE_SESSIONS),
        opening(MARGIN_DAILY),
    ),
    transform=margin_daily,
    params={"standard": Params(), "small": Params()},
)
