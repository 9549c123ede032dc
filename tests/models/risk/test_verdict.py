import numpy as np
import pytest

from models.risk.verdict import back_test


def series(n_sessions: int, hits: dict[int, float]) -> np.ndarray:
    """Profits of 1, and on the days of `hits` losses of so much."""
    profits = np.ones(n_sessions)
    for day, loss in hits.items():
        profits[day] = -loss
    return profits


def test_a_right_forecast_is_not_rejected() -> None:
    hits = dict.fromkeys((20, 110, 180), 2.2)
    found = back_test(series(250, hits), np.full(250, 2.0), np.full(250, 2.3), 0.99)
    assert found.objections == ()
    assert found.verdict == "not rejected: 3 hits in 250 sessions, 2.5 expected, green zone"


def test_too_many_hits_that_follow_each_other_and_are_too_large() -> None:
    hits = dict.fromkeys((50, 51, 52, 53, 54, 120, 121, 122, 123, 124), 5.0)
    found = back_test(series(250, hits), np.full(250, 2.0), np.full(250, 2.3), 0.99)
    assert found.verdict.startswith("rejected: 10 hits in 250 sessions, 2.5 expected, red zone; ")
    phrases = [phrase.split(" (")[0] for phrase in found.objections]
    assert phrases == [
        "too many hits",
        "hits follow hits",
        "hits come in clusters",
        "losses beyond the forecast are too many or too large",
    ]
    # 1 - 10 * (5 / 2.3) / 2.5
    assert found.shortfall == pytest.approx(1 - 10 * 5 / 2.3 / 2.5)


def test_one_large_loss_in_few_sessions_rejects_nothing_by_its_size() -> None:
    few = back_test(series(40, {5: 9.0}), np.full(40, 2.0), np.full(40, 2.3), 0.99)
    assert few.shortfall == pytest.approx(1 - 9 / 2.3 / 0.4)
    assert few.objections == ()
    wild = back_test(series(250, {5: 9.0, 90: 9.0}), np.full(250, 2.0), np.full(250, 2.3), 0.99)
    assert [phrase.split(" (")[0] for phrase in wild.objections] == [
        "losses beyond the forecast are too many or too large"
    ]


def test_no_hits_at_all_are_too_few() -> None:
    found = back_test(series(250, {}), np.full(250, 2.0), np.full(250, 2.3), 0.99)
    assert found.verdict == (
        "rejected: 0 hits in 250 sessions, 2.5 expected, green zone; too few hits (p 0.0250)"
    )
    assert found.time_between is None


def test_a_forecast_without_a_shortfall_leaves_that_test_out() -> None:
    found = back_test([0.0, 1.0], [0.0, 0.0], [0.0, 1.0], 0.95)
    assert found.shortfall is None
    assert found.n_hits == 0
