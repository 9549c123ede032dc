"""The same messages in any order and any cut into batches, any suffix of them refined again: the same tables."""

from __future__ import annotations

import itertools
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from ingestion.ledger.reading import ledger
from lake.reader import query
from lake.store import Store
from schemas.declaration import Event
from schemas.risk import LIMIT
from schemas.transactions import CASH_MOVEMENT
from tests.ingestion.arriving import arrive, message
from tests.written import new_lake

AMOUNTS = [Decimal(cents) / 100 for cents in (1, 5, 10_000_001, 333)]
PAID: list[tuple[Event, bytes]] = [
    (CASH_MOVEMENT, message(CASH_MOVEMENT, n, {"cash_movement_id": f"movement-{n}", "cash_amount": amount}))
    for n, amount in enumerate(AMOUNTS)
]
LIMITS: list[tuple[Event, bytes]] = [
    (LIMIT, message(LIMIT, 4 + n, {"account_id": f"account-{n}"})) for n in range(2)
]
# Two come twice, and two are cut.
SENT = [*PAID, *LIMITS, PAID[0], LIMITS[1], (CASH_MOVEMENT, PAID[1][1][:80]), (LIMIT, LIMITS[0][1][:90])]


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(
    order=st.permutations(range(len(SENT))),
    cuts=st.lists(st.integers(1, len(SENT) - 1), max_size=2, unique=True).map(sorted),
    data=st.data(),
)
def test_order_cut_and_repetition_change_nothing(
    spark: SparkSession, order: list[int], cuts: list[int], data: st.DataObject
) -> None:
    with TemporaryDirectory() as folder:
        store = Store(spark, new_lake(Path(folder)))
        edges = [0, *cuts, len(SENT)]
        batches = [order[start:end] for start, end in itertools.pairwise(edges)]
        for number in range(len(batches)):
            refined(store, number, edges, batches, again=False)
        first = tables(store)
        assert first == (
            sorted(AMOUNTS),
            ["account-0", "account-1"],
            sorted(f"test-{n}" for n in (0, 5)),
            sorted(raw for _, raw in SENT[-2:]),
        )
        for number in range(data.draw(st.integers(0, len(batches) - 1), "from"), len(batches)):
            refined(store, number, edges, batches, again=True)
        assert tables(store) == first
        assert ledger(store.settings, settled=True).differences == ()


def refined(store: Store, number: int, edges: list[int], batches: list[list[int]], *, again: bool) -> None:
    messages: dict[Event, list[bytes]] = {}
    for place in batches[number]:
        event, raw = SENT[place]
        messages.setdefault(event, []).append(raw)
    landed_before = [SENT[place][0] for batch in batches[:number] for place in batch]
    for event, raws in messages.items():
        arrive(store, number, landed_before.count(event), {event: raws}, again=again)


def tables(store: Store) -> tuple[list[Decimal], list[str], list[str], list[bytes]]:
    """What was paid, for which accounts there are limits, which events came twice, and what was set aside."""

    def column(sql: str) -> list[object]:
        return sorted(query(store.settings, sql, for_service=True)["it"].to_pylist())

    return (
        column("SELECT cash_amount AS it FROM silver.cash_movements"),
        column("SELECT account_id AS it FROM silver.limits"),
        column("SELECT event_id AS it FROM ops.duplicates"),
        column("SELECT raw AS it FROM quarantine.events"),
    )
