"""A checkpoint that reads again what is there, in more batches than one: nothing comes twice, and numbers go on."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from ingestion import land
from ingestion.refining import refine
from ingestion.streams import until_ended
from lake.reader import query
from lake.settings import Settings
from lake.store import Store
from tests.faults.counting import count
from tests.faults.places import as_path
from tests.faults.trial import Trial


def take_in(store: Store, adopt: bool = False) -> None:
    """Lands and refines in small batches: some fifteen messages each."""
    until_ended(land.start(store, once=True, adopt=adopt, max_offsets=15))
    until_ended(refine.start(store, once=True, adopt=adopt, max_bytes="6k"))


def last_numbers(settings: Settings) -> tuple[int, int]:
    landed = query(settings, "SELECT max(land_batch) AS n FROM bronze.events", for_service=True)
    refined = query(settings, "SELECT max(refine_batch) AS n FROM silver.cash_movements")
    return landed["n"][0].as_py(), refined["n"][0].as_py()


def roll_back(checkpoints: Path, earlier: Path) -> None:
    shutil.rmtree(checkpoints)
    shutil.copytree(earlier, checkpoints)


def delete(checkpoints: Path, _: Path) -> None:
    shutil.rmtree(checkpoints)


@pytest.mark.parametrize(("harm", "adopt"), [(roll_back, False), (delete, True)])
def test_nothing_comes_twice(
    harm: Callable[[Path, Path], None], adopt: bool, spark: SparkSession, brokers: str, tmp_path: Path
) -> None:
    trial = Trial.fresh(tmp_path / "lake", brokers, seed=1, spark=spark)
    store = Store(spark, trial.settings)
    checkpoints = as_path(trial.settings.checkpoints)
    trial.sent.send(range(8))
    take_in(store)
    shutil.copytree(checkpoints, tmp_path / "earlier")
    trial.sent.send(range(8, 20))
    take_in(store)
    before = last_numbers(trial.settings)

    harm(checkpoints, tmp_path / "earlier")
    take_in(store, adopt)
    trial.sent.send(range(20, 24))
    take_in(store)

    found = count(trial.settings, trial.sent.messages)
    assert (found.lost, found.doubled, found.money_difference, found.disagreements) == (0, 0, 0, ())
    if adopt:
        after = last_numbers(trial.settings)
        assert after[0] > before[0]
        assert after[1] > before[1]
