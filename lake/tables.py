"""Creates the lake's tables, without a JVM: first appends to a missing table would conflict with each other."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa
from deltalake import DeltaTable, Schema

from lake.arrow import arrow_type
from lake.lease import lease
from lake.settings import Settings
from schemas.declaration import Table

_CONFIGURATION: dict[str, str | None] = {
    # Readers without a JVM refuse tables with these.
    "delta.enableDeletionVectors": "false",
}


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
                configuration=_CONFIGURATION,
            )


def _schema(table: Table) -> Schema:
    fields = [
        pa.field(column.name, arrow_type(column.type), metadata={"comment": column.doc})
        for column in table.all_columns
    ]
    return Schema.from_arrow(pa.schema(fields))
