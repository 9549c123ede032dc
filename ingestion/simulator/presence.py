"""How present each client is in a session: what is quiet for other reasons than leaving, and what leaving looks like."""

from datetime import date

import numpy as np
from numpy.typing import NDArray

from ingestion.simulator.clients import Population
from ingestion.simulator.randomness import generator
from ingestion.simulator.state import State
from ingestion.simulator.timeline import Day

Floats = NDArray[np.float64]
HOLIDAYS = ((date(2022, 8, 15), date(2022, 9, 5)), (date(2022, 11, 21), date(2022, 11, 27)), (date(2022, 12, 19), date(2022, 12, 26)))  # fmt: skip
QUIET_HAZARD, QUIET_MEAN = 0.003, 15
BEAR_TREND = -0.05


def presence(people: Population, state: State, day: Day, trend: float, seed: int) -> Floats:
    """A factor on each client's rates: 0 for who is no client, about 1 for an ordinary day.

    trend: the stocks' mean return of the last 20 sessions. Starts spells of quiet in `state`.
    """
    random = generator(seed, "presence", day.number)
    _start_quiet(people, state, day, random)
    factor = np.where(state.is_client & ~state.frozen, 1.0, 0.0)
    factor *= np.where(state.has_left, 0.03, 1.0)
    factor *= np.where(state.quiet_until >= day.number, 0.08, 1.0)
    if any(first <= day.date <= last for first, last in HOLIDAYS):
        factor *= np.where(people.takes_holidays, 0.12, 1.0)
    if trend < BEAR_TREND:
        factor *= np.where(people.fear > 0.5, 0.45, 1.0)
    factor *= 1.0 - state.shows * wind_down(state, day.number)
    return factor * np.exp(random.normal(0.0, 0.25, len(people)))


def wind_down(state: State, session: int) -> Floats:
    """How far each client's leaving has gone: 0 for who does not mean to, from 0.7 up to 0.95 on the last day."""
    length = np.maximum(state.leaves_on - state.intends_since, 1)
    share = np.clip((session - state.intends_since) / length, 0.0, 1.0)
    return np.where(state.intends_since >= 0, 0.7 + 0.25 * share, 0.0)


def _start_quiet(people: Population, state: State, day: Day, random: np.random.Generator) -> None:
    starts = (random.random(len(people)) < QUIET_HAZARD) & (state.quiet_until < day.number) & ~people.is_algo
    lengths = random.geometric(1.0 / QUIET_MEAN, len(people))
    state.quiet_until[starts] = day.number + lengths[starts]
