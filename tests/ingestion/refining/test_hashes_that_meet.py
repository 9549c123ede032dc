"""Keys are found by a hash and decided by themselves: where all hashes are equal, the decisions are the same."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from pyspark.sql import Column, SparkSession
from pyspark.sql import functions as F

from ingestion.refining import classify, repeated
from lake.decoding import decode
from lake.reader import query
from lake.store import Store
from schemas.declaration import Event
from schemas.risk import LIMIT
from schemas.transactions import CASH_MOVEMENT
from tests.ingestion.arriving import arrive, message
from tests.written import new_lake

PAID = [message(CASH_MOVEMENT, n, {"cash_movement_id": f"movement-{n}"}) for n in range(3)]
ANOTHER_AMOUNT = message(CASH_MOVEMENT, 9, {"cash_movement_id": "movement-1", "cash_amount": Decimal("77")})
LIMITED = message(LIMIT, 3, {"account_id": "account-1"})


def one_for_all(_: Event) -> Column:
    return F.lit(0).cast("bigint")


@pytest.mark.parametrize("do_meet", [False, True])
def test_decisions_are_about_keys(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, do_meet: bool
) -> None:
    if do_meet:
        for module in (decode, classify, repeated):
            monkeypatch.setattr(module, "key_hash", one_for_all)
    store = Store(spark, new_lake(tmp_path))
    arrive(store, 0, 0, {CASH_MOVEMENT: [PAID[0], PAID[1], PAID[0]], LIMIT: [LIMITED]})
    arrive(store, 1, 3, {CASH_MOVEMENT: [PAID[2], PAID[1], ANOTHER_AMOUNT], LIMIT: [LIMITED]})
    assert told(store, "SELECT cash_movement_id FROM silver.cash_movements") == [
        "movement-0", "movement-1", "movement-2",
    ]  # fmt: skip
    assert told(store, "SELECT account_id FROM silver.limits") == ["account-1"]
    repeats = (
        "SELECT concat(origin_topic, ' ', origin_offset, ' repeats ', repeats_offset) FROM ops.duplicates"
    )
    assert told(store, repeats) == [
        "risk.limits.v1 3 repeats 0", "transactions.cash.v1 2 repeats 0", "transactions.cash.v1 4 repeats 1",
    ]  # fmt: skip
    set_aside = "SELECT concat(origin_offset, ' ', reasons[1]['code']) FROM quarantine.events"
    assert told(store, set_aside) == ["5 key_conflict"]


def told(store: Store, sql: str) -> list[str]:
    return sorted(query(store.settings, sql, for_service=True).column(0).to_pylist())
