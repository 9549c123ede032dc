"""App sessions: who comes, when, and how often, before what they do there is known."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ingestion.simulator.clients import Floats, Population
from ingestion.simulator.randomness import generator
from ingestion.simulator.timeline import Day

IN_HOURS = 0.6
LATEST = 0.94


@dataclass
class Visit:
    """One app session. fraction: of trading hours, negative outside them. tickets: instant and product of each order ticket."""

    client: int
    app_session_id: str
    at: int
    fraction: float
    tickets: list[tuple[int, int]] = field(default_factory=list)


def visits(
    people: Population, present: Floats, orders: NDArray[np.int64], day: Day, seed: int
) -> list[Visit]:
    """The session's app sessions; who orders by app is there in trading hours at least once."""
    random = generator(seed, "visits", day.number)
    counts = random.poisson(people.log_in_rate * np.minimum(present, 2.0)) * ~people.is_algo
    needs = (orders > 0) & ~people.is_algo
    made = list(_made(counts, day, random))
    there = {visit.client for visit in made if visit.fraction >= 0}
    extra = [client for client in np.flatnonzero(needs).tolist() if client not in there]
    made += [_visit(client, day, float(random.random()) * LATEST, random) for client in extra]
    return made


def _made(counts: NDArray[np.int64], day: Day, random: np.random.Generator) -> Iterator[Visit]:
    for client in np.repeat(np.arange(len(counts)), counts).tolist():
        drawn = float(random.random())
        fraction = drawn / IN_HOURS * LATEST if drawn < IN_HOURS else -1.0
        yield _visit(client, day, fraction, random)


def _visit(client: int, day: Day, fraction: float, random: np.random.Generator) -> Visit:
    at = day.at(fraction) if fraction >= 0 else day.off_hours(float(random.random()))
    return Visit(client, "S" + random.bytes(8).hex(), at, fraction)
