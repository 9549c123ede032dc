"""What happens to each position, in order: its opening, splits before the session's fills, and fills by execution.

A position depends on nothing else, so any cut of a range of sessions into runs leaves the same holdings. Fills go by
session, executed_at, fill_id. A split multiplies the quantity, rounded half-up to 8 places, and leaves the cost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, groupby, islice
from typing import NamedTuple

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.transactions.average_cost import Holding, after_fill, after_split
from jobs.transactions.corporate_actions import overnight

_KEY = ["account_id", "instrument_id"]
_ORDER = [*_KEY, "session_date", "executed_at", "fill_id", "mic_code", "side"]
_ROWS_A_BATCH = 10_000


class Entry(NamedTuple):
    """An opening (cost_amount given, quantity signed), a split (n_units given) or a fill (side and price given)."""

    account_id: str
    instrument_id: str
    session_date: date
    executed_at: datetime | None
    fill_id: str | None
    mic_code: str | None
    side: str | None
    quantity: Decimal | None
    price: Decimal | None
    cost_amount: Decimal | None
    n_units: Decimal | None
    currency_code: str

    @property
    def traded(self) -> Decimal:
        """What a fill adds to the position, and nothing else does."""
        if self.price is None or self.quantity is None:
            return Decimal(0)
        return self.quantity if self.side == "buy" else -self.quantity


def ordered_entries(
    corrected_fills: DataFrame,
    opening_positions_daily: DataFrame,
    corporate_actions: DataFrame,
    sessions: DataFrame,
) -> DataFrame:
    """Columns of Entry; the entries of a position are in one partition, in their order."""
    opened = opening_positions_daily.withColumnRenamed("position_quantity", "quantity")
    traded = corrected_fills.unionByName(opened, allowMissingColumns=True)
    splits = overnight(corporate_actions, sessions).where("n_units <> 1").drop("dividends_per_unit")
    split = (
        traded.drop("session_date")
        .join(F.broadcast(splits), on="instrument_id", how="inner")
        .groupBy(*_KEY, "session_date", "n_units")
        .agg(F.max("currency_code").alias("currency_code"))
    )
    entries = traded.unionByName(split, allowMissingColumns=True).select(*Entry._fields)
    return entries.repartition(*_KEY).sortWithinPartitions(*_ORDER)


def after(holding: Holding, entry: Entry) -> Holding:
    """The holding after an entry."""
    if entry.cost_amount is not None:
        assert entry.quantity is not None
        return Holding(entry.quantity, entry.cost_amount)
    if entry.n_units is not None:
        return after_split(holding, entry.n_units)
    assert entry.price is not None
    return after_fill(holding, entry.traded, entry.price)


def per_position(
    told: Callable[[Iterable[Entry]], Iterator[tuple[object, ...]]], schema: pa.Schema
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """For `mapInArrow` over ordered entries: the rows that are told of the entries of each position, by a schema."""

    def batches_of(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        read = chain.from_iterable(
            zip(*[column.to_pylist() for column in batch.columns], strict=True) for batch in batches
        )
        entries = (Entry(*row) for row in read)
        rows = chain.from_iterable(
            told(of_position)
            for _, of_position in groupby(entries, key=lambda entry: (entry.account_id, entry.instrument_id))
        )
        while taken := list(islice(rows, _ROWS_A_BATCH)):
            columns = zip(*taken, strict=True)
            arrays = [pa.array(c, field.type) for c, field in zip(columns, schema, strict=True)]
            yield pa.record_batch(arrays, schema=schema)

    return batches_of
