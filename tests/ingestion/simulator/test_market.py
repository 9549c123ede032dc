"""Real closes stay as they are; what is invented around them is consistent."""

import csv
import gzip
from datetime import date
from decimal import Decimal
from importlib.resources import files
from itertools import pairwise

import pytest

from ingestion.simulator import STANDARD, TINY
from ingestion.simulator.timeline import timeline
from tests.ingestion.simulator.recording import Recording

BARS, INSTRUMENTS = "market.bars.v1", "market.instruments.v1"


def test_stocks_close_where_they_really_did(recording: Recording) -> None:
    packed = files("skfolio.datasets.data").joinpath("sp500_dataset.csv.gz").read_bytes()
    rows = csv.DictReader(gzip.decompress(packed).decode().splitlines())
    real = {row["Date"]: row for row in rows}
    bars = [
        bar for bar in recording.data(BARS) if bar["instrument_id"] in ("XNYS:AAPL", "XNYS:XOM", "XNYS:RRC")
    ]
    assert len(bars) >= 3 * (TINY.n_sessions + TINY.n_price_sessions) - 3
    for bar in bars:
        ticker = bar["instrument_id"].removeprefix("XNYS:")
        assert Decimal(bar["close_price"]) == Decimal(real[bar["session_date"]][ticker])


def test_prices_of_a_bar_are_in_order(recording: Recording) -> None:
    for bar in recording.data(BARS):
        opened, high, low, close = (
            Decimal(bar[f"{name}_price"]) for name in ("open", "high", "low", "close")
        )
        assert low <= min(opened, close) <= max(opened, close) <= high


def test_bids_are_below_asks(recording: Recording) -> None:
    assert all(
        Decimal(each["bid_price"]) < Decimal(each["ask_price"]) for each in recording.data("market.quotes.v1")
    )


def test_weights_add_up_to_exactly_one(recording: Recording) -> None:
    funds = [each for each in recording.data(INSTRUMENTS) if each["instrument_type"] == "fund"]
    assert len(funds) >= 60
    assert {sum(Decimal(part["weight_ratio"]) for part in fund["basket"]) for fund in funds} == {Decimal(1)}
    assert all(
        each["basket"] is None for each in recording.data(INSTRUMENTS) if each["instrument_type"] != "fund"
    )


def test_a_fund_moves_as_its_basket_does(recording: Recording) -> None:
    fund = next(each for each in recording.data(INSTRUMENTS) if each["instrument_type"] == "fund")
    closes: dict[str, dict[str, float]] = {}
    for bar in recording.data(BARS):
        closes.setdefault(bar["session_date"], {})[bar["instrument_id"]] = float(bar["close_price"])
    # Of the episodes before it only stocks have closes.
    history = [closes[day] for day in sorted(closes) if fund["instrument_id"] in closes[day]]
    history = history[: TINY.n_price_sessions]
    assert history[0][fund["instrument_id"]] == 100.0
    for before, after in pairwise(history):
        weights = {part["instrument_id"]: float(part["weight_ratio"]) for part in fund["basket"]}
        expected = sum(weight * (after[name] / before[name] - 1) for name, weight in weights.items())
        assert after[fund["instrument_id"]] / before[fund["instrument_id"]] - 1 == pytest.approx(
            expected, abs=2e-6
        )


def test_each_kind_has_its_risk_levels(recording: Recording) -> None:
    levels: dict[str, set[str]] = {}
    for each in recording.data(INSTRUMENTS):
        levels.setdefault(each["instrument_type"], set()).add(each["product_risk_level"])
    assert levels["deposit"] == {"R1"}
    assert levels["bond"] <= {"R1", "R2"}
    assert levels["fund"] <= {"R2", "R3", "R4"}
    assert levels["stock"] <= {"R3", "R4", "R5"}


def test_standard_prices_begin_with_2019_and_half_days_end_early() -> None:
    times = timeline(STANDARD)
    assert times.dates[0] == date(2019, 1, 2)
    assert (times.days[0].date, times.days[-1].date) == (date(2022, 5, 9), date(2022, 12, 23))
    half = next(day for day in times.days if day.date == date(2022, 11, 25))
    assert half.closes - half.opens == int(3.5 * 3600) * 1_000_000
