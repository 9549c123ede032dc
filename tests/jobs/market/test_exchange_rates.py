from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from jobs.market.exchange_rates import rates_at
from schemas.transactions import CASH_DAILY
from tests.jobs.exchanged import rates
from tests.jobs.session_frames import FRI, THU, sessions_of
from tests.rows import frame

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

AGE = 28
OLD = FRI - timedelta(days=AGE)


def translated(spark: SparkSession, amount: str, day: date, listed: dict[date, object]) -> Decimal:
    held = frame(
        spark, CASH_DAILY, {"session_date": day, "currency_code": "EUR", "closing_cash_amount": amount}
    )
    found = rates_at(rates(spark, {"EUR": listed}), sessions_of(spark, THU, FRI), AGE)
    [row] = found.translated(held, "USD", "closing_cash_amount").collect()
    assert row["currency_code"] == "EUR"
    return row["closing_cash_amount"]


@pytest.mark.parametrize(
    ("amount", "day", "listed", "expected"),
    [
        pytest.param("100", FRI, {THU: 3, FRI: "1.2"}, "120", id="the session's own rate"),
        pytest.param("100", THU, {OLD: 2, FRI: "1.2"}, "200", id="the last known, nothing that comes later"),
        pytest.param("100", FRI, {OLD: 2}, "200", id="as old as it may be"),
        pytest.param("0.0001", FRI, {FRI: "0.5"}, "0.0001", id="half up"),
        pytest.param("-0.0001", FRI, {FRI: "0.5"}, "-0.0001", id="half away from zero"),
        pytest.param("0.0001", FRI, {FRI: "0.49999999"}, "0", id="less than half"),
        pytest.param(
            "999999999999999.9999", FRI, {FRI: "1.00000001"}, "1000000009999999.9999", id="nineteen digits"
        ),
        pytest.param("0", FRI, {}, "0", id="nothing needs no rate"),
    ],
)
def test_amounts_at_the_rate_of_the_session(
    spark: SparkSession, amount: str, day: date, listed: dict[date, object], expected: str
) -> None:
    assert translated(spark, amount, day, listed) == Decimal(expected)


def test_too_old_is_as_good_as_none(spark: SparkSession) -> None:
    with pytest.raises(
        Exception, match=r"in EUR on 2022-12-23 .* in USD: no rate .* 28 days old\. Send market\."
    ):
        translated(spark, "0.01", FRI, {OLD - timedelta(days=1): 2})


def test_what_is_in_the_currency_already_stays_as_it_is(spark: SparkSession) -> None:
    held = frame(spark, CASH_DAILY, {"session_date": FRI, "closing_cash_amount": "-1234567890123456.7891"})
    found = rates_at(rates(spark), sessions_of(spark, FRI), AGE).translated(
        held, "USD", "closing_cash_amount"
    )
    assert found.collect() == held.collect()
    assert found.schema == held.schema
