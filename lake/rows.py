"""Writes rows of small tables without a JVM: what commands record that need no Spark."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa
from deltalake import write_deltalake
from deltalake.exceptions import CommitFailedError

from lake.arrow import arrow_schema
from lake.lease import lease
from lake.races import refused_if_lost
from lake.settings import Settings
from lake.table_logs import refuse_damage
from schemas.declaration import Table

_LEASE_WAIT_SECONDS = 300


def append(settings: Settings, table: Table, rows: pa.Table) -> None:
    """Adds rows, in the table's order and types, under its lease. No rows make no commit."""
    if len(rows):
        with _writing(settings, table):
            write_deltalake(settings.table_path(table.name), _conformed(table, rows), mode="append")


def replace_all(settings: Settings, table: Table, rows: pa.Table) -> None:
    """Makes the rows the only ones of a table, under its lease."""
    with _writing(settings, table):
        write_deltalake(settings.table_path(table.name), _conformed(table, rows), mode="overwrite")


@contextmanager
def _writing(settings: Settings, table: Table) -> Iterator[None]:
    """Holds the table's lease. Raises RaceLost for a write that somebody came before, LogError on a damaged log."""
    with (
        lease(settings.leases, f"table.{table.name}", _LEASE_WAIT_SECONDS),
        refused_if_lost(table, (CommitFailedError,)),
    ):
        refuse_damage(settings, table)
        yield


def _conformed(table: Table, rows: pa.Table) -> pa.Table:
    schema = arrow_schema(table)
    return rows.select(schema.names).cast(schema)
