from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.risk.margin import Ladder, MarginAccount

LADDER = Ladder()
IN_DEBT = MarginAccount(cash=D(200_000), securities=D(800_000), financed=D(500_000), interest=D(12_000))
ratios = st.decimals("0.5", "3", places=4)
rungs = st.sampled_from(["none", "warning", "call", "forced_sale"])


def test_what_a_broker_prints() -> None:
    account = MarginAccount(cash=D(500_000), securities=D(1_000_000), financed=D(1_000_000))
    assert account.maintenance_ratio == D("1.5")


def test_the_way_down_and_back() -> None:
    assert IN_DEBT.maintenance_ratio == D("1.953125")
    assert IN_DEBT.securities_at(D("1.30")) == D(465_600)
    fallen = MarginAccount(cash=D(200_000), securities=D(440_000), financed=D(500_000), interest=D(12_000))
    assert fallen.cash_to_reach(D("1.50")) == D(128_000)
    assert IN_DEBT.cash_to_reach(D("1.50")) == 0


def test_securities_sold_short_are_a_debt() -> None:
    account = MarginAccount(cash=D(300), securities=D(0), financed=D(0), sold_short=D(200))
    assert account.maintenance_ratio == D("1.5")


def test_without_a_debt_there_is_no_ratio_and_no_call() -> None:
    account = MarginAccount(cash=D(0), securities=D(0), financed=D(0))
    assert account.maintenance_ratio is None
    assert LADDER.rung(account.maintenance_ratio, before="forced_sale") == "none"
    assert account.securities_at(D("1.3")) == 0


def test_a_negative_amount_is_refused() -> None:
    with pytest.raises(ValueError, match="financed is -1"):
        MarginAccount(cash=D(0), securities=D(0), financed=D(-1))


@pytest.mark.parametrize(
    ("ratio", "rung"),
    [
        ("1.5001", "none"), ("1.50", "none"), ("1.4999", "warning"), ("1.40", "warning"),
        ("1.3999", "call"), ("1.30", "call"), ("1.2999", "forced_sale"), ("0.5", "forced_sale"),
    ],
)  # fmt: skip
def test_on_the_way_down(ratio: str, rung: str) -> None:
    assert LADDER.rung(D(ratio)) == rung


@pytest.mark.parametrize(
    ("before", "ratio", "rung"),
    [
        ("forced_sale", "1.3199", "forced_sale"), ("forced_sale", "1.32", "call"),
        ("forced_sale", "1.42", "warning"), ("forced_sale", "1.52", "none"),
        ("call", "1.4199", "call"), ("call", "1.31", "call"), ("call", "1.42", "warning"),
        ("warning", "1.5199", "warning"), ("warning", "1.41", "warning"), ("warning", "1.52", "none"),
    ],
)  # fmt: skip
def test_on_the_way_up_a_rung_is_left_two_points_above_its_line(before: str, ratio: str, rung: str) -> None:
    assert LADDER.rung(D(ratio), before) == rung


@given(ratios, rungs)
def test_the_same_ratio_again_changes_nothing(ratio: D, before: str) -> None:
    first = LADDER.rung(ratio, before)
    assert LADDER.rung(ratio, first) == first


@given(st.lists(ratios, min_size=2, max_size=2).map(sorted), rungs)
def test_a_lower_ratio_never_stands_higher(pair: list[D], before: str) -> None:
    order = ["none", "warning", "call", "forced_sale"]
    assert order.index(LADDER.rung(pair[0], before)) >= order.index(LADDER.rung(pair[1], before))


def test_lines_must_be_in_order() -> None:
    with pytest.raises(ValueError, match="warning above call above forced sale"):
        Ladder(warning=D("1.3"), call=D("1.4"))
