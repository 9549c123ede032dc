"""How many clients are interested in each item: the baseline, and what a client without history is offered."""

import numpy as np
from scipy import sparse

from models.recommendation.ease import Floats


def fit(interactions: sparse.csr_array) -> Floats:
    """Clients with any interest, by item. interactions: clients x items."""
    interested = interactions.indices[interactions.data > 0]
    return np.bincount(interested, minlength=interactions.shape[1]).astype(np.float64)
