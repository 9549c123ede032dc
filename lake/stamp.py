"""Columns that have one value in all rows of a write: which batch made them, and when."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lake.arrow import arrow_fields
from schemas.declaration import Column


def stamped(frame: DataFrame, batch_column: Column, batch: int, made_at_column: Column) -> DataFrame:
    """Adds the number of a batch and the present instant.

    They come as data: as literals they would be in the code that Spark makes of a plan, which then would be compiled anew
    for each batch, and begin slowly each time.
    """
    stamp = pa.table([[batch], [datetime.now(UTC)]], schema=arrow_fields((batch_column, made_at_column)))
    return frame.crossJoin(F.broadcast(frame.sparkSession.createDataFrame(stamp)))
