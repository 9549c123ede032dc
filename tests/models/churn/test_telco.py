"""The whole path on real data. No dates in it: rows are dealt to invented days, so only the order is tested."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.churn.measures import judge, leak_alarms
from models.churn.model import ChurnParams, fit, score
from models.intervals import Resampling

N_FOLDS = 5


@pytest.mark.real_data
def test_telco_churn_is_ranked_as_well_as_known(real_data: Path) -> None:
    table = pd.read_csv(real_data / "churn_telco" / "Telco-Customer-Churn.csv")
    labels = (table.pop("Churn") == "Yes").to_numpy().astype(int)
    clients = table.pop("customerID").to_numpy()
    table["TotalCharges"] = pd.to_numeric(table["TotalCharges"], errors="coerce")
    assert (len(table), labels.sum(), table["TotalCharges"].isna().sum()) == (7043, 1869, 11)
    features = pd.get_dummies(table, dtype=float)
    row = np.arange(len(labels))
    days = np.datetime64("2022-01-01") + (row // N_FOLDS) % 20
    scores = np.empty(len(labels))
    for fold in range(N_FOLDS):
        held_out = row % N_FOLDS == fold
        model = fit(features[~held_out], labels[~held_out], days[~held_out], ChurnParams(embargo_days=0))
        scores[held_out] = score(model, features[held_out])
    quality = judge(labels, scores, clients, Resampling(n_draws=50))
    assert quality is not None
    assert 0.83 < quality.roc_auc.value < 0.86
    assert 0.62 < quality.average_precision.value < 0.68
    assert 2.6 < quality.top_lift.value < 3.0
    assert quality.brier.value < 0.75 * quality.brier_of_base_rate
    assert scores.mean() == pytest.approx(quality.base_rate, abs=0.01)
    assert leak_alarms(features, labels, scores) == ()
