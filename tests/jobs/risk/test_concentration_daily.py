from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobs.risk.concentration_daily import Params, concentration_daily
from lake.conform import conform
from schemas.market import BARS
from schemas.risk import CONCENTRATION_DAILY, MARGIN_CONTRACTS
from schemas.transactions import CASH_DAILY, DIVIDENDS_RECEIVABLE_DAILY
from tests.jobs.acted import Case, actions, split
from tests.jobs.exchanged import rates
from tests.jobs.session_frames import FRI, THU, of_sessions, sessions_of
from tests.jobs.valued import position_values
from tests.rows import frame, only

if TYPE_CHECKING:
    from datetime import date

    from pyspark.sql import DataFrame, SparkSession

# Account, instrument, quantity; each costs 1 and is priced at 1.
HELD = (
    ("spread", "stock", 20), ("spread", "other", 30),
    ("single", "stock", 50),
    ("short", "stock", -40),
    ("broke", "stock", 10),
    ("rare", "never-traded", 5),
    ("abroad", "stock", 30), ("abroad", "euros", 16),
    ("lent", "stock", 150), ("drowned", "stock", 50), ("due", "stock", 25),
)  # fmt: skip
CASH = {
    "spread": 50, "single": 50, "short": 140, "broke": -10, "rare": 95, "abroad": 10, "lent": 30, "due": 50,
}  # fmt: skip
# Account, currency, lent, interest.
LENT = (("lent", "USD", 50, 5), ("lent", "EUR", 20, 0), ("drowned", "USD", 49, 1))
# Account, dividend, currency, due.
DUE = (("due", "one", "USD", 15), ("due", "other", "EUR", 8), ("nobody", "one", "USD", 7))


def run(
    spark: SparkSession, *days: date, volumes: dict[date, int], acted: tuple[Case, ...] = ()
) -> DataFrame:
    positions = [
        {
            "session_date": day,
            "account_id": who,
            "instrument_id": what,
            "position_quantity": quantity,
            "currency_code": "EUR" if what == "euros" else "USD",
        }
        for day in (THU, FRI)
        for who, what, quantity in HELD
    ]
    cash = [
        {"session_date": day, "account_id": who, "closing_cash_amount": amount}
        for day in (THU, FRI)
        for who, amount in CASH.items()
    ] + [
        {"session_date": day, "account_id": "abroad", "closing_cash_amount": 32, "currency_code": "EUR"}
        for day in (THU, FRI)
    ]
    lent = [
        {"effective_date": day, "account_id": who, "currency_code": currency, "financed_amount": amount, "interest_amount": interest}
        for day in (THU, FRI)
        for who, currency, amount, interest in LENT
    ]  # fmt: skip
    due = [
        {"session_date": day, "account_id": who, "corporate_action_id": what, "currency_code": currency, "closing_receivable_amount": amount}
        for day in (THU, FRI)
        for who, what, currency, amount in DUE
    ]  # fmt: skip
    contracts = frame(spark, MARGIN_CONTRACTS, *lent).withColumnRenamed("effective_date", "session_date")
    bars = [
        {"session_date": day, "instrument_id": what, "close_price": 1, "traded_quantity": volume}
        for day, volume in volumes.items()
        for what in ("stock", "other", "euros")
    ] + [{"session_date": FRI, "instrument_id": "never-traded", "close_price": 1, "traded_quantity": 0}]
    traded = frame(spark, BARS, *bars)
    made = concentration_daily(
        of_sessions(position_values(spark, traded, *positions), *days),
        of_sessions(frame(spark, CASH_DAILY, *cash), *days),
        of_sessions(frame(spark, DIVIDENDS_RECEIVABLE_DAILY, *due), *days),
        of_sessions(contracts, *days),
        traded,
        actions(spark, *acted),
        rates(spark, {"EUR": {THU: 1, FRI: "1.25"}}),
        sessions_of(spark, *days),
        Params(volume_sessions=2),
    )
    return conform(made, CONCENTRATION_DAILY)


def test_shares_of_net_assets(spark: SparkSession) -> None:
    rows = {row["account_id"]: row for row in only(run(spark, FRI, volumes={THU: 100, FRI: 100}))}
    names = ("net_assets_amount", "largest_instrument_id", "largest_name_ratio", "top_five_ratio", "concentration_level")  # fmt: skip
    assert {who: tuple(row[name] for name in names) for who, row in rows.items()} == {
        "spread": (100, "other", 0.3, 0.5, "warning"),
        "single": (100, "stock", 0.5, 0.5, "act"),
        # 140 of cash less 40 that was sold short.
        "short": (100, "stock", 0.4, 0.4, "warning"),
        # Nothing is left to measure against.
        "broke": (0, "stock", None, None, None),
        "rare": (100, "never-traded", 0.05, 0.05, "within"),
        # 16 and 32 euros are 20 and 40 dollars: 30 of the stock are most of 50, and three tenths of all.
        "abroad": (100, "stock", 0.3, 0.5, "warning"),
        # 30 of cash and 150 of the stock, on 55 dollars and 20 euros of somebody else's.
        "lent": (100, "stock", 1.5, 1.5, "act"),
        "drowned": (0, "stock", None, None, None),
        # 15 dollars and 8 euros are to come.
        "due": (100, "stock", 0.25, 0.25, "within"),
    }
    assert rows["spread"]["herfindahl_index"] == pytest.approx(0.4**2 + 0.6**2)
    assert [rows[who]["gross_exposure_amount"] for who in ("spread", "abroad")] == [50, 50]
    assert {row["currency_code"] for row in rows.values()} == {"USD"}


def test_days_to_leave_by_the_average_volume(spark: SparkSession) -> None:
    # 60 and 40 traded: a fifth of 50 a day. A session without a bar counts as one without volume.
    rows = {row["account_id"]: row for row in only(run(spark, FRI, volumes={THU: 60, FRI: 40}))}
    assert {who: row["days_to_leave"] for who, row in rows.items()} == {
        "spread": 3.0, "single": 5.0, "short": 4.0, "broke": 1.0, "rare": None, "abroad": 3.0,
        "lent": 15.0, "drowned": 5.0, "due": 2.5,
    }  # fmt: skip
    assert [rows[who]["n_without_volume"] for who in ("spread", "rare")] == [0, 1]
    [single] = [row for row in only(run(spark, FRI, volumes={FRI: 40})) if row["account_id"] == "single"]
    assert single["days_to_leave"] == pytest.approx(50 / (0.2 * 20))


def test_a_volume_counts_in_the_units_of_the_session(spark: SparkSession) -> None:
    # 60 were traded before the split in two, so 120 of today's; with 40 that is 80 a session, of which a fifth is 16.
    acted = (split("stock", FRI, 2), split("other", THU, 2))
    rows = {row["account_id"]: row for row in only(run(spark, FRI, volumes={THU: 60, FRI: 40}, acted=acted))}
    assert [rows[who]["days_to_leave"] for who in ("single", "spread")] == [50 / 16, 30 / 10]


def test_any_cut_gives_the_same(spark: SparkSession) -> None:
    volumes = {THU: 60, FRI: 40}
    cut = run(spark, THU, volumes=volumes).unionByName(run(spark, FRI, volumes=volumes))
    assert only(cut) == only(run(spark, THU, FRI, volumes=volumes))
