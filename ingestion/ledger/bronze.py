"""Bronze, read once: where each message is, in which journal it is, its checksum, and what it says of amounts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
from crc32c import crc32c

from ingestion.ledger import amounts
from ingestion.ledger.accounting import LANDED
from ingestion.publishing.journal import HEADER

COLUMNS = (*LANDED.names, "headers", "raw")
_IN_JOURNAL = pa.schema([*LANDED, ("journal", pa.string()), ("number", pa.int64()), ("crc32c", pa.int64())])
_NAME_AND_NUMBER = r"^[A-Za-z0-9._-]+:[0-9]{1,18}$"
_AMOUNTS_OF = {event.topic: event for event in amounts.EVENTS}


@dataclass(frozen=True)
class Bronze:
    """`landed` has the columns of LANDED; `in_journal` those and `journal`, `number`, `crc32c`, of the rows that name a
    journal; `said` what `amounts.said` gives, by topic."""

    landed: pa.Table
    in_journal: pa.Table
    said: dict[str, pa.Table]


def scan(batches: Iterable[pa.RecordBatch]) -> Bronze:
    """What batches of bronze (COLUMNS) say. Bytes are not kept."""
    landed: list[pa.Table] = []
    in_journal: list[pa.Table] = []
    said: dict[str, list[pa.Table]] = defaultdict(list)
    for batch in batches:
        rows = pa.Table.from_batches([batch])
        landed.append(rows.select(LANDED.names).cast(LANDED))
        in_journal.append(_in_journal(rows))
        for topic in rows["origin_topic"].unique().to_pylist():
            if topic in _AMOUNTS_OF:
                of_topic = rows.filter(pc.equal(rows["origin_topic"], topic))
                said[topic].append(
                    amounts.said(
                        _AMOUNTS_OF[topic], of_topic, [each or b"" for each in _bytes(of_topic["raw"])]
                    )
                )
    return Bronze(
        pa.concat_tables([LANDED.empty_table(), *landed]),
        pa.concat_tables([_IN_JOURNAL.empty_table(), *in_journal]),
        {topic: pa.concat_tables(tables) for topic, tables in said.items()},
    )


def _in_journal(rows: pa.Table) -> pa.Table:
    """The rows whose header names a journal. A header that is none of ours is nobody's fault."""
    headers = rows["headers"].combine_chunks()
    fields = pc.list_flatten(headers)
    is_ours = pc.and_(
        pc.equal(pc.struct_field(fields, "key"), HEADER),
        pc.fill_null(pc.match_substring_regex(pc.struct_field(fields, "value"), _NAME_AND_NUMBER), False),
    )
    parents = pc.list_parent_indices(headers).filter(is_ours)
    parts = pc.split_pattern(pc.struct_field(fields, "value").filter(is_ours).cast(pa.string()), ":")
    names, numbers = pc.list_element(parts, 0), pc.list_element(parts, 1).cast(pa.int64())
    mine = rows.take(parents)
    sums = pa.array([crc32c(raw or b"") for raw in _bytes(mine["raw"])], pa.int64())
    columns = [*mine.select(LANDED.names).columns, names, numbers, sums]
    return pa.table(columns, names=_IN_JOURNAL.names).cast(_IN_JOURNAL)


def _bytes(column: pa.ChunkedArray) -> list[bytes | None]:
    found: list[bytes | None] = column.to_pylist()
    return found
