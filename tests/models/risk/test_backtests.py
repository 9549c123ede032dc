import math
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from models.risk.backtests import (
    Transitions,
    conditional_coverage,
    expected_shortfall_z2,
    hits_of,
    independence,
    plus_factor,
    time_between_hits,
    traffic_light,
    transitions,
    unconditional_coverage,
)
from models.risk.value_at_risk import historical_value_at_risk

hit_series = st.lists(st.booleans(), min_size=2, max_size=400)


@pytest.mark.parametrize(
    ("n_sessions", "n_hits", "confidence", "statistic", "p_value"),
    [
        (1043, 57, 0.95, 0.46147, 0.49694),  # MathWorks, varbacktest
        (252, 20, 0.95, 3.9126, 0.0479),  # J.P. Morgan 1998, in Jorion
        (4523, 253, 0.95, 3.2368, 0.0720),  # the vignette of rugarch prints 0 and 1: its powers vanish
        (1043, 17, 0.99, 3.51181, None),
        (1043, 59, 0.95, 0.91023, None),
        (1043, 12, 0.99, 0.22768, None),
        (1043, 22, 0.99, 9.82980, None),
        (250, 0, 0.99, 5.0252, None),  # no hit at all is rejected too
        (250, 5, 0.99, 1.9568, None),
        (250, 10, 0.99, 12.9555, None),
    ],
)
def test_coverage_of_published_cases(
    n_sessions: int, n_hits: int, confidence: float, statistic: float, p_value: float | None
) -> None:
    found = unconditional_coverage(n_sessions, n_hits, confidence)
    assert found.statistic == pytest.approx(statistic, abs=6e-5)
    if p_value is not None:
        assert found.p_value == pytest.approx(p_value, abs=6e-5)


@pytest.mark.parametrize(
    ("confidence", "n_sessions", "fewest", "most"),
    [
        (0.99, 255, 1, 6), (0.99, 510, 2, 10), (0.99, 1000, 5, 16),
        (0.975, 255, 3, 11), (0.975, 510, 7, 20), (0.975, 1000, 16, 35),
        (0.95, 255, 7, 20), (0.95, 510, 17, 35), (0.95, 1000, 38, 64),
    ],
)  # fmt: skip
def test_hits_that_are_not_rejected(confidence: float, n_sessions: int, fewest: int, most: int) -> None:
    accepted = [
        n for n in range(n_sessions + 1) if unconditional_coverage(n_sessions, n, confidence).p_value >= 0.05
    ]
    assert accepted == list(range(fewest, most + 1))


def test_hits_as_expected_have_a_statistic_of_zero() -> None:
    assert unconditional_coverage(100, 1, 0.99).statistic == 0.0
    assert unconditional_coverage(100, 1, 0.99).p_value == 1.0


@pytest.mark.parametrize(("n_sessions", "n_hits"), [(0, 0), (10, 11), (10, -1)])
def test_impossible_counts_are_refused(n_sessions: int, n_hits: int) -> None:
    with pytest.raises(ValueError, match=f"{n_hits} hits in {n_sessions} sessions"):
        unconditional_coverage(n_sessions, n_hits, 0.99)


def test_independence_of_published_cases() -> None:
    mathworks = independence(Transitions(932, 53, 53, 4))
    assert mathworks.statistic == pytest.approx(0.25866, abs=6e-6)
    assert mathworks.p_value == pytest.approx(0.61104, abs=6e-6)
    jorion = independence(Transitions(218, 14, 14, 6))
    assert jorion.statistic == pytest.approx(9.5296, abs=6e-5)
    both = conditional_coverage(unconditional_coverage(252, 20, 0.95), jorion)
    assert both.statistic == pytest.approx(13.4421, abs=1.1e-4)
    assert both.p_value == pytest.approx(0.0012, abs=6e-5)


def test_transitions_of_a_short_series() -> None:
    assert transitions([False, True, True, False, False, False]) == Transitions(n00=2, n01=1, n10=1, n11=1)
    assert transitions([True]) == Transitions(0, 0, 0, 0)


def test_without_a_hit_to_follow_there_is_nothing_to_compare() -> None:
    assert independence(transitions([False] * 9 + [True])).statistic == 0.0
    assert independence(transitions([True] * 10)).statistic == 0.0


@given(hit_series, st.sampled_from([0.9, 0.95, 0.99]))
def test_statistics_are_never_negative_and_hits_are_all_counted(hits: list[bool], confidence: float) -> None:
    pairs = transitions(hits)
    assert pairs.n00 + pairs.n01 + pairs.n10 + pairs.n11 == len(hits) - 1
    assert pairs.n01 + pairs.n11 == sum(hits[1:])
    coverage, independent = unconditional_coverage(len(hits), sum(hits), confidence), independence(pairs)
    assert coverage.statistic >= 0.0
    assert independent.statistic >= 0.0
    assert 0.0 <= conditional_coverage(coverage, independent).p_value <= 1.0


@pytest.mark.parametrize(
    ("confidence", "last_green", "first_red"), [(0.99, 4, 10), (0.975, 10, 17), (0.95, 17, 27)]
)
def test_zones_of_250_sessions(confidence: float, last_green: int, first_red: int) -> None:
    zones = [traffic_light(250, n, confidence).zone for n in range(40)]
    assert zones == ["green"] * (last_green + 1) + ["yellow"] * (first_red - last_green - 1) + ["red"] * (
        40 - first_red
    )


def test_probabilities_of_at_most_so_many_hits() -> None:
    found = [round(100 * traffic_light(250, n, 0.99).probability, 2) for n in range(11)]
    assert found == [8.11, 28.58, 54.32, 75.81, 89.22, 95.88, 98.63, 99.60, 99.89, 99.97, 99.99]


def test_zones_of_fewer_sessions_are_their_own() -> None:
    # Of 20 sessions, P(X <= 1) = 0.983 and P(X <= 2) = 0.9990.
    assert [traffic_light(20, n, 0.99).zone for n in range(4)] == ["green", "yellow", "yellow", "red"]


def test_no_hit_is_green_in_however_few_sessions() -> None:
    # P(X <= 0) of 5 sessions is 0.951, beyond where yellow begins.
    assert [traffic_light(5, n, 0.99).zone for n in range(3)] == ["green", "yellow", "red"]


def test_what_basel_adds() -> None:
    assert [plus_factor(n) for n in (0, 4, 5, 6, 7, 8, 9, 10, 40)] == [0, 0, 0.4, 0.5, 0.65, 0.75, 0.85, 1, 1]


def test_a_loss_equal_to_the_forecast_is_no_hit() -> None:
    assert hits_of([-1.0, -1.5, 3.0], [1.0, 1.0, 1.0]).tolist() == [False, True, False]


def test_shortfall_test_by_hand() -> None:
    # 2 hits in 40 sessions at 95 %, as many as expected; losses of 3 and 1 where 2 were forecast: 1 - (1.5 + 0.5) / 2.
    profits, hits = np.full(40, 1.0), np.zeros(40, dtype=bool)
    profits[[3, 20]], hits[[3, 20]] = (-3.0, -1.0), True
    assert expected_shortfall_z2(profits, hits, np.full(40, 2.0), 0.95) == pytest.approx(0.0)
    assert expected_shortfall_z2(profits, hits, np.full(40, 1.0), 0.95) == pytest.approx(-1.0)


def test_shortfall_test_of_a_right_and_of_a_wrong_forecast() -> None:
    draws = np.random.default_rng(7).standard_normal(100_000)
    quantile, shortfall = 1.959964, 2.337803
    right = expected_shortfall_z2(
        draws, hits_of(draws, np.full(len(draws), quantile)), np.full(len(draws), shortfall), 0.975
    )
    assert abs(right) < 0.06
    # Forecast for a deviation of 0.75: hits and losses beyond them are too many and too large.
    half = np.full(len(draws), 0.75)
    wrong = expected_shortfall_z2(draws, hits_of(draws, half * quantile), half * shortfall, 0.975)
    assert wrong < -1.5


def test_a_shortfall_of_zero_cannot_measure_a_loss() -> None:
    with pytest.raises(ValueError, match="1 of 2 are not above zero"):
        expected_shortfall_z2([1.0, -1.0], [False, True], [1.0, 0.0], 0.95)


def test_series_must_be_of_one_length_and_complete() -> None:
    with pytest.raises(ValueError, match="series of 1, 2 sessions"):
        hits_of([1.0, 2.0], [1.0])
    with pytest.raises(ValueError, match="profits: 1 of 2 values are missing"):
        hits_of([1.0, math.nan], [1.0, 1.0])


def weibull_by_grid(durations: list[float], censored: list[float]) -> float:
    """The statistic by looking at every rate and shape of a grid, from density and survival as they are written."""

    def log_likelihood(rate: float, shape: float) -> float:
        died = sum(
            shape * math.log(rate) + math.log(shape) + (shape - 1) * math.log(d) - (rate * d) ** shape
            for d in durations
        )
        return died - sum((rate * c) ** shape for c in censored)

    rates = [math.exp(r / 200) for r in range(-1200, 1)]
    shapes = [math.exp(s / 50) for s in range(-75, 76)]
    best = max(log_likelihood(rate, shape) for rate, shape in product(rates, shapes))
    return 2 * (best - max(log_likelihood(rate, 1.0) for rate in rates))


def test_time_between_hits_agrees_with_a_search_of_the_whole_grid() -> None:
    hits = np.zeros(200, dtype=bool)
    hits[[4, 6, 7, 60, 61, 150]] = True
    found = time_between_hits(hits)
    assert found is not None
    assert found.statistic == pytest.approx(weibull_by_grid([2, 1, 53, 1, 89], [4, 49]), abs=2e-3)


def test_clustered_hits_are_found_that_coverage_misses() -> None:
    clustered = np.zeros(1000, dtype=bool)
    clustered[[start + step for start in (100, 500, 900) for step in (0, 3, 6)]] = True
    assert unconditional_coverage(1000, int(clustered.sum()), 0.99).p_value > 0.5
    assert independence(transitions(clustered)).p_value > 0.5
    found = time_between_hits(clustered)
    assert found is not None
    assert found.p_value < 0.01


def test_hits_at_a_beat_are_no_cluster() -> None:
    beat = np.zeros(1000, dtype=bool)
    beat[50::100] = True
    found = time_between_hits(beat)
    assert found is not None
    assert (found.statistic, found.p_value) == (0.0, 1.0)


def test_right_forecasts_are_rarely_called_clustered() -> None:
    # 5 % of right forecasts may be; where days are whole and hits few, fewer are.
    generator = np.random.default_rng(1)
    for probability, n_sessions in ((0.01, 1000), (0.05, 250)):
        series = [generator.random(n_sessions) < probability for _ in range(150)]
        tested = [found for hits in series if (found := time_between_hits(hits)) is not None]
        assert sum(found.p_value < 0.05 for found in tested) <= 0.05 * len(tested)


def test_two_hits_have_one_duration_and_no_answer() -> None:
    assert time_between_hits([True, False, True]) is None
    assert time_between_hits([False] * 5) is None


@given(hit_series)
def test_time_between_hits_is_finite(hits: list[bool]) -> None:
    found = time_between_hits(hits)
    assert found is None or (math.isfinite(found.statistic) and 0 <= found.p_value <= 1)


@pytest.mark.real_data
def test_sp500_by_history(real_data: Path) -> None:
    returns = log_returns(real_data)
    days = range(250, len(returns))
    forecasts = [historical_value_at_risk(returns[day - 250 : day], 0.99) for day in days]
    hits = hits_of(returns[250:], forecasts)
    assert (len(hits), hits.sum()) == (4780, 81)
    assert unconditional_coverage(4780, 81, 0.99).statistic == pytest.approx(19.276, abs=6e-4)
    assert independence(transitions(hits)).statistic == pytest.approx(6.009, abs=6e-4)


@pytest.mark.real_data
def test_sp500_by_ewma(real_data: Path) -> None:
    returns = log_returns(real_data)
    variance, hits = float(np.mean(returns[:250] ** 2)), []
    for today in returns[250:]:
        hits.append(-today > norm.ppf(0.95) * math.sqrt(variance))
        variance = 0.94 * variance + 0.06 * today**2
    assert sum(hits) == 273
    assert unconditional_coverage(len(hits), 273, 0.95).statistic == pytest.approx(4.878, abs=6e-4)
    assert independence(transitions(hits)).statistic == pytest.approx(0.400, abs=6e-4)


def log_returns(real_data: Path) -> np.ndarray:
    return np.diff(np.log(pd.read_csv(real_data / "risk_var" / "sp500.csv.gz")["Adj Close"].to_numpy()))
