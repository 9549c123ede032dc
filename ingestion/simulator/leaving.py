"""Who means to leave, and when: a hazard from latent disloyalty and annoyance, which observables show imperfectly."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingestion.simulator.clients import Population
from ingestion.simulator.randomness import generator
from ingestion.simulator.size import Size
from ingestion.simulator.state import State
from ingestion.simulator.timeline import Day

# exp(DISLOYALTY * z) has mean exp(DISLOYALTY² / 2).
DISLOYALTY, ANNOYANCE, YOUNG = 0.9, 0.35, 0.5
SHORTEST, SHAPE, SCALE = 14, 2.0, 6.5
FORGETS = 0.93


@dataclass(frozen=True)
class Decisions:
    """Clients who decide in a session: to begin to leave, to stay after all, to go today."""

    begin: tuple[int, ...]
    stay: tuple[int, ...]
    go: tuple[int, ...]


def decide(people: Population, state: State, size: Size, day: Day, trend: float, seed: int) -> Decisions:
    """Draws this session's decisions and notes them in `state`."""
    random = generator(seed, "leaving", day.number)
    state.annoyance *= FORGETS
    drawn = random.random(len(people))
    free = state.is_client & ~state.has_left & ~people.is_algo & ~state.frozen & (state.intends_since < 0)
    hazard = size.leaving_ratio * _multiple(people, state, day, trend)
    # Sessions before the first are as if they had been: some are leaving already.
    hazard = hazard * 24.0 if day.number == 0 else hazard
    begin = np.flatnonzero(free & (drawn < hazard))
    _begin(state, begin, day, random)
    due = (state.intends_since >= 0) & (state.leaves_on == day.number) & ~state.has_left
    stay = np.flatnonzero(due & state.changes_mind)
    go = np.flatnonzero(due & ~state.changes_mind)
    state.intends_since[stay] = -1
    state.leaves_on[stay] = -1
    return Decisions(*(tuple(each.tolist()) for each in (begin, stay, go)))


def _multiple(people: Population, state: State, day: Day, trend: float) -> NDArray[np.float64]:
    young = np.array([(day.date - opened).days < 200 for opened in state.opened])
    bear = 0.3 * max(-trend, 0.0) * 10.0 * (people.fear > 0.0)
    logs = DISLOYALTY * people.disloyalty + ANNOYANCE * state.annoyance + YOUNG * young + bear
    multiple: NDArray[np.float64] = np.exp(logs - DISLOYALTY**2 / 2 - 0.35)
    return multiple


def _begin(state: State, begin: NDArray[np.int64], day: Day, random: np.random.Generator) -> None:
    n = len(begin)
    lengths = SHORTEST + np.floor(random.gamma(SHAPE, SCALE, n)).astype(np.int64)
    if day.number == 0:
        lengths = np.maximum((lengths * random.random(n)).astype(np.int64), 1)
    state.intends_since[begin] = day.number
    state.leaves_on[begin] = day.number + lengths
    # A fifth goes without a sign, the others show it more or less.
    state.shows[begin] = np.where(random.random(n) < 0.2, 0.0, random.uniform(0.7, 1.0, n))
    state.changes_mind[begin] = random.random(n) < 0.15
    state.closes_account[begin] = random.random(n) < 0.45
