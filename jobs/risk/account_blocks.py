"""Positions laid out by account, and read block by block: so many whole accounts of one session at a time.

A partition has all rows of its accounts, so that one Python process measures each account by itself, and holds one block
of them at a time, however large the book or long the run.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

ROWS_A_BLOCK = 100_000
"""Some ten megabytes of positions."""


def laid_out(held: DataFrame) -> DataFrame:
    """Accounts whole in a partition; in it session by session, an account's rows side by side."""
    # One number, because Spark sorts by a single number much faster than by a date and a text. Accounts that share a
    # hash share a place, and so a block.
    place = F.unix_date("session_date").cast("bigint") * F.lit(2**32) + F.hash("account_id")
    return held.withColumn("place", place).repartition("account_id").sortWithinPartitions("place")


def blocks(batches: Iterator[pa.RecordBatch], rows_a_block: int) -> Iterator[tuple[date, pa.Table]]:
    """Rows of `laid_out`, cut where a session ends, and between two accounts once a block is full."""
    waiting = None
    for batch in batches:
        read = pa.Table.from_batches([batch])
        waiting = read if waiting is None else pa.concat_tables([waiting, read])
        while n_rows := _whole(waiting, rows_a_block):
            yield _session(waiting, 0), waiting.slice(0, n_rows)
            waiting = waiting.slice(n_rows)
    if waiting is not None and waiting.num_rows:
        # What is left is of one session: where another follows, it has been cut off above.
        yield _session(waiting, 0), waiting


def _whole(rows: pa.Table, rows_a_block: int) -> int:
    """How many rows from the first make a block whose accounts have no more rows to come; 0 where more must be read."""
    if not rows.num_rows:
        return 0
    if _session(rows, 0) != _session(rows, -1):
        days = rows["session_date"].cast(pa.int32()).to_numpy()
        return int(np.searchsorted(days, days[0], side="right"))
    if rows.num_rows < rows_a_block:
        return 0
    places = rows["place"].to_numpy()
    return int(np.searchsorted(places, places[-1]))


def _session(rows: pa.Table, place: int) -> date:
    return rows["session_date"][place].as_py()
