import pytest

from models.churn.actions import RetentionParams, expected_gain, is_left_alone, propose

PARAMS = RetentionParams(
    save_ratio=0.5,
    incentive_amount=100.0,
    incentive_taken_amount=10.0,
    contact_amount=5.0,
    leave_alone_ratio=0.0,
)


@pytest.mark.parametrize(
    ("probability", "value", "gain"),
    [
        # 0.5 * 0.5 * (300 - 100) - 0.5 * 10 - 5
        (0.5, 300.0, 40.0),
        (0.0, 300.0, -15.0),
        (1.0, 300.0, 95.0),
        # Worth less than the incentive: keeping the client loses money.
        (1.0, 90.0, -10.0),
        (0.5, 140.0, 0.0),
    ],
)
def test_expected_gain_by_hand(probability: float, value: float, gain: float) -> None:
    assert expected_gain(probability, value, PARAMS) == pytest.approx(gain)


@pytest.mark.parametrize(
    ("value", "action"), [(139.99, "none"), (140.0, "none"), (140.01, "adviser_call"), (1e6, "adviser_call")]
)
def test_contact_begins_above_a_gain_of_zero(value: float, action: str) -> None:
    assert propose("c-1", 0.5, value, None, PARAMS) == action


def test_a_share_of_clients_is_left_alone_whatever_they_are_worth() -> None:
    params = RetentionParams(leave_alone_ratio=0.05)
    alone = [client for client in map(str, range(20_000)) if is_left_alone(client, params)]
    assert 900 < len(alone) < 1_100
    assert propose(alone[0], 0.9, 1e6, None, params) == "none"


@pytest.mark.parametrize(
    ("top_column", "action"),
    [
        ("fill_trend_ratio", "fee_review"),
        ("n_rejected_checks_20", "education"),
        ("withdrawal_ratio_60", "adviser_call"),
        (None, "adviser_call"),
    ],
)
def test_the_strongest_reason_chooses_the_action(top_column: str | None, action: str) -> None:
    assert propose("c-1", 1.0, 300.0, top_column, PARAMS) == action


def test_everyone_or_no_one_can_be_left_alone() -> None:
    assert is_left_alone("c-1", RetentionParams(leave_alone_ratio=1.0))
    assert not is_left_alone("c-1", RetentionParams(leave_alone_ratio=0.0))


@pytest.mark.parametrize("probability", [-0.01, 1.01, float("nan")])
def test_a_probability_outside_its_range_is_refused(probability: float) -> None:
    with pytest.raises(ValueError, match=r"outside 0\.\.1"):
        expected_gain(probability, 100.0, PARAMS)
