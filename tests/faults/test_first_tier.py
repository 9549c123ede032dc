"""The first tier: each fault once or thrice, with fixed seeds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from tests.faults.declared import FAULTS
from tests.faults.fault import Fault, NotPossibleHere
from tests.faults.trial import Trial
from tests.ingestion import broker


@pytest.fixture(scope="module")
def brokers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with broker.running(tmp_path_factory.mktemp("kafka")) as address:
        yield address


@pytest.mark.parametrize(
    ("fault", "seed"),
    [pytest.param(fault, seed, id=f"{fault.name}-{seed}") for fault in FAULTS for seed in fault.seeds],
)
def test_nothing_is_lost_or_doubled(
    fault: Fault, seed: int, spark: SparkSession, brokers: str, tmp_path: Path
) -> None:
    try:
        outcome = fault.act(Trial.fresh(tmp_path, brokers, seed, spark))
    except NotPossibleHere as error:
        pytest.skip(f"not possible here: {error}")
    assert outcome.is_ok, outcome
