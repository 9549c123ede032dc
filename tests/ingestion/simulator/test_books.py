"""Orders, fills, cash: lives of orders, and books that never go below zero."""

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from ingestion.simulator import TINY
from tests.ingestion.simulator.recording import Recording

ORDERS, FILLS, CASH, BARS, EXCHANGES = (
    "transactions.orders.v1", "transactions.fills.v1", "transactions.cash.v1", "market.bars.v1",
    "transactions.currency_exchanges.v1",
)  # fmt: skip


def order_lives(recording: Recording) -> dict[str, list[dict[str, Any]]]:
    lives: dict[str, list[dict[str, Any]]] = {}
    for data in recording.data(ORDERS):
        lives.setdefault(data["order_id"], []).append(data)
    return lives


def signed(data: dict[str, Any]) -> tuple[Decimal, Decimal]:
    """What a report adds to the position and to the cash."""
    quantity, price = Decimal(data["quantity"]), Decimal(data["price"])
    sign = 1 if data["side"] == "buy" else -1
    return sign * quantity, -sign * quantity * price - Decimal(data["fee_amount"])


def test_cash_and_positions_never_fall_below_zero(recording: Recording) -> None:
    moves = [(each["executed_at"], "fill", each) for each in recording.data(FILLS)]
    moves += [(each["booked_at"], "cash", each) for each in recording.data(CASH)]
    moves += [(each["booked_at"], "exchange", each) for each in recording.data(EXCHANGES)]
    originals = {each["fill_id"]: each for each in recording.data(FILLS)}
    # On the ex-date before the venue opens.
    moves += [(f"{each['ex_date']}T00:00", "action", each) for each in recording.acted]
    cash: Counter[tuple[str, str]] = Counter()
    held: Counter[tuple[str, str]] = Counter()
    owed: dict[tuple[str, str], Decimal] = {}
    paid_on = {each["corporate_action_id"]: each["payment_date"] for each in recording.acted}
    n_split = n_paid = 0
    for at, kind, data in sorted(moves, key=lambda move: move[:2]):
        if kind == "action":
            n_split += act(data, held, owed)
            continue
        account = data["account_id"]
        if kind == "exchange":
            cash[account, data["sold_currency_code"]] -= Decimal(data["sold_amount"])  # type: ignore[assignment]
            cash[account, data["bought_currency_code"]] += Decimal(data["bought_amount"])  # type: ignore[assignment]
            assert cash[account, data["sold_currency_code"]] >= Decimal("-0.01"), (at, data)
            continue
        money = (account, data["currency_code"])
        if data.get("corporate_action_id"):
            assert owed.pop((account, data["corporate_action_id"])) == Decimal(data["cash_amount"])
            assert paid_on[data["corporate_action_id"]] == data["session_date"]
            n_paid += 1
        if kind == "cash":
            cash[money] += Decimal(data["cash_amount"])  # type: ignore[assignment]
        else:
            for factor, each in parts(data, originals):
                position, flow = signed(each)
                held[account, data["instrument_id"]] += factor * position  # type: ignore[assignment]
                cash[money] += factor * flow  # type: ignore[assignment]
            assert held[account, data["instrument_id"]] >= 0, (at, data)
        assert cash[money] >= Decimal("-0.01"), (at, data)
    assert n_split > 0
    assert n_paid > 0
    # What is paid after the last session is owed still, and nothing else.
    last = max(each["session_date"] for each in recording.data(BARS))
    open_ids = {each["corporate_action_id"] for each in recording.acted if each["payment_date"] > last}
    assert {action_id for _, action_id in owed} <= open_ids
    assert owed
    # Nobody keeps euros.
    assert {amount for (_, currency), amount in cash.items() if currency == "EUR"} == {0}
    stated = stated_positions(recording, last)
    assert stated
    assert stated == {key: held[key] for key in stated}


def test_euros_are_exchanged_at_the_rate_of_the_session_and_a_spread(recording: Recording) -> None:
    rates = {
        each["session_date"]: Decimal(each["exchange_rate"])
        for each in recording.data("market.exchange_rates.v1")
    }
    assert len(rates) == TINY.n_price_sessions + TINY.n_sessions
    sides = set()
    for each in recording.data(EXCHANGES):
        sold, bought = Decimal(each["sold_amount"]), Decimal(each["bought_amount"])
        rate = rates[each["session_date"]]
        buys = each["bought_currency_code"] == "EUR"
        sides.add(buys)
        dealt = sold / bought if buys else bought / sold
        # 0.2 %, and a cent of some hundreds of euros.
        assert dealt / rate - 1 == pytest.approx(
            Decimal("0.002" if buys else "-0.002"), abs=Decimal("0.0002")
        )
    assert sides == {True, False}
    n_in_euros = sum(each["currency_code"] == "EUR" for each in recording.data(FILLS))
    assert n_in_euros == len(recording.data(EXCHANGES))


def stated_positions(recording: Recording, day: str) -> dict[tuple[str, str], Decimal]:
    """What the custodian states on a day of the accounts that nothing wrong is planted in: the simulator's own books."""
    wrong = {each.account_id for each in recording.truth.statement_breaks if each.session_date == day}
    return {
        (each["account_id"], position["instrument_id"]): Decimal(position["position_quantity"])
        for each in recording.data("transactions.statements.v1")
        if each["session_date"] == day and each["account_id"] not in wrong
        for position in each["stated_positions"]
    }


def act(action: dict[str, Any], held: Counter[tuple[str, str]], owed: dict[tuple[str, str], Decimal]) -> int:
    """Splits what is held or takes down what is owed; returns how many positions were split."""
    n_split = 0
    for (account, instrument_id), quantity in list(held.items()):
        if instrument_id == action["instrument_id"] and quantity:
            if action["corporate_action_type"] == "split":
                held[account, instrument_id] = quantity * Decimal(action["new_units_per_unit"])  # type: ignore[assignment]
                n_split += 1
            else:
                amount = (quantity * Decimal(action["dividend_per_unit"])).quantize(Decimal("0.0001"))
                owed[account, action["corporate_action_id"]] = amount
    return n_split


def parts(data: dict[str, Any], originals: dict[str, dict[str, Any]]) -> list[tuple[int, dict[str, Any]]]:
    """A bust takes back what it points at; a correction takes it back and puts itself in its place."""
    if data["report_type"] == "fill":
        return [(1, data)]
    taken_back = (-1, originals[data["corrects_fill_id"]])
    return [taken_back] if data["report_type"] == "bust" else [taken_back, (1, data)]


def test_fills_stay_within_their_orders(recording: Recording) -> None:
    lives = order_lives(recording)
    filled: Counter[str] = Counter()
    for data in recording.data(FILLS):
        if data["report_type"] == "fill":
            filled[data["order_id"]] += Decimal(data["quantity"])  # type: ignore[assignment]
    assert filled
    for order_id, quantity in filled.items():
        assert quantity <= Decimal(lives[order_id][0]["quantity"])


def test_fill_prices_lie_in_the_session_and_within_the_limit(recording: Recording) -> None:
    bars = {(bar["session_date"], bar["instrument_id"]): bar for bar in recording.data(BARS)}
    lives = order_lives(recording)
    for data in recording.data(FILLS):
        bar = bars.get((data["session_date"], data["instrument_id"]))
        price = Decimal(data["price"])
        if bar is not None:
            assert Decimal(bar["low_price"]) <= price <= Decimal(bar["high_price"])
        limits = [Decimal(step["limit_price"]) for step in lives[data["order_id"]] if step["limit_price"]]
        if limits and data["side"] == "buy":
            assert price <= max(limits)
        if limits and data["side"] == "sell":
            assert price >= min(limits)


def test_steps_of_an_order_are_numbered_in_order_of_time(recording: Recording) -> None:
    for steps in order_lives(recording).values():
        assert [step["order_step"] for step in steps] == list(range(1, len(steps) + 1))
        assert [step["order_event_at"] for step in steps] == sorted(step["order_event_at"] for step in steps)
        assert steps[0]["order_event_type"] == "new"


def test_nothing_follows_the_end_of_an_order(recording: Recording) -> None:
    for steps in order_lives(recording).values():
        kinds = [step["order_event_type"] for step in steps]
        ends = [kind for kind in kinds if kind in ("cancelled", "rejected", "expired")]
        assert ends in ([], kinds[-1:])


def test_each_order_is_checked_once_and_refused_orders_do_not_fill(recording: Recording) -> None:
    checks = recording.data("risk.order_checks.v1")
    assert Counter(check["order_id"] for check in checks) == dict.fromkeys(order_lives(recording), 1)
    refused = {check["order_id"] for check in checks if check["check_outcome"] == "rejected"}
    assert not refused & {data["order_id"] for data in recording.data(FILLS)}


def test_unsafe_products_are_not_traded_once_delisted(recording: Recording) -> None:
    delisted = {
        each["instrument_id"]: each["effective_date"]
        for each in recording.data("market.instruments.v1")
        if not each["is_tradable"]
    }
    assert len(delisted) == 1
    traded = [(each["instrument_id"], each["session_date"]) for each in recording.data(ORDERS)]
    assert not [pair for pair in traded if pair[0] in delisted and pair[1] >= delisted[pair[0]]]


def test_levels_and_their_ends_go_together(recording: Recording) -> None:
    for account in recording.data("clients.accounts.v1"):
        assert (account["client_risk_level"] is None) == (account["risk_level_expires_date"] is None)
        assert account["effective_at"] <= account["recorded_at"]
