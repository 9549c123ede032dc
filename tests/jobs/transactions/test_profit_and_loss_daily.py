from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.transactions.profit_and_loss_daily import Params, profit_and_loss_daily
from jobs.transactions.valuation import PRICE_AGE_DAYS, PRICE_AGE_SESSIONS
from lake.conform import conform
from lake.sessions import book_calendar
from schemas.clients import ACCOUNTS
from schemas.market import BARS
from schemas.transactions import (
    CASH_DAILY,
    DIVIDENDS_RECEIVABLE_DAILY,
    POSITIONS_DAILY,
    PROFIT_AND_LOSS_DAILY,
    REALISED_PROFIT_DAILY,
)
from tests.jobs.acted import actions, dividend, split, suspects
from tests.jobs.exchanged import rates
from tests.jobs.session_frames import FRI, MON, NEXT, THU, TUE, WED, of_sessions, sessions_of
from tests.jobs.valued import position_values, valued
from tests.rows import frame, only

if TYPE_CHECKING:
    from datetime import date

    from pyspark.sql import DataFrame, SparkSession

# Account, day, closing cash, external flow, fee.
CASH = (
    ("holder", MON, 100, 0, 0),
    ("holder", TUE, 150, 50, 0),
    ("holder", WED, 149, 0, 1),
    ("newcomer", WED, 70, 70, 0),
)
# Account, day, instrument, quantity, cost.
POSITIONS = (
    *[("holder", day, "moving", 10, 1) for day in (MON, TUE, WED)],
    *[("holder", day, "suspended", 2, 1) for day in (MON, TUE, WED)],
    ("holder", WED, "unpriced", 3, 33),
    ("holder", WED, "short", -1, -5),
    ("holder", WED, "lapsed", 1, 7),
)
# Instrument, day, close, venue. 2022-11-23 is 28 days before the Wednesday, 2022-11-22 is 29.
CLOSES = (
    ("moving", MON, 20, "XNYS"),
    ("moving", TUE, 21, "XNYS"),
    ("moving", WED, "19.5", "XNYS"),
    ("moving", WED, 99, "XZZZ"),
    ("suspended", "2022-11-23", 4, "XNYS"),
    # Held back: the last close before it counts.
    ("suspended", WED, 4000, "XNYS"),
    ("short", WED, "6.25", "XNYS"),
    ("short", THU, 1000, "XNYS"),
    ("lapsed", "2022-11-22", 1000, "XNYS"),
)  # fmt: skip


def inputs(spark: SparkSession) -> tuple[DataFrame, DataFrame, DataFrame]:
    cash = [
        {"account_id": who, "session_date": str(day), "closing_cash_amount": closing, "external_flow_amount": flow, "trade_fee_amount": fee, "exchange_flow_amount": 0}
        for who, day, closing, flow, fee in CASH
    ]  # fmt: skip
    positions = [
        {"account_id": who, "session_date": str(day), "instrument_id": what, "position_quantity": quantity, "cost_amount": cost}
        for who, day, what, quantity, cost in POSITIONS
    ]  # fmt: skip
    bars = [
        {"instrument_id": what, "session_date": str(day), "close_price": close, "mic_code": venue}
        for what, day, close, venue in CLOSES
    ]
    return frame(spark, POSITIONS_DAILY, *positions), frame(spark, CASH_DAILY, *cash), frame(spark, BARS, *bars)  # fmt: skip


def nothing_due(spark: SparkSession) -> tuple[DataFrame, DataFrame, DataFrame]:
    """No dividends, no sales."""
    due = frame(spark, DIVIDENDS_RECEIVABLE_DAILY)
    return due, due, frame(spark, REALISED_PROFIT_DAILY)


def run(spark: SparkSession, before: date, *days: date) -> DataFrame:
    positions, cash, bars = inputs(spark)
    first = book_calendar().shift(days[0], -Params().lookback_sessions)
    suspect = {"session_date": WED, "instrument_id": "suspended"}
    values = valued(positions, bars, [suspect])
    made = profit_and_loss_daily(
        of_sessions(values, *days),
        of_sessions(values, before),
        of_sessions(cash, *days),
        of_sessions(cash, before),
        *nothing_due(spark),
        bars.where(bars["session_date"].between(first, days[-1])),
        suspects(spark, suspect),
        actions(spark),
        rates(spark),
        labels(spark, *days),
        sessions_of(spark, *days),
        Params(),
    )
    return conform(made, PROFIT_AND_LOSS_DAILY)


def labels(spark: SparkSession, *days: date) -> DataFrame:
    """The holder as known at each session; nobody knows the newcomer."""
    holder = {"account_id": "holder", "client_type": "professional", "client_risk_level": "C4"}
    listed = ", ".join(f"DATE'{day}'" for day in days)
    return frame(spark, ACCOUNTS, holder).selectExpr("*", f"explode(array({listed})) AS session_date")


def broken(frame: DataFrame) -> list[str]:
    """The promises that a row breaks."""
    told = [each for each in PROFIT_AND_LOSS_DAILY.promises if frame.where(f"NOT ({each.sql})").count()]
    return [each.name for each in told]


def found(frame: DataFrame) -> list[tuple[object, ...]]:
    """Account, day, then opening, flow, closing, profit, fee, stale prices."""
    names = ("account_id", "session_date", "opening_value_amount", "external_flow_amount", "closing_value_amount", "profit_amount", "trade_fee_amount", "n_stale_prices")  # fmt: skip
    return [
        (row["account_id"], row["session_date"].day, *[float(row[name]) for name in names[2:]])
        for row in only(frame, *names)
    ]


# Monday 100 + 200 + 8. Tuesday 150 + 210 + 8. Wednesday 149 + 195 + 8 + 33 (cost) - 6.25 + 7 (cost).
EXPECTED = [
    ("holder", 20, 308, 50, 368, 10, 0, 1),
    ("holder", 21, 368, 0, 385.75, 17.75, 1, 3),
    ("newcomer", 21, 0, 70, 70, 0, 0, 0),
]


def test_in_a_book_of_one_currency_the_book_gained_the_same(spark: SparkSession) -> None:
    rows = only(run(spark, MON, TUE, WED))
    names = ("opening_value", "external_flow", "closing_value", "profit", "clean_profit")
    for row in rows:
        assert [row[f"book_{name}_amount"] for name in names] == [row[f"{name}_amount"] for name in names]
        assert (row["currency_effect_amount"], row["exchange_difference_amount"]) == (0, 0)
        assert (row["book_currency_code"], row["book_exchange_rate"]) == ("USD", 1)
    assert len(rows) == 3


def test_a_gain_is_positive_and_a_deposit_is_no_gain(spark: SparkSession) -> None:
    assert found(run(spark, MON, TUE, WED)) == EXPECTED


def test_clean_profit_is_that_of_the_positions_of_the_session_before(spark: SparkSession) -> None:
    made = run(spark, MON, TUE, WED).unionByName(run(spark, FRI, MON))
    clean = [
        (row["account_id"], row["session_date"], float(row["clean_profit_amount"]), row["client_risk_level"])
        for row in only(made, "account_id", "session_date", "clean_profit_amount", "client_risk_level")
    ]
    # Ten of `moving`: nothing was held before Monday, 20 to 21 on Tuesday, 21 to 19.5 on Wednesday; what else is held on
    # Wednesday came in the course of it.
    assert clean == [
        ("holder", MON, 0.0, "C4"),
        ("holder", TUE, 10.0, "C4"),
        ("holder", WED, -15.0, "C4"),
        ("newcomer", WED, 0.0, None),
    ]


def test_what_was_sold_counts_as_held_in_clean_profit_only(spark: SparkSession) -> None:
    moving = {"account_id": "seller", "instrument_id": "moving", "position_quantity": 10}
    cash = {
        "account_id": "seller",
        "external_flow_amount": 0,
        "trade_fee_amount": 0,
        "exchange_flow_amount": 0,
    }
    bars = [
        {"instrument_id": "moving", "session_date": str(day), "close_price": price}
        for day, price in ((MON, 20), (TUE, 26))
    ]
    closes = frame(spark, BARS, *bars)
    # Sold at 23 on Tuesday.
    [row] = only(
        profit_and_loss_daily(
            position_values(spark, closes),
            position_values(spark, closes, {**moving, "session_date": str(MON)}),
            frame(spark, CASH_DAILY, {**cash, "session_date": str(TUE), "closing_cash_amount": 230}),
            frame(spark, CASH_DAILY, {**cash, "session_date": str(MON), "closing_cash_amount": 0}),
            *nothing_due(spark),
            closes,
            suspects(spark),
            actions(spark),
            rates(spark),
            labels(spark, TUE),
            sessions_of(spark, TUE),
            Params(),
        ),
        "profit_amount",
        "clean_profit_amount",
    )
    assert row == {"profit_amount": 30, "clean_profit_amount": 60}


def test_any_cut_gives_the_same(spark: SparkSession) -> None:
    assert found(run(spark, MON, TUE).unionByName(run(spark, TUE, WED))) == EXPECTED


def test_an_account_without_a_session_before_opens_at_nothing(spark: SparkSession) -> None:
    assert found(run(spark, FRI, MON)) == [("holder", 19, 0, 0, 308, 308, 0, 1)]


def test_no_twenty_sessions_are_shorter_than_the_age_of_a_price() -> None:
    days = book_calendar().last(FRI, 5000)
    spans = [(later - earlier).days for earlier, later in zip(days, days[PRICE_AGE_SESSIONS:], strict=False)]
    assert min(spans) == PRICE_AGE_DAYS


# Ten of each at 100. `split` becomes two of 51, which is a gain of 20 and no loss of 490.
ACTED = (
    split("split", WED, 2),
    split("unpriced-then", WED, 3),
    split("next-week", NEXT, 2),
    dividend("paid-then", WED, 4),
)
HELD = ("split", "unpriced-then", "next-week", "paid-then")
SPLIT_CLOSES = (
    ("split", MON, 100), ("split", TUE, 100), ("split", WED, 51), ("split", THU, 51),
    # No bar on the day of its split: three times ten at a third of 100.
    ("unpriced-then", MON, 100), ("unpriced-then", TUE, 100), ("unpriced-then", THU, "33.4"),
    # No bar on the day of its dividend: a hundred less the four that are due, which stand in another table.
    ("paid-then", MON, 100), ("paid-then", TUE, 100), ("paid-then", THU, 97),
    *[("next-week", day, 100) for day in (MON, TUE, WED, THU)],
)  # fmt: skip


def acted_run(spark: SparkSession, *days: date) -> list[tuple[object, ...]]:
    """Day of the month, instrument (the account has its name), opening, closing, profit, clean profit."""
    units = {("split", 2): (WED, THU), ("unpriced-then", 3): (WED, THU)}
    many = {(what, day): n for (what, n), listed in units.items() for day in listed}
    positions = frame(
        spark,
        POSITIONS_DAILY,
        *[
            {"session_date": day, "account_id": what, "instrument_id": what, "cost_amount": 1000,
             "position_quantity": 10 * many.get((what, day), 1)}
            for day in (MON, TUE, WED, THU) for what in HELD
        ],
    )  # fmt: skip
    bars = [{"instrument_id": what, "session_date": day, "close_price": close} for what, day, close in SPLIT_CLOSES]  # fmt: skip
    closes = frame(spark, BARS, *bars)
    values = valued(positions, closes, acted=ACTED)
    before = book_calendar().shift(days[0], -1)
    made = profit_and_loss_daily(
        of_sessions(values, *days),
        of_sessions(values, before),
        frame(spark, CASH_DAILY),
        frame(spark, CASH_DAILY),
        *nothing_due(spark),
        closes,
        suspects(spark),
        actions(spark, *ACTED),
        rates(spark),
        labels(spark, *days),
        sessions_of(spark, *days),
        Params(),
    )
    names = ("session_date", "account_id", "opening_value_amount", "closing_value_amount", "profit_amount", "clean_profit_amount")  # fmt: skip
    rows = only(conform(made, PROFIT_AND_LOSS_DAILY), *names)
    return [(row["session_date"].day, row["account_id"], *[float(row[name]) for name in names[2:]]) for row in rows]  # fmt: skip


def test_a_split_is_neither_profit_nor_loss(spark: SparkSession) -> None:
    whole = acted_run(spark, WED, THU)
    assert whole == [
        (21, "next-week", 1000, 1000, 0, 0),
        (21, "paid-then", 1000, 960, -40, -40),
        (21, "split", 1000, 1020, 20, 20),
        (21, "unpriced-then", 1000, 1000, 0, 0),
        (22, "next-week", 1000, 1000, 0, 0),
        (22, "paid-then", 960, 970, 10, 10),
        (22, "split", 1020, 1020, 0, 0),
        (22, "unpriced-then", 1000, 1002, 2, 2),
    ]
    assert acted_run(spark, WED) + acted_run(spark, THU) == whole


def test_a_dividend_is_income_on_its_ex_date_and_profit_has_its_parts(spark: SparkSession) -> None:
    """Ten that cost 950 are worth 1000. Tuesday: 2 a unit, the close falls by 2. Wednesday: four are sold at 99 for a fee of 1.
    Thursday: the dividend comes, 3 of interest and 1 of tax."""
    positions = [(MON, 10, 950), (TUE, 10, 950), (WED, 6, 570), (THU, 6, 570)]
    # Day, closing cash, income booked, fees.
    cash = [(MON, 0, 0, 0), (TUE, 0, 0, 0), (WED, 395, 0, 1), (THU, 417, 22, 0)]
    # Day, accrued, settled, closing.
    due = [(TUE, 20, 0, 20), (WED, 0, 0, 20), (THU, 0, 20, 0)]
    booked = frame(
        spark, CASH_DAILY,
        *[
            {"session_date": day, "closing_cash_amount": closing, "income_amount": income, "trade_fee_amount": fee, "external_flow_amount": 0, "exchange_flow_amount": 0}
            for day, closing, income, fee in cash
        ],
    )  # fmt: skip
    dividends = frame(
        spark, DIVIDENDS_RECEIVABLE_DAILY,
        *[
            {"session_date": day, "accrued_dividend_amount": accrued, "settled_dividend_amount": settled, "closing_receivable_amount": closing}
            for day, accrued, settled, closing in due
        ],
    )  # fmt: skip
    bars = [{"session_date": day, "close_price": close} for day, close in ((MON, 100), (TUE, 98), (WED, 99), (THU, 99))]  # fmt: skip
    closes = frame(spark, BARS, *bars)
    held = position_values(spark, closes, *[
        {"session_date": day, "position_quantity": n, "cost_amount": cost} for day, n, cost in positions
    ])  # fmt: skip

    def made(*days: date) -> list[tuple[object, ...]]:
        before = book_calendar().shift(days[0], -1)
        rows = profit_and_loss_daily(
            of_sessions(held, *days), of_sessions(held, before), of_sessions(booked, *days), of_sessions(booked, before),
            of_sessions(dividends, *days), of_sessions(dividends, before),
            of_sessions(frame(spark, REALISED_PROFIT_DAILY, {"session_date": WED, "realised_profit_amount": 16}), *days),
            closes, suspects(spark), actions(spark), rates(spark), labels(spark, *days), sessions_of(spark, *days), Params(),
        )  # fmt: skip
        conformed = conform(rows, PROFIT_AND_LOSS_DAILY)
        assert broken(conformed) == []
        names = ("session_date", "closing_value_amount", "profit_amount", "clean_profit_amount", "realised_profit_amount", "unrealised_profit_amount", "unrealised_change_amount", "earned_income_amount")  # fmt: skip
        return [(row["session_date"].day, *[float(row[name]) for name in names[1:]]) for row in only(conformed, *names)]  # fmt: skip

    whole = made(TUE, WED, THU)
    # Closing value, profit, clean profit, realised, unrealised, its change, income.
    assert whole == [
        (20, 1000, 0, 0, 0, 30, -20, 20),
        (21, 1009, 9, 10, 16, 24, -6, 0),
        (22, 1011, 2, 0, 0, 24, 0, 2),
    ]
    assert made(TUE, WED) + made(THU) == whole
