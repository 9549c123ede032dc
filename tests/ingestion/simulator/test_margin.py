"""Margin contracts: a loan is cash that came from outside, and the ladder is seen."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from itertools import pairwise
from typing import Any

from tests.ingestion.simulator.recording import Recording

CONTRACTS, HAIRCUTS, CASH = "risk.margin_contracts.v1", "risk.haircuts.v1", "transactions.cash.v1"


def versions(recording: Recording) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for data in recording.data(CONTRACTS):
        found[data["account_id"]].append(data)
    return found


def test_six_accounts_have_contracts_that_are_stated_each_session(recording: Recording) -> None:
    contracts = versions(recording)
    assert len(contracts) == 6
    for stated in contracts.values():
        assert [each["margin_contract_version"] for each in stated] == list(range(1, len(stated) + 1))
        days = [each["effective_date"] for each in stated]
        assert days == sorted(set(days))
        assert all(each["effective_at"] <= each["recorded_at"] for each in stated)


def test_what_is_lent_and_repaid_went_through_the_account_as_external_flows(recording: Recording) -> None:
    flows: dict[str, Decimal] = defaultdict(Decimal)
    for data in recording.data(CASH):
        if data["cash_movement_id"].startswith("L-") and data["cash_movement_type"] != "interest":
            assert data["cash_movement_type"] in ("deposit", "withdrawal")
            flows[data["account_id"]] += Decimal(data["cash_amount"])
    owed = {
        account: Decimal(stated[-1]["financed_amount"]) for account, stated in versions(recording).items()
    }
    assert flows == owed
    assert min(owed.values()) > 0


def test_interest_accrues_on_what_is_financed(recording: Recording) -> None:
    rising = [
        (Decimal(before["interest_amount"]), Decimal(after["interest_amount"]))
        for stated in versions(recording).values()
        for before, after in pairwise(stated)
    ]
    assert rising
    assert all(before < after for before, after in rising)


def test_every_product_has_a_haircut_and_some_are_raised_halfway(recording: Recording) -> None:
    instruments = {each["instrument_id"] for each in recording.data("market.instruments.v1")}
    days: dict[str, list[str]] = defaultdict(list)
    for data in recording.data(HAIRCUTS):
        days[data["instrument_id"]].append(data["effective_date"])
        assert 0 <= Decimal(data["haircut_ratio"]) < 1
    assert days.keys() == instruments
    assert {len(each) for each in days.values()} == {1, 2}
