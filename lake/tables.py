"""Creates the lake's tables, without a JVM: first appends to a missing table would conflict with each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa
from deltalake import DeltaTable, Schema

from lake.arrow import arrow_type
from lake.lease import lease
from lake.settings import Settings
from schemas.declaration import DATE, INTEGER, Column, Table


def create_missing(settings: Settings, tables: Iterable[Table]) -> None:
    """Creates every table that is not there yet, empty, with its sentences as comments."""
    with lease(settings.leases, "tables", wait_seconds=120):
        for table in tables:
            DeltaTable.create(
                settings.table_path(table.name),
                _schema(table),
                mode="ignore",
                name=table.name,
                description=table.doc,
                configuration=_configuration(table),
            )


def _configuration(table: Table) -> dict[str, str | None]:
    return {
        # Readers without a JVM refuse tables with these.
        "delta.enableDeletionVectors": "false",
        # Statistics of every column would cost a write more than the rows do, and nothing is pruned by most of them.
        "delta.dataSkippingStatsColumns": ",".join(column.name for column in _pruned_by(table)),
    }


def _pruned_by(table: Table) -> Sequence[Column]:
    """Days, what sessions are read by, and the numbers of the key, such as offsets; else the key."""
    found = [
        column
        for column in table.all_columns
        if column.type == DATE
        or column == table.sessions_by
        or (column.type == INTEGER and column in table.key)
    ]
    return found or table.key


def _schema(table: Table) -> Schema:
    fields = [
        pa.field(column.name, arrow_type(column.type), metadata={"comment": column.doc})
        for column in table.all_columns
    ]
    return Schema.from_arrow(pa.schema(fields))
