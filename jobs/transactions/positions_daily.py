"""What each account holds at the end of a session, and what it cost.

Quantity is opening plus buys less sells. Cost is average cost (`jobs/transactions/average_cost.py`), which depends on the
order of fills: by session, executed_at, fill_id. Opening and ordered fills are all that a position depends on, so any
cut of a range of sessions into runs gives the same rows. A position is carried through sessions without fills.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, groupby, islice
from typing import NamedTuple

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.transactions.average_cost import NOTHING, Holding, after_fill
from lake.arrow import arrow_fields
from lake.job import Job, opening
from lake.structs import struct_type
from schemas import fields as f
from schemas.transactions import CORRECTED_FILLS, POSITIONS_DAILY

_KEY = ["account_id", "instrument_id"]
_ORDER = [*_KEY, "session_date", "executed_at", "fill_id", "mic_code", "side"]
_HELD = (f.ACCOUNT_ID, f.INSTRUMENT_ID, f.POSITION_QUANTITY, f.COST_AMOUNT, f.CURRENCY_CODE)
_SPELL = struct_type(_HELD).add("held_from_date", "date").add("held_before_date", "date")
_ARROW_SPELL = pa.schema(
    [*arrow_fields(_HELD), pa.field("held_from_date", pa.date32()), pa.field("held_before_date", pa.date32())]
)
_ROWS_A_BATCH = 10_000


class Entry(NamedTuple):
    """An opening (cost_amount given, quantity signed) or a fill (side and price given), in the order of `_entries`."""

    account_id: str
    instrument_id: str
    session_date: date
    executed_at: datetime | None
    fill_id: str | None
    mic_code: str | None
    side: str | None
    quantity: Decimal
    price: Decimal | None
    cost_amount: Decimal | None
    currency_code: str


Spell = tuple[str, str, Decimal, Decimal, str, date, date | None]


def positions_daily(
    corrected_fills: DataFrame, opening_positions_daily: DataFrame, sessions: DataFrame
) -> DataFrame:
    """One row a session, account and instrument that is held at its end."""
    spells = (
        _entries(corrected_fills, opening_positions_daily)
        .repartition(*_KEY)
        .sortWithinPartitions(*_ORDER)
        .mapInArrow(_holding_spells, _SPELL)
    )
    has_begun = F.col("held_from_date") <= F.col("session_date")
    lasts = F.col("held_before_date").isNull() | (F.col("session_date") < F.col("held_before_date"))
    return spells.join(F.broadcast(sessions.select("session_date")), has_begun & lasts, how="inner").select(
        *[column.name for column in POSITIONS_DAILY.columns]
    )


def _entries(corrected_fills: DataFrame, opening_positions_daily: DataFrame) -> DataFrame:
    opened = opening_positions_daily.withColumnRenamed("position_quantity", "quantity")
    return corrected_fills.unionByName(opened, allowMissingColumns=True).select(*Entry._fields)


def _holding_spells(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Sorted entries, whole positions a partition, to the spells during which a position stays as it is."""
    rows = chain.from_iterable(
        zip(*[column.to_pylist() for column in batch.columns], strict=True) for batch in batches
    )
    entries = (Entry(*row) for row in rows)
    spells = chain.from_iterable(
        spells_of(group)
        for _, group in groupby(entries, key=lambda entry: (entry.account_id, entry.instrument_id))
    )
    while taken := list(islice(spells, _ROWS_A_BATCH)):
        columns = zip(*taken, strict=True)
        yield pa.record_batch(
            [pa.array(c, of.type) for c, of in zip(columns, _ARROW_SPELL, strict=True)], schema=_ARROW_SPELL
        )


def spells_of(entries: Iterable[Entry]) -> Iterator[Spell]:
    """The spells of one position from its ordered entries; none while nothing is held."""
    holding, since, last = NOTHING, date.min, None
    for day, of_day in groupby(entries, key=lambda entry: entry.session_date):
        if last is not None and holding.quantity:
            yield _spell(last, holding, since, day)
        for entry in of_day:
            holding, last = _after(holding, entry), entry
        since = day
    if last is not None and holding.quantity:
        yield _spell(last, holding, since, None)


def _after(holding: Holding, entry: Entry) -> Holding:
    if entry.cost_amount is not None:
        return Holding(entry.quantity, entry.cost_amount)
    assert entry.price is not None
    traded = entry.quantity if entry.side == "buy" else -entry.quantity
    return after_fill(holding, traded, entry.price)


def _spell(last: Entry, holding: Holding, since: date, before: date | None) -> Spell:
    owner = (last.account_id, last.instrument_id)
    return (*owner, holding.quantity, holding.cost, last.currency_code, since, before)


JOB = Job(
    writes=POSITIONS_DAILY, reads=(CORRECTED_FILLS, opening(POSITIONS_DAILY)), transform=positions_daily
)
