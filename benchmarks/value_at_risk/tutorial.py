"""What we are measured against: value at risk by account as tutorials write it, with `applyInPandas`.

It does less: no groups, no book, no other methods, no missing prices, and the moves of the instruments are given to it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame

from benchmarks.value_at_risk.kernel import CONFIDENCES

_SCHEMA = "account_id string, confidence double, value_at_risk double, expected_shortfall double"


def tutorial(valued: DataFrame, instrument_ids: list[str], moves: np.ndarray) -> DataFrame:
    """valued: account_id, instrument_id, market_value_amount. moves: instruments x scenarios."""
    positions = valued.selectExpr(
        "account_id", "instrument_id", "cast(market_value_amount AS double) AS market_value"
    )
    return positions.groupBy("account_id").applyInPandas(_of_account(instrument_ids, moves), _SCHEMA)


def _of_account(instrument_ids: list[str], moves: np.ndarray) -> Callable[[pd.DataFrame], pd.DataFrame]:
    place = {name: number for number, name in enumerate(instrument_ids)}

    def of_account(positions: pd.DataFrame) -> pd.DataFrame:
        rows = [place[name] for name in positions["instrument_id"]]
        losses = -np.round(positions["market_value"].to_numpy() @ moves[rows], 2)
        quantiles = [np.quantile(losses, confidence) for confidence in CONFIDENCES]
        return pd.DataFrame(
            {
                "account_id": positions["account_id"].iloc[0],
                "confidence": CONFIDENCES,
                "value_at_risk": quantiles,
                "expected_shortfall": [losses[losses >= quantile].mean() for quantile in quantiles],
            }
        )

    return of_account
