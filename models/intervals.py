"""A measured figure with the interval that resampling clients gives it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Measured:
    """A measure on everything that was judged, and the ends of its interval."""

    value: float
    lower: float
    upper: float


@dataclass(frozen=True)
class Resampling:
    """n_draws: bootstrap draws of clients with replacement. coverage: of the interval, a fraction of one.

    seed: of the draws; the same seed gives the same interval.
    """

    n_draws: int = 500
    coverage: float = 0.95
    seed: int = 20221223

    def draws(self, n_clients: int) -> NDArray[np.int64]:
        """How often each client is drawn: draws x clients."""
        random = np.random.Generator(np.random.PCG64(self.seed))
        drawn = (
            np.bincount(random.integers(0, n_clients, n_clients), minlength=n_clients)
            for _ in range(self.n_draws)
        )
        return np.array(list(drawn), dtype=np.int64).reshape(self.n_draws, n_clients)

    def measured(self, value: float, drawn_values: NDArray[np.float64]) -> Measured:
        """The value between the percentiles of what the draws gave; NaN ends where no draw gave a value."""
        if not len(drawn_values):
            return Measured(value, float("nan"), float("nan"))
        tail = (1 - self.coverage) / 2
        lower, upper = np.quantile(drawn_values, [tail, 1 - tail])
        return Measured(value, float(lower), float(upper))
