"""EASE: a linear item-item model in closed form (Steck 2019, "Embarrassingly shallow autoencoders").

Made for catalogues of some hundred to some thousand items: fitting inverts one items x items matrix.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse
from threadpoolctl import threadpool_limits

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class EaseParams:
    """regularisation: ridge penalty, in squared points of interest; chosen on early sessions of about 1,000 clients.

    own_interest: how much interest in a product says about itself, beside weights that are mostly a few hundredths. Steck
    has 0: what was consumed is not offered again. Here who has looked at a product need not hold it.
    """

    regularisation: float = 1000.0
    own_interest: float = 0.25

    def __post_init__(self) -> None:
        if self.own_interest < 0:
            raise ValueError(f"own_interest is {self.own_interest}, must be at least 0")
        if self.regularisation <= 0:
            raise ValueError(f"regularisation is {self.regularisation}, must be above 0")


STANDARD = EaseParams()
SMALL = EaseParams(regularisation=100.0)


def fit(interactions: sparse.csr_array, params: EaseParams) -> Floats:
    """Weights (items x items): how much interest in the row's item says about the column's.

    interactions: clients x items, missing is zero. With G = X'X + regularisation * I and P = inv(G), the
    weight is -P_ij / P_jj, on the diagonal `own_interest`. Raises ValueError when interactions are not finite.
    """
    if not np.isfinite(interactions.data).all():
        raise ValueError(f"interactions: {np.count_nonzero(~np.isfinite(interactions.data))} are not finite")
    gram = (interactions.T @ interactions).toarray()
    gram[np.diag_indices_from(gram)] += params.regularisation
    # One thread: with more, the order of sums, and so the last bits, may change.
    with threadpool_limits(limits=1):
        precision = linalg.inv(gram, check_finite=False)
    weights = -precision / np.diag(precision)
    np.fill_diagonal(weights, params.own_interest)
    return np.ascontiguousarray(weights)


def scores(weights: Floats, interactions: sparse.csr_array) -> Floats:
    """Clients x items; a client's scores depend on its own row alone, to the bit."""
    return np.asarray(interactions @ weights, dtype=np.float64)
