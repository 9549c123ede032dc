from __future__ import annotations

import csv
import gzip
from datetime import date
from importlib.resources import files

import numpy as np
import pytest

from ingestion.simulator.episodes import EPISODE_SESSIONS, episode_bars
from ingestion.simulator.size import SIZES
from ingestion.simulator.timeline import timeline
from jobs.risk.scenario_moves import Names, moves_under
from jobs.risk.stress_daily import JOB, Params
from jobs.risk.stress_scenarios import SCENARIOS, Episode, LimitDown, ScenarioError, scenarios
from lake.sessions import book_calendar

NOT_RAISED = np.ones(20)

EPISODES = {each.id: each.shock for each in SCENARIOS if isinstance(each.shock, Episode)}
GOOD = 'id = "one"\nname = "One"\ndefined = 2026-11-28\nauthor = "a desk"\n'


def test_a_scenario_is_what_its_text_says() -> None:
    [found] = scenarios(f"[[limit_down]]\n{GOOD}daily_limit_ratio = 0.1\nn_days = 3")
    assert (found.id, found.name, found.defined, found.author) == ("one", "One", date(2026, 11, 28), "a desk")
    assert found.shock == LimitDown(0.1, 3)
    assert found.shock.kind == "hypothetical"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (f"[[indices]]\n{GOOD}move_ratio = -0.1", r"\[\[indices\]\]: there are episode, index, "),
        (f"[[index]]\n{GOOD}", r"\[\[index\]\] one: move_ratio missing"),
        (f"[[index]]\n{GOOD}move_ratio = -0.1\nmove = 1", "one: move not known"),
        (f"[[index]]\n{GOOD}move_ratio = true", "move_ratio is True: it is a number"),
        (f"[[index]]\n{GOOD}move_ratio = -1.1", "move_ratio is -1.1: not 0, and nothing falls by more than all"),
        (f"[[index]]\n{GOOD}move_ratio = 0.0", "move_ratio is 0.0: not 0"),
        (f"[[largest_name]]\n{GOOD}move_ratio = -2", "move_ratio is -2: not 0"),
        (f"[[currency]]\n{GOOD}move_ratio = -2", "move_ratio is -2: not 0"),
        (f'[[index]]\n{GOOD.replace("2026-11-28", "2026-11-28T10:00:00Z")}move_ratio = -0.1', "defined is .*: it is a day"),
        (f'[[index]]\n{GOOD.replace("a desk", " ")}move_ratio = -0.1', "one: it has a name and an author"),
        (f'[[index]]\n{GOOD.replace("one", "One-1")}move_ratio = -0.1', "One-1: its id is small letters"),
        (f"[[index]]\n{GOOD}move_ratio = -0.1\n[[rates]]\n{GOOD}move_bps = 1", "one: two scenarios have this id"),
        (f"[[rates]]\n{GOOD}move_bps = 0", "move_bps is 0: nothing moves"),
        (f"[[episode]]\n{GOOD}first = 2008-09-12\nlast = 2008-09-12", "the first session comes before the last"),
        (f"[[covariance]]\n{GOOD}confidence_ratio = 1.0", "confidence_ratio is 1.0: it lies between 0 and 1"),
        (f"[[covariance]]\n{GOOD}confidence_ratio = 0.9\ncorrelation = 1.1", "correlation is 1.1"),
        (f"[[covariance]]\n{GOOD}confidence_ratio = 0.9\nvolatility_factor = 0", "volatility_factor is 0: it is above 0"),
        (f"[[least_fall]]\n{GOOD}share_ratio = 0.0\nline_ratio = 1.3", "share_ratio is 0.0: above 0"),
        (f"[[least_fall]]\n{GOOD}share_ratio = 1.01\nline_ratio = 1.3", "share_ratio is 1.01: above 0"),
        (f"[[least_fall]]\n{GOOD}share_ratio = 0.1\nline_ratio = 0", "line_ratio is 0: it is above 0"),
        (f"[[limit_down]]\n{GOOD}daily_limit_ratio = 1.0\nn_days = 3", "daily_limit_ratio is 1.0"),
        (f"[[limit_down]]\n{GOOD}daily_limit_ratio = 0.1\nn_days = 0", "n_days is 0: at least one"),
        (f"[[limit_down]]\n{GOOD}daily_limit_ratio = 0.1\nn_days = 1.5", "n_days is 1.5: it is a whole number"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(text: str, why: str) -> None:
    with pytest.raises(ScenarioError, match=why):
        scenarios(text)


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(ScenarioError) as refused:
        scenarios(f"[[index]]\n{GOOD}\n[[rates]]\n{GOOD}move_bps = 0")
    assert len(str(refused.value).splitlines()) == 2


def test_episodes_begin_and_end_with_sessions() -> None:
    assert all(book_calendar().is_session(day) for day in Params().episode_sessions)


def test_both_sets_of_params_have_all_scenarios() -> None:
    assert {each.scenarios for each in JOB.params.values() if isinstance(each, Params)} == {SCENARIOS}
    assert {each.shock.kind for each in SCENARIOS} == {"historical", "hypothetical", "reverse"}


def test_the_simulator_sends_both_ends_of_every_episode() -> None:
    assert set(Params().episode_sessions) == set(EPISODE_SESSIONS)
    for size in SIZES.values():
        begins = timeline(size).dates[0]
        # Never one end from the episodes and the other from the history that follows: a split may lie between these.
        assert all((shock.first < begins) == (shock.last < begins) for shock in EPISODES.values())
        assert {each.data["session_date"] for each in episode_bars(begins, NOT_RAISED)} == {
            day.isoformat() for day in EPISODE_SESSIONS if day < begins
        }


def test_later_splits_raise_the_closes_of_the_episodes_too() -> None:
    day = date(1991, 1, 2)
    once, raised = (
        [each.data["close_price"] for each in episode_bars(day, np.array([factor, *[1.0] * 19]))]
        for factor in (1.0, 4.0)
    )
    assert float(raised[0]) == 4 * float(once[0])
    assert raised[1:20] == once[1:20]


def test_names_move_in_the_episodes_as_they_really_did() -> None:
    packed = files("skfolio.datasets.data").joinpath("sp500_dataset.csv.gz").read_bytes()
    real = {row["Date"]: row for row in csv.DictReader(gzip.decompress(packed).decode().splitlines())}
    closes: dict[date, dict[str, float]] = {}
    for each in episode_bars(date(2022, 1, 3), NOT_RAISED):
        day = date.fromisoformat(each.data["session_date"])
        closes.setdefault(day, {})[each.data["instrument_id"]] = float(each.data["close_price"])
    ids = sorted(closes[EPISODE_SESSIONS[0]])
    unknown = np.full(len(ids), np.nan)
    none = unknown > 0
    names = Names(ids, ["stock"] * len(ids), unknown, none, unknown, np.empty((0, 0)), none, none)
    for shock in EPISODES.values():
        moves = moves_under(shock, names, np.empty((0, len(ids))), closes)
        first, last = (real[day.isoformat()] for day in (shock.first, shock.last))
        tickers = [each.removeprefix("XNYS:") for each in ids]
        assert moves == pytest.approx([float(last[t]) / float(first[t]) - 1 for t in tickers], abs=1e-12)
    moves = dict(
        zip(ids, moves_under(EPISODES["lehman_2008"], names, np.empty((0, 20)), closes), strict=True)
    )
    # As the data set has it: 5.75 to 1.91, and 45.003 to 40.011.
    assert moves["XNYS:AMD"] == pytest.approx(-0.66783, abs=5e-6)
    assert moves["XNYS:XOM"] == pytest.approx(-0.11093, abs=5e-6)
