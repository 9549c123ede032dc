"""Features as they reach the linear part: missing values filled, standardised, extremes cut."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ROUNDING = 1e-12
"""Relative deviation below which a feature counts as constant."""


@dataclass(frozen=True)
class Preparation:
    """What was learned about each feature from the training samples, in the order of `columns`.

    medians: in the feature's unit; fill missing values and are the usual value of an explanation.
    means, scales: of the filled feature; scale is 1 where the feature never varied.
    had_missing: whether training saw the feature missing, which then is a signal of its own.
    clip: standard deviations beyond which a value is cut.
    """

    columns: tuple[str, ...]
    medians: tuple[float, ...]
    means: tuple[float, ...]
    scales: tuple[float, ...]
    had_missing: tuple[bool, ...]
    clip: float


def values_of(features: pd.DataFrame) -> Floats:
    """Samples x features as doubles, missing as NaN. Raises ValueError, naming columns, on infinite values."""
    values = features.to_numpy(dtype=np.float64, na_value=np.nan)
    infinite = [str(name) for name in features.columns[np.isinf(values).any(axis=0)]]
    if infinite:
        raise ValueError(f"infinite values in {', '.join(infinite)}")
    return values


def learn(features: pd.DataFrame, clip: float) -> Preparation:
    """Medians, means and scales of training samples. A feature that is always missing is taken as zero.

    Raises ValueError when a column stands twice or a value is infinite.
    """
    if features.columns.has_duplicates:
        raise ValueError(f"columns stand twice: {', '.join(features.columns[features.columns.duplicated()])}")
    values = values_of(features)
    missing = np.isnan(values)
    medians = np.zeros(values.shape[1])
    known = ~missing.all(axis=0)
    medians[known] = np.nanmedian(values[:, known], axis=0)
    filled = np.where(missing, medians, values)
    deviations = filled.std(axis=0)
    # The deviation of a constant such as 0.1 is not always zero in doubles.
    varies = deviations > ROUNDING * np.abs(filled).max(axis=0, initial=0.0)
    return Preparation(
        columns=tuple(str(name) for name in features.columns),
        medians=tuple(medians.tolist()),
        means=tuple(filled.mean(axis=0).tolist()),
        scales=tuple(np.where(varies, deviations, 1.0).tolist()),
        had_missing=tuple(bool(count) for count in np.count_nonzero(missing, axis=0)),
        clip=clip,
    )


def prepare(preparation: Preparation, features: pd.DataFrame) -> Floats:
    """Samples x (2 * features): standardised values, then indicators of what is missing.

    The indicator of a feature that training never saw missing stays zero: nothing is known about it.
    Raises ValueError when the columns differ, naming the difference.
    """
    refuse_other_columns(preparation.columns, features)
    values = values_of(features)
    missing = np.isnan(values)
    filled = np.where(missing, preparation.medians, values)
    standardised = (filled - preparation.means) / preparation.scales
    clipped = np.clip(standardised, -preparation.clip, preparation.clip)
    return np.hstack([clipped, (missing & preparation.had_missing).astype(np.float64)])


def refuse_other_columns(columns: tuple[str, ...], features: pd.DataFrame) -> None:
    """Raises ValueError unless `features` has exactly these columns in this order."""
    found = tuple(str(name) for name in features.columns)
    if found == columns:
        return
    lacking = [name for name in columns if name not in found]
    unknown = [name for name in found if name not in columns]
    parts = [f"lacking {', '.join(lacking)}"] if lacking else []
    parts += [f"unknown {', '.join(unknown)}"] if unknown else []
    if not parts and len(found) == len(columns):
        place = next(i for i, (ours, theirs) in enumerate(zip(columns, found, strict=True)) if ours != theirs)
        parts = [f"column {place} is {found[place]}, the model's is {columns[place]}"]
    raise ValueError(f"features are not the model's columns: {'; '.join(parts) or 'a column stands twice'}")
