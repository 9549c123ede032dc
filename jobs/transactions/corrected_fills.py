"""Each fill as it stands after its corrections; what was busted is gone.

A correction or bust points at a report of its own venue, session and side: at a fill, or at a correction of one. Of all
that leads to a fill the last report decides, by `reported_at`, then by where it landed: a bust removes the fill, a
correction gives it quantity, price and fee; everything else, fill_id and executed_at too, stays the fill's. A report
that leads to no fill has no effect here, because a correction says nothing about a trade that nobody reported:
`unmatched_reports` shows those. It takes effect when its fill lands, since that restates the session.
"""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from lake.job import Job
from schemas.transactions import CORRECTED_FILLS, FILLS

# A fill_id is unique within these.
_SCOPE = ["mic_code", "session_date", "side"]
_LAST_WORD = ["reported_at", "origin_partition", "origin_offset"]


def corrected_fills(fills: DataFrame) -> DataFrame:
    """One row a fill that was not busted."""
    as_it_stands = [F.coalesce(f"last_{name}", name).alias(name) for name in _CORRECTED]
    kept = [column.name for column in CORRECTED_FILLS.columns if column.name not in _CORRECTED]
    return (
        _originals(fills)
        .join(_last_words(fills), on=[*_SCOPE, "fill_id"], how="left")
        .where("last_report_type IS NULL OR last_report_type <> 'bust'")
        .select(*kept, *as_it_stands)
    )


def unmatched_reports(fills: DataFrame) -> DataFrame:
    """Corrections and busts that lead to no fill of their venue, session and side; columns as in `fills`."""
    led_to = F.col("fill_id").alias("led_to_fill_id")
    originals = _originals(fills).select(*_SCOPE, led_to)
    return (
        _amendments(fills)
        .join(originals, on=[*_SCOPE, "led_to_fill_id"], how="left_anti")
        .select(*fills.columns)
    )


_CORRECTED = ("quantity", "price", "fee_amount")


def _originals(fills: DataFrame) -> DataFrame:
    return fills.where("report_type = 'fill'")


def _last_words(fills: DataFrame) -> DataFrame:
    """For each fill that was amended, what the last report says of it."""
    said = F.struct("report_type", *_CORRECTED)
    last = F.max_by(said, F.struct(*_LAST_WORD)).alias("last")
    fields = [F.col(f"last.{name}").alias(f"last_{name}") for name in ("report_type", *_CORRECTED)]
    return (
        _amendments(fills)
        .groupBy(*_SCOPE, F.col("led_to_fill_id").alias("fill_id"))
        .agg(last)
        .select(*_SCOPE, "fill_id", *fields)
    )


def _amendments(fills: DataFrame) -> DataFrame:
    """Corrections and busts, each with the report that its chain ends at; few beside the fills."""
    amendments = fills.where("report_type <> 'fill'")
    led_to = T.StructField("led_to_fill_id", T.StringType())
    return amendments.repartition(*_SCOPE).mapInArrow(
        _with_end_of_chain, T.StructType([*amendments.schema.fields, led_to])
    )


def _with_end_of_chain(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    held = list(batches)
    if not held:
        return
    table = pa.Table.from_batches(held)
    scopes = list(zip(*[table[name].to_pylist() for name in _SCOPE], strict=True))
    reports, targets = table["fill_id"].to_pylist(), table["corrects_fill_id"].to_pylist()
    points_at = dict(zip(zip(scopes, reports, strict=True), targets, strict=True))
    ends = [_end_of_chain(points_at, scope, report) for scope, report in zip(scopes, reports, strict=True)]
    yield from table.append_column("led_to_fill_id", pa.array(ends, pa.string())).to_batches()


def _end_of_chain(
    points_at: dict[tuple[tuple[object, ...], str], str], scope: tuple[object, ...], report: str
) -> str | None:
    """The first report that is no amendment itself; None where a chain bites its tail."""
    seen = set()
    while (scope, report) in points_at:
        if report in seen:
            return None
        seen.add(report)
        report = points_at[scope, report]
    return report


JOB = Job(writes=CORRECTED_FILLS, reads=(FILLS,), transform=corrected_fills)
