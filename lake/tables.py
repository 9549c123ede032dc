"""Creates the lake's tables, and adds the columns that a later release declares, without a JVM.

First appends to a missing table would conflict with each other, so tables are there before anybody writes. A column is
added beside what runs: a writer of the earlier release goes on without it, and its rows have null there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa
from deltalake import DeltaTable, Schema

from lake.arrow import arrow_type
from lake.errors import TableError
from lake.lease import lease
from lake.reader import open_table
from lake.settings import Settings
from schemas.declaration import DATE, INTEGER, Column, Table


def create_missing(settings: Settings, tables: Iterable[Table]) -> None:
    """Creates every table that is not there yet, empty, with its sentences as comments; adds columns that are missing.

    Raises TableError where a table that is there has another type for a column, or one that is declared no more.
    """
    with lease(settings.leases, "tables", wait_seconds=120):
        for table in tables:
            path = settings.table_path(table.name)
            if DeltaTable.is_deltatable(path):
                _add_columns(open_table(settings, table), table)
            else:
                DeltaTable.create(
                    path,
                    _schema(table),
                    mode="ignore",
                    name=table.name,
                    description=table.doc,
                    configuration=_configuration(table),
                )


def _add_columns(there: DeltaTable, table: Table) -> None:
    declared = {field.name: field for field in _schema(table).fields}
    found = {field.name: field for field in there.schema().fields}
    wrong = [
        f"{name} is {found[name].type} there and declared {declared[name].type if name in declared else 'no more'}"
        for name in found
        if name not in declared or found[name].type != declared[name].type
    ]
    if wrong:
        raise TableError(
            f"{table.name} at {there.table_uri} does not fit its declaration: {'; '.join(wrong)}. "
            "Only columns may be added: declare the table, or the event's next version, beside the old one"
        )
    new = [field for name, field in declared.items() if name not in found]
    if new:
        there.alter.add_columns(new)


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
