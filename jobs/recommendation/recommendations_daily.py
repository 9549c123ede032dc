"""What may be offered to each client, best first: suitable, tradable, affordable, not held, not sold just now.

A client with several accounts is taken at the account with the lowest level, and with the cash of all; one without an
open account is offered nothing. Cash of all currencies and smallest orders are compared in the book's; what is ordered in a currency without a rate is not offered.

Lists need everybody's interactions at once, so each session is one Python task: its clients and products come to it by
cogroup, the interactions of the run's lookback go to every task. They are counted by client, product and session, so
they are bounded by what people do, not by events; at some twenty million of them they no longer fit a worker, and the
matrix that EASE inverts (products x products) should then be summed in Spark.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from jobs.market.exchange_rates import BOOK_CURRENCY, Rates, rates_at
from jobs.recommendation.lists import Day, History, ListParams, Row, lists
from jobs.session_days import days_of
from jobs.transactions.valuation import PRICE_AGE_DAYS, PRICE_AGE_SESSIONS
from lake.arrow import arrow_fields
from lake.job import Job, as_of, lookback
from lake.sessions import book_calendar
from lake.structs import struct_type
from models.recommendation import ease
from models.recommendation.interactions import STRENGTHS, InteractionParams
from models.recommendation.suitability import max_product_level_sql
from schemas.clients import ACCOUNTS
from schemas.market import BARS, EXCHANGE_RATES, INSTRUMENTS
from schemas.recommendation import INTERACTIONS_DAILY, RECOMMENDATIONS_DAILY
from schemas.transactions import CASH_DAILY, CORRECTED_FILLS, POSITIONS_DAILY

_CLIENT = ["session_date", "client_id"]
_ACCOUNT = ["session_date", "account_id"]
_COLUMNS = tuple(column for column in RECOMMENDATIONS_DAILY.columns if column.name != "revision")
PRICE_SESSIONS = 4
"""Sessions before this one within which a product must have had a price to be offered."""
SALE_SESSIONS = 22
"""Sessions that hold the thirty calendar days after a sale."""


@dataclass(frozen=True)
class Params:
    """n_shown: rows a client. name: what the rows call this set. history_sessions: sessions whose interactions count.

    book_currency: ISO 4217 code of the book. rate_age_days: how old a rate may be.
    strengths, half_life_days, not_now_days (after a sale): DOMAIN §5.1. regularisation, own_interest: see EaseParams.
    """

    n_shown: int
    name: str
    history_sessions: int
    regularisation: float
    own_interest: float
    strengths: tuple[tuple[str, float], ...] = tuple(STRENGTHS.items())
    half_life_days: float = 180.0
    not_now_days: int = 30
    book_currency: str = BOOK_CURRENCY
    rate_age_days: int = PRICE_AGE_DAYS

    @property
    def of_lists(self) -> ListParams:
        fading = InteractionParams(dict(self.strengths), half_life_days=self.half_life_days)
        return ListParams(
            self.n_shown, self.name, ease.EaseParams(self.regularisation, self.own_interest), fading
        )


def recommendations_daily(
    interactions_daily: DataFrame,
    positions_daily: DataFrame,
    cash_daily: DataFrame,
    corrected_fills: DataFrame,
    instruments: DataFrame,
    accounts: DataFrame,
    bars: DataFrame,
    exchange_rates: DataFrame,
    sessions: DataFrame,
    params: Params,
) -> DataFrame:
    rates = rates_at(exchange_rates, sessions, params.rate_age_days)
    in_book = rates.translated(cash_daily, params.book_currency, "closing_cash_amount")
    wanted = interactions_daily.select("session_date", "client_id", "instrument_id", "strength_score")
    history = History.of(wanted.toArrow())
    firsts = _firsts(sessions, params.history_sessions)
    clients = _clients(accounts, positions_daily, in_book, corrected_fills, sessions, params)
    products = _products(instruments, bars, sessions, rates, params.book_currency)
    return (
        clients.groupBy("session_date")
        .cogroup(products.groupBy("session_date"))
        .applyInArrow(_listing(history, firsts, params.of_lists), struct_type(_COLUMNS))
    )


def _clients(
    accounts: DataFrame,
    positions_daily: DataFrame,
    cash_daily: DataFrame,
    corrected_fills: DataFrame,
    sessions: DataFrame,
    params: Params,
) -> DataFrame:
    """A row a session and client with an open account: level, free cash, what it holds, what it sold just now."""
    opened = accounts.where("account_status = 'open'")
    owners = accounts.select(*_ACCOUNT, "client_id")
    cash = cash_daily.join(owners, _ACCOUNT, how="inner").groupBy(*_CLIENT)
    held = positions_daily.join(owners, _ACCOUNT, how="inner").groupBy(*_CLIENT)
    sold = _sold(corrected_fills, owners, sessions, params).groupBy(*_CLIENT)
    instruments = F.collect_set("instrument_id")
    return (
        _levels(opened)
        .join(cash.agg(F.sum("closing_cash_amount").alias("free_cash_amount")), _CLIENT, how="left")
        .join(held.agg(instruments.alias("held")), _CLIENT, how="left")
        .join(sold.agg(instruments.alias("not_now")), _CLIENT, how="left")
    )


def _levels(opened: DataFrame) -> DataFrame:
    """Each client at its account with the lowest level."""
    lowest = Window.partitionBy(*_CLIENT).orderBy(F.expr(max_product_level_sql()), "account_id")
    return (
        opened.withColumn("place", F.row_number().over(lowest))
        .where("place = 1")
        .select(*_CLIENT, "client_type", "client_risk_level", "risk_level_expires_date")
    )


def _sold(fills: DataFrame, owners: DataFrame, sessions: DataFrame, params: Params) -> DataFrame:
    """session_date, client_id, instrument_id: what was sold in the days up to the session."""
    sales = (
        fills.where("side = 'sell'")
        .select(F.col("session_date").alias("sold_date"), "account_id", "instrument_id")
        .distinct()
    )
    looking = F.broadcast(sessions.select("session_date"))
    age = F.date_diff("session_date", "sold_date")
    recent = sales.join(looking, (age >= 0) & (age <= params.not_now_days), how="inner")
    return recent.join(owners, _ACCOUNT, how="inner")


def _products(
    instruments: DataFrame, bars: DataFrame, sessions: DataFrame, rates: Rates, book_currency: str
) -> DataFrame:
    """A row a session and instrument, and whether it may be traded: not suspended, not matured, with a price and a rate.

    minimum_order_amount: in the book's currency.
    """
    spans = list(_firsts(sessions, PRICE_SESSIONS).items())
    looking = sessions.sparkSession.createDataFrame(spans, "session_date date, prices_from_date date")
    prices = bars.select(F.col("session_date").alias("price_date"), "instrument_id")
    in_span = F.expr("price_date BETWEEN prices_from_date AND session_date")
    priced = (
        prices.join(F.broadcast(looking), in_span, how="inner")
        .select("session_date", "instrument_id", F.lit(True).alias("has_price"))
        .distinct()
    )
    matured = "maturity_date IS NOT NULL AND maturity_date <= session_date"
    may_be_traded = F.expr(
        f"is_tradable AND has_price IS NOT NULL AND NOT ({matured}) AND exchange_rate IS NOT NULL"
    )
    told = rates.looked_up(instruments, book_currency)
    has_rate = F.col("exchange_rate").isNotNull()
    least = F.when(has_rate, rates.of(F.col("minimum_order_amount"))).otherwise(F.col("minimum_order_amount"))
    return told.join(priced, ["session_date", "instrument_id"], how="left").select(
        "session_date",
        "instrument_id",
        "instrument_name",
        "product_risk_level",
        least.alias("minimum_order_amount"),
        may_be_traded.alias("may_be_traded"),
    )


def _listing(
    history: History, firsts: Mapping[date, date], params: ListParams
) -> Callable[[pa.Table, pa.Table], pa.Table]:
    def list_session(clients: pa.Table, products: pa.Table) -> pa.Table:
        rows = []
        if clients.num_rows and products.num_rows:
            today = clients["session_date"][0].as_py()
            day = Day(today, _sorted(clients, "client_id"), _sorted(products, "instrument_id"))
            rows = lists(day, history, firsts[today], params)
        return pa.Table.from_pylist(rows, schema=arrow_fields(_COLUMNS))

    return list_session


def _sorted(rows: pa.Table, name: str) -> list[Row]:
    found: list[Row] = rows.sort_by(name).to_pylist()
    return found


def _firsts(sessions: DataFrame, n_sessions: int) -> dict[date, date]:
    """For each session of the run, the one that lies `n_sessions` before it."""
    return {day: book_calendar().shift(day, -n_sessions) for day in days_of(sessions)}


JOB = Job(
    writes=RECOMMENDATIONS_DAILY,
    reads=(
        lookback(INTERACTIONS_DAILY, "history_sessions"),
        POSITIONS_DAILY,
        CASH_DAILY,
        lookback(CORRECTED_FILLS, SALE_SESSIONS),
        as_of(INSTRUMENTS),
        as_of(ACCOUNTS),
        lookback(BARS, PRICE_SESSIONS),
        lookback(EXCHANGE_RATES, PRICE_AGE_SESSIONS),
    ),
    transform=recommendations_daily,
    params={
        "standard": Params(10, "standard", 120, ease.STANDARD.regularisation, ease.STANDARD.own_interest),
        "small": Params(5, "small", 20, ease.SMALL.regularisation, ease.SMALL.own_interest),
    },
)
