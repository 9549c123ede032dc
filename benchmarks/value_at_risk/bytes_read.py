"""What one more session reads, against making all sessions again: in bytes of files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import write_deltalake
from pyspark.sql import SparkSession

from benchmarks.value_at_risk.book import Size, book
from benchmarks.value_at_risk.sides import without_keeping
from jobs.risk.value_at_risk_daily import JOB, Params
from lake.arrow import arrow_schema
from lake.conform import conform
from lake.inputs import Reader
from lake.sessions import book_calendar
from lake.settings import Settings
from lake.store import Store
from lake.tables import create_missing
from schemas.clients import ACCOUNTS
from schemas.declaration import Table
from schemas.market import BARS, INSTRUMENTS
from schemas.transactions import POSITION_VALUES_DAILY

# All of it goes through memory once, when the tables are written.
SIZE = Size(accounts=2_000, scenarios=500, sessions=159)

_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
_KNOWN = {"effective_date": _LONG_AGO.date(), "effective_at": _LONG_AGO, "recorded_at": _LONG_AGO}
_READ = tuple(each.table for each in JOB.inputs)


def fill(spark: SparkSession, settings: Settings, size: Size) -> None:
    """Tables as a nightly compaction leaves them: a file of the past, and one of the last session."""
    create_missing(settings, _READ)
    made = book(spark, size)
    masters = made.instruments.drop("session_date").distinct()
    owners = made.accounts.drop("session_date").distinct()
    _write(settings, INSTRUMENTS, masters.toArrow())
    _write(settings, ACCOUNTS, owners.toArrow())
    for table, rows in (
        (BARS, made.bars.toArrow()),
        (POSITION_VALUES_DAILY, made.position_values_daily.toArrow()),
    ):
        is_past = pc.less(rows["session_date"], pa.scalar(size.days[-1]))
        _write(settings, table, rows.filter(is_past).sort_by("session_date"))
        _write(settings, table, rows.filter(pc.invert(is_past)))


def read(spark: SparkSession, settings: Settings, size: Size, days: Sequence[date]) -> int:
    """Bytes of files that a run of these sessions reads."""
    # Reads of several ranges at once are not in Hadoop's count.
    spark.sparkContext._jsc.hadoopConfiguration().set("parquet.hadoop.vectored.io.enabled", "false")  # type: ignore[union-attr]
    params = replace(Params(), lookback_sessions=size.scenarios, n_blocks=0)
    reader = Reader(Store(spark, settings), book_calendar(), {})
    before = _bytes_so_far(spark)
    inputs = [reader.read(each, days, params) for each in JOB.inputs]
    without_keeping(conform(JOB.transform(*inputs, reader.sessions(days), params), JOB.writes))
    return _bytes_so_far(spark) - before


def _write(settings: Settings, table: Table, rows: pa.Table) -> None:
    columns = [
        rows[field.name].cast(field.type)
        if field.name in rows.column_names
        else pa.repeat(pa.scalar(_KNOWN.get(field.name), field.type), rows.num_rows)
        for field in arrow_schema(table)
    ]
    write_deltalake(
        settings.table_path(table.name), pa.table(columns, schema=arrow_schema(table)), mode="append"
    )


def _bytes_so_far(spark: SparkSession) -> int:
    """What the JVM has read of files so far, by Hadoop's own count; what tasks pass on to each other is not in it."""
    found = spark._jvm.org.apache.hadoop.fs.FileSystem.getAllStatistics()  # type: ignore[union-attr]
    return max(int(each.getBytesRead()) for each in found)
