"""A session's profit of rows by account and currency: what each gained in its own currency, and in the book's.

An exchange between an account's currencies is no profit in either. In the book's currency a row's values and flows are taken
at the rates of their sessions, each rounded half-up to 4 places. V are values, r rates, of the session (1) and the one before
(0), F the external flow, X the exchange flow, and the row's profit is V1 - V0 - F - X:

    V1 r1 - V0 r0 - F r1 - X r1 = profit r1 + V0 (r1 - r0)

The last term is the currency effect: what holding the currency gained. Over all rows of an account X r1 would add up to nothing
had it dealt at the session's rates. It did not quite, so that the sum is what its exchanges brought against them, a gain where
positive: the exchange difference. It is part of the book profit and stands in one row, that of the first currency by its code,
the book's last, whose cash an exchange changed. Then what an account's rows gained is what it is worth now, less what it was
worth, less external flows, all in the book's currency. Clean profit carries the rate as well: positions before, and cash before,
which risk counts as positions where it is in another currency (`jobs/risk/held_positions.py`).
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from jobs.market.exchange_rates import Rates
from jobs.transactions.amounts import as_amount

_OWNER = ["account_id", "currency_code"]
_CARRIED_ON = ("value_amount", "position_value_amount", "cash_amount")
_OF_THE_SESSION = ("carried_value_amount", "external_flow_amount", "exchange_flow_amount")
_IN_BOTH = (
    "opening_value_amount",
    "external_flow_amount",
    "closing_value_amount",
    "profit_amount",
    "clean_profit_amount",
)


def in_book_currency(profit_and_loss_daily: DataFrame) -> DataFrame:
    """The rows with the same amounts in the book's currency; rows from before there were any others are in it."""
    return profit_and_loss_daily.withColumns({name: F.coalesce(f"book_{name}", name) for name in _IN_BOTH})


def with_profits(values: DataFrame, rates: Rates, book_currency: str) -> DataFrame:
    """Profits, values and flows of each row, in its own currency and as book_… in the book's.

    values: one row a session, account and currency, summed; rates: of these sessions and the one before the first. What an
    account's first row opened with is nothing.
    """
    told = {f"book_{name}": rates.of(F.col(name)) for name in (*_CARRIED_ON, *_OF_THE_SESSION)}
    with_book = rates.looked_up(values, book_currency).withColumns(told)
    by_session = Window.partitionBy(*_OWNER).orderBy("session_date")
    before = {
        f"{name}_before": F.coalesce(F.lag(name).over(by_session), F.lit(0).cast("decimal(20,4)"))
        for name in (*_CARRIED_ON, "unrealised_profit_amount", *(f"book_{each}" for each in _CARRIED_ON))
    }
    opened = with_book.withColumns(before).withColumns(
        {
            "value_now": rates.of(F.col("value_amount_before")),
            "cash_now": rates.of(F.col("cash_amount_before")),
            "exchange_difference": _exchange_difference(),
        }
    )
    return opened.select(
        "session_date",
        *_OWNER,
        *[as_amount(exact).alias(f"{name}_amount") for name, exact in (*_own().items(), *_book().items())],
        "n_stale_prices",
        F.col("into_currency_code").alias("book_currency_code"),
        F.col("exchange_rate").alias("book_exchange_rate"),
    )


def _own() -> dict[str, Column]:
    """What a row says in its own currency, without `_amount`."""
    c = F.col
    flows = c("external_flow_amount") + c("exchange_flow_amount")
    as_summed = (
        "external_flow", "exchange_flow", "realised_profit", "unrealised_profit", "earned_income", "trade_fee",
    )  # fmt: skip
    return {
        "opening_value": c("value_amount_before"),
        "closing_value": c("value_amount"),
        "profit": c("value_amount") - c("value_amount_before") - flows,
        "clean_profit": c("carried_value_amount") - c("position_value_amount_before"),
        "unrealised_change": c("unrealised_profit_amount") - c("unrealised_profit_amount_before"),
        **{name: c(f"{name}_amount") for name in as_summed},
    }


def _book() -> dict[str, Column]:
    """What a row says in the book's currency, without `_amount`."""
    c = F.col
    gained = c("book_value_amount") - c("book_value_amount_before")
    flows = c("book_external_flow_amount") + c("book_exchange_flow_amount")
    of_positions = c("book_carried_value_amount") - c("book_position_value_amount_before")
    return {
        "book_opening_value": c("book_value_amount_before"),
        "book_external_flow": c("book_external_flow_amount"),
        "book_exchange_flow": c("book_exchange_flow_amount"),
        "book_closing_value": c("book_value_amount"),
        "book_profit": gained - flows + c("exchange_difference"),
        "book_clean_profit": of_positions + c("cash_now") - c("book_cash_amount_before"),
        "currency_effect": c("value_now") - c("book_value_amount_before"),
        "exchange_difference": c("exchange_difference"),
    }


def _exchange_difference() -> Column:
    """All of the account's in the row that it stands in, nothing in the others."""
    of_account = Window.partitionBy("session_date", "account_id")
    is_home = F.col("currency_code") == F.col("into_currency_code")
    place = F.when(F.col("exchange_flow_amount") != 0, F.struct(is_home, "currency_code"))
    is_first = place == F.min(place).over(of_account)
    whole = F.sum("book_exchange_flow_amount").over(of_account)
    return F.when(F.coalesce(is_first, F.lit(False)), whole).otherwise(0)
