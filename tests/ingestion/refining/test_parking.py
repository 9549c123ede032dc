"""A topic whose silver table cannot be written waits alone, the ledger says so, and unparking refines it from bronze."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from ingestion.errors import NotParked
from ingestion.ledger.accounts import Ledger
from ingestion.ledger.reading import ledger
from ingestion.refining import parking
from ingestion.refining.unpark import unpark
from lake.store import Store
from schemas import catalog
from tests.ingestion.arriving import arrive, message
from tests.rows import only
from tests.written import new_lake

CASH, LIMITS = catalog.event("transactions.cash.v1"), catalog.event("risk.limits.v1")
SILVER_CASH, SILVER_LIMITS = catalog.silver_of(CASH), catalog.silver_of(LIMITS)


@pytest.fixture
def store(spark: SparkSession, tmp_path: Path) -> Store:
    return Store(spark, new_lake(tmp_path))


def cash(number: int) -> bytes:
    return message(CASH, number, {"cash_movement_id": f"movement-{number}"})


def limit(number: int) -> bytes:
    return message(LIMITS, number, {"account_id": f"account-{number}"})


def arrives(
    store: Store, batch: int, first_offset: int, *, of_cash: list[bytes], of_limits: list[bytes]
) -> None:
    arrive(store, batch, first_offset, {CASH: of_cash, LIMITS: of_limits})


def forbid(store: Store, is_forbidden: bool) -> None:
    """Makes silver's cash movements refuse every new row, or take them again."""
    path = store.settings.table_path(SILVER_CASH.name)
    change = "ADD CONSTRAINT nothing CHECK (sequence < 2)" if is_forbidden else "DROP CONSTRAINT nothing"
    store.spark.sql(f"ALTER TABLE delta.`{path}` {change}")


def movements(store: Store) -> list[str]:
    return [row["cash_movement_id"] for row in only(store.read(SILVER_CASH), "cash_movement_id")]


def stuck(found: Ledger) -> list[tuple[str, str, tuple[int, ...]]]:
    return [
        (each.verdict, each.subject.split()[0], tuple(map(int, each.proof))) for each in found.differences
    ]


def test_a_topic_that_fails_waits_alone_and_is_repaired_in_order(store: Store) -> None:
    arrives(store, 0, 0, of_cash=[cash(1)], of_limits=[limit(1)])
    forbid(store, True)
    arrives(store, 1, 1, of_cash=[cash(2), cash(1), b"garbage"], of_limits=[limit(2)])
    arrives(store, 2, 4, of_cash=[cash(3), cash(2)], of_limits=[])

    assert movements(store) == ["movement-1"]
    assert store.read(SILVER_LIMITS).count() == 2
    assert parking.parked_ranges(store) == {CASH.topic: parking.Range(1, 2)}
    assert stuck(ledger(store.settings, settled=False)) == [("stuck", CASH.topic, (1, 4, 5))]

    assert unpark(store) == {CASH.topic: False}
    assert parking.parked_ranges(store) == {CASH.topic: parking.Range(1, 2)}

    forbid(store, False)
    assert unpark(store, CASH.topic) == {CASH.topic: True}
    assert movements(store) == ["movement-1", "movement-2", "movement-3"]
    assert parking.parked_ranges(store) == {}
    found = ledger(store.settings, settled=True)
    assert found.is_closed, found.differences
    of_cash = next(each for each in found.accounts if each.topic == CASH.topic)
    assert (of_cash.n_landed, of_cash.n_accepted, of_cash.n_duplicates, of_cash.n_quarantined) == (6, 3, 2, 1)


def test_only_what_is_parked_is_repaired(store: Store) -> None:
    assert unpark(store) == {}
    with pytest.raises(NotParked, match=r"'risk\.limits\.v1' is not parked; none is"):
        unpark(store, LIMITS.topic)
