"""An independent count: where each message that was sent is now, row by row, without the ledger's help."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from ingestion.ledger.reading import ledger
from lake.reader import query
from lake.settings import Settings
from schemas import catalog
from tests.faults.sent import Message

Place = tuple[str, str | bytes]


@dataclass(frozen=True)
class Count:
    """`lost` are rows that should be there, `doubled` those that should not; `disagreements` are sentences."""

    lost: int
    doubled: int
    money_difference: Decimal
    disagreements: tuple[str, ...]


def count(settings: Settings, messages: Sequence[Message]) -> Count:
    """Everything sent against everything that the lake holds, once all is decided."""
    found = _found(settings)
    expected = _expected(messages) + _repetitions(messages, found)
    lost, doubled = expected - found, found - expected
    return Count(
        lost=lost.total(),
        doubled=doubled.total(),
        money_difference=_money(settings) - sum((each.amount for each in messages), Decimal(0)),
        disagreements=(
            *(f"lost from {place}: {name!r}" for place, name in sorted(lost, key=str)[:3]),
            *(f"too often in {place}: {name!r}" for place, name in sorted(doubled, key=str)[:3]),
            *(str(each) for each in ledger(settings, settled=True).differences),
            *_untouched(settings, messages),
        ),
    )


def _expected(messages: Sequence[Message]) -> Counter[Place]:
    """Each message is in bronze as it was sent, and in its home: in silver by its name, elsewhere by its bytes."""
    places: Counter[Place] = Counter(("bronze", each.value) for each in messages)
    places.update((each.home, each.event_id if each.home == "silver" else each.value) for each in messages)
    return places


def _repetitions(messages: Sequence[Message], found: Counter[Place]) -> Counter[Place]:
    """What bronze has beyond the first of a message that may repeat, each of which is a duplicate."""
    more: Counter[Place] = Counter()
    for each in messages:
        further = found["bronze", each.value] - 1 if each.may_repeat else 0
        if further > 0:
            more.update({("bronze", each.value): further, ("duplicates", each.value): further})
    return more


def _found(settings: Settings) -> Counter[Place]:
    sources = {
        "bronze": ("SELECT raw AS it FROM bronze.events",),
        "silver": (
            *(f"SELECT event_id AS it FROM {name}" for name in _silver()),
            "SELECT request_path AS it FROM silver.web_requests",
        ),
        "duplicates": (
            "SELECT raw AS it FROM ops.duplicates LEFT JOIN bronze.events USING (origin_topic, origin_partition, origin_offset)",
        ),
        "quarantine": ("SELECT raw AS it FROM quarantine.events",),
    }
    return Counter(
        (place, row)
        for place, queries in sources.items()
        for sql in queries
        for row in query(settings, sql, for_service=True)["it"].to_pylist()
    )


def _silver() -> list[str]:
    return sorted(catalog.silver_of(event).name for event in catalog.EVENTS if not event.raw_line)


def _money(settings: Settings) -> Decimal:
    amounts = query(settings, "SELECT cash_amount FROM silver.cash_movements")["cash_amount"].to_pylist()
    return sum(amounts, Decimal(0))


def _untouched(settings: Settings, messages: Sequence[Message]) -> list[str]:
    """Silver tables whose sessions got rows without a word to the jobs that read them."""
    tables = {catalog.silver_of(each.event) for each in messages if each.home == "silver"}
    got_rows = {table.name for table in tables if table.sessions_by is not None}
    told = set(query(settings, "SELECT table_name FROM ops.touched_sessions")["table_name"].to_pylist())
    return [f"no session of {name} is said to be touched" for name in sorted(got_rows - told)]
