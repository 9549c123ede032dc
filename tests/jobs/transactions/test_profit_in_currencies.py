"""Profit and loss of accounts in several currencies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from jobs.transactions.profit_and_loss_daily import Params, profit_and_loss_daily
from lake.conform import conform
from lake.sessions import book_calendar
from schemas.clients import ACCOUNTS
from schemas.market import BARS
from schemas.transactions import (
    CASH_DAILY,
    DIVIDENDS_RECEIVABLE_DAILY,
    PROFIT_AND_LOSS_DAILY,
    REALISED_PROFIT_DAILY,
)
from tests.jobs.acted import actions, suspects
from tests.jobs.exchanged import rates
from tests.jobs.session_frames import MON, TUE, WED, of_sessions, sessions_of
from tests.jobs.valued import position_values
from tests.rows import frame, only

if TYPE_CHECKING:
    from datetime import date

    from pyspark.sql import DataFrame, SparkSession

QUOTED = {"EUR": {MON: 1, TUE: "1.1", WED: "1.2"}, "GBP": {TUE: "1.5"}}
# Account, day, currency, closing cash, deposits, bought less sold, fees.
CASH = (
    ("one", MON, "USD", 2000, 0, 0, 0),
    # 1,000 euros for 1,102 dollars; of the euros 500 pay for five of the stock, and 1 for the trade.
    ("one", TUE, "USD", 898, 0, -1102, 0),
    ("one", TUE, "EUR", 499, 0, 1000, 1),
    ("one", WED, "USD", 898, 0, 0, 0),
    ("one", WED, "EUR", 599, 100, 0, 0),
    # 300 euros, 330 dollars, for 250 pounds, 375 dollars.
    ("cross", MON, "EUR", 300, 0, 0, 0),
    ("cross", TUE, "EUR", 0, 0, -300, 0),
    ("cross", TUE, "GBP", 250, 0, 250, 0),
    # Bought for 110 and sold for 109 in one session.
    ("there-and-back", MON, "USD", 110, 0, 0, 0),
    ("there-and-back", TUE, "USD", 109, 0, -1, 0),
    ("there-and-back", TUE, "EUR", 0, 0, 0, 0),
    # Emptied long ago, of a currency that nobody quotes any more.
    ("emptied", TUE, "CHF", 0, 0, 0, 0),
)
HELD = ((TUE, 5, 500), (WED, 5, 500))
CLOSES = ((TUE, 104), (WED, 102))


def run(
    spark: SparkSession, *days: date, quoted: Any = QUOTED, book_currency: str = "USD"
) -> list[dict[str, Any]]:
    cash = frame(spark, CASH_DAILY, *[
        {"session_date": day, "account_id": who, "currency_code": currency, "closing_cash_amount": closing,
         "external_flow_amount": flow, "exchange_flow_amount": exchanged, "trade_fee_amount": fee, "income_amount": 0}
        for who, day, currency, closing, flow, exchanged, fee in CASH
    ])  # fmt: skip
    bars = [
        {"session_date": day, "instrument_id": "stock-e", "close_price": close, "currency_code": "EUR"}
        for day, close in CLOSES
    ]
    closes = frame(spark, BARS, *bars)
    positions = position_values(spark, closes, *[
        {"session_date": day, "account_id": "one", "instrument_id": "stock-e", "currency_code": "EUR",
         "position_quantity": quantity, "cost_amount": cost}
        for day, quantity, cost in HELD
    ])  # fmt: skip
    before, due = book_calendar().shift(days[0], -1), frame(spark, DIVIDENDS_RECEIVABLE_DAILY)
    made = profit_and_loss_daily(
        of_sessions(positions, *days), of_sessions(positions, before), of_sessions(cash, *days), of_sessions(cash, before),
        due, due, frame(spark, REALISED_PROFIT_DAILY), closes, suspects(spark), actions(spark),
        rates(spark, quoted), frame(spark, ACCOUNTS).selectExpr("*", f"DATE'{TUE}' AS session_date"),
        sessions_of(spark, *days), Params(book_currency=book_currency),
    )  # fmt: skip
    made = conform(made, PROFIT_AND_LOSS_DAILY)
    assert broken(made) == []
    return only(made)


def broken(frame: DataFrame) -> list[str]:
    return [
        each.name
        for each in PROFIT_AND_LOSS_DAILY.promises
        if frame.where(f"NOT coalesce({each.sql}, false)").count()
    ]


@pytest.fixture(scope="module")
def both(spark: SparkSession) -> list[dict[str, Any]]:
    return run(spark, TUE, WED)


NAMES = (
    "profit_amount", "book_opening_value_amount", "book_external_flow_amount", "book_exchange_flow_amount",
    "book_closing_value_amount", "book_profit_amount", "book_clean_profit_amount", "currency_effect_amount",
    "exchange_difference_amount",
)  # fmt: skip
EXPECTED = {
    # 499 and 520 euros; 4 a share less the fee is a profit of 19 euros, 20.90 dollars, and the exchange cost 2 more than at
    # the session's rate.
    ("one", TUE, "EUR"): (19, 0, 0, 1100, 1120.9, 18.9, 0, 0, -2),
    ("one", TUE, "USD"): (0, 2000, 0, -1102, 898, 0, 0, 0, 0),
    # 10 euros lost; 1,019 of the day before gained 0.10 each, 499 of them cash and 520 the stock.
    ("one", WED, "EUR"): (-10, 1120.9, 120, 0, 1330.8, 89.9, 89.9, 101.9, 0),
    ("one", WED, "USD"): (0, 898, 0, 0, 898, 0, 0, 0, 0),
    # 300 euros gained 30 dollars, and as pounds they are worth 45 more.
    ("cross", TUE, "EUR"): (0, 300, 0, -330, 0, 75, 30, 30, 45),
    ("cross", TUE, "GBP"): (0, 0, 0, 375, 375, 0, 0, 0, 0),
    ("there-and-back", TUE, "USD"): (0, 110, 0, -1, 109, -1, 0, 0, -1),
    ("there-and-back", TUE, "EUR"): (0, 0, 0, 0, 0, 0, 0, 0, 0),
    ("emptied", TUE, "CHF"): (0, 0, 0, 0, 0, 0, 0, 0, 0),
}


def test_profit_by_hand(both: list[dict[str, Any]]) -> None:
    found = {
        (row["account_id"], row["session_date"], row["currency_code"]): tuple(
            float(row[name]) for name in NAMES
        )
        for row in both
    }
    assert found == EXPECTED
    [chf] = [row for row in both if row["currency_code"] == "CHF"]
    assert chf["book_exchange_rate"] is None


def test_an_account_gained_what_it_is_worth_more_than_before(both: list[dict[str, Any]]) -> None:
    def gained(who: str, day: date) -> float:
        return float(
            sum(
                row["book_profit_amount"]
                for row in both
                if (row["account_id"], row["session_date"]) == (who, day)
            )
        )

    # 898 and 1,120.90 of 2,000; 375 of 300; then 1,330.80 after a deposit of 120.
    assert gained("one", TUE) == pytest.approx(18.9)
    assert gained("cross", TUE) == 75
    assert gained("one", WED) == pytest.approx(898 + 1330.8 - 898 - 1120.9 - 120)


def test_any_cut_gives_the_same(spark: SparkSession, both: list[dict[str, Any]]) -> None:
    cut = [*run(spark, TUE), *run(spark, WED)]
    key = ("session_date", "account_id", "currency_code")
    assert sorted(cut, key=lambda row: [str(row[name]) for name in key]) == sorted(
        both, key=lambda row: [str(row[name]) for name in key]
    )


def test_without_a_rate_the_run_fails_and_says_which(spark: SparkSession) -> None:
    with pytest.raises(Exception, match="what is held in GBP on 2022-12-20 cannot be told in USD"):
        run(spark, TUE, quoted={"EUR": QUOTED["EUR"]})
