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


def adjusted(recording: Recording) -> dict[str, dict[str, Decimal]]:
    """Closes by instrument and session, in the units of the last and less what was paid since; as vendors adjust them."""
    closes: dict[str, dict[str, Decimal]] = {}
    for bar in recording.data(BARS):
        closes.setdefault(bar["instrument_id"], {})[bar["session_date"]] = Decimal(bar["close_price"])
    for action in recording.acted:
        of_action = closes[action["instrument_id"]]
        days = [day for day in sorted(of_action) if day < action["ex_date"]]
        last = of_action[days[-1]]
        dividend, n_units = (
            Decimal(action["dividend_per_unit"] or 0), Decimal(action["new_units_per_unit"] or 1),
        )  # fmt: skip
        for day in days:
            of_action[day] = of_action[day] * (last - dividend) / last / n_units
    return closes


def test_stocks_close_where_they_really_did_but_for_splits_and_dividends(recording: Recording) -> None:
    packed = files("skfolio.datasets.data").joinpath("sp500_dataset.csv.gz").read_bytes()
    rows = csv.DictReader(gzip.decompress(packed).decode().splitlines())
    real = {row["Date"]: row for row in rows}
    closes = adjusted(recording)
    stocks = {name: closes[f"XNYS:{name}"] for name in ("BAC", "JPM", "RRC", "PEP", "HD", "MSFT")}
    n_sessions = TINY.n_sessions + TINY.n_price_sessions
    assert all(len(of_stock) >= n_sessions - 3 for of_stock in stocks.values())
    off = {
        name: max(abs(close - Decimal(real[day][name])) for day, close in of_stock.items())
        for name, of_stock in stocks.items()
    }
    # Prices have four places.
    assert max(off.values()) <= Decimal("0.0001"), off
    assert off["RRC"] == off["MSFT"] == 0
    raw = {bar["session_date"]: bar for bar in recording.data(BARS) if bar["instrument_id"] == "XNYS:BAC"}
    first, last = min(raw), max(raw)
    assert Decimal(raw[first]["close_price"]) == 2 * Decimal(real[first]["BAC"])
    assert Decimal(raw[last]["close_price"]) == Decimal(real[last]["BAC"])


def test_nobody_sees_a_split_coming_in_a_price(recording: Recording) -> None:
    """Opens, highs and lows of the ex-date are prices of the new units."""
    splits = [each for each in recording.acted if each["corporate_action_type"] == "split"]
    assert [each["instrument_id"] for each in splits] == ["XNYS:HD", "XNYS:BAC", "XNYS:JPM"]
    bars = {(bar["instrument_id"], bar["session_date"]): bar for bar in recording.data(BARS)}
    for each in splits:
        bar = bars[each["instrument_id"], each["ex_date"]]
        low, high = Decimal(bar["low_price"]), Decimal(bar["high_price"])
        assert high < low * Decimal("1.1")
        assert each["recorded_at"][:10] < each["ex_date"]


def test_one_action_is_corrected_and_one_called_off(recording: Recording) -> None:
    versions = [
        each
        for each in recording.data("market.corporate_actions.v1")
        if each["corporate_action_version"] == 2
    ]
    assert {(each["instrument_id"], each["corporate_action_status"]) for each in versions} == {
        ("XNYS:PEP", "announced"),
        ("XNYS:MSFT", "cancelled"),
    }
    assert "XNYS:MSFT" not in {each["instrument_id"] for each in recording.acted}


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
    for name, of_instrument in adjusted(recording).items():
        for day, close in of_instrument.items():
            closes.setdefault(day, {})[name] = float(close)
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


def test_standard_prices_reach_back_as_far_as_value_at_risk_and_half_days_end_early() -> None:
    times = timeline(STANDARD)
    first = times.days[0].date
    assert times.dates[0] == date(2020, 1, 10)
    # 500 moves want as many sessions before the first, and each may be priced by a close of twenty sessions before it.
    assert times.dates.index(first) >= 500 + 20
    assert (first, times.days[-1].date) == (date(2022, 6, 28), date(2022, 12, 23))
    half = next(day for day in times.days if day.date == date(2022, 11, 25))
    assert half.closes - half.opens == int(3.5 * 3600) * 1_000_000
