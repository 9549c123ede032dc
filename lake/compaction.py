"""Few large files instead of many small ones, without a JVM.

A compaction says in its commit that it changes no data, so streams that read the table pass over it. Readers of earlier
versions keep their files for a week.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError

from lake.errors import UnknownTable
from lake.fence import set_properties
from lake.lease import lease
from lake.races import until_won
from lake.reader import open_table
from lake.settings import Settings
from schemas import catalog
from schemas.declaration import DeclarationError, Table

RETENTION_HOURS = 7 * 24
_TARGET_BYTES = 100 * 1024 * 1024
_TURN = "brokerlake.compaction"
_LEASE_WAIT_SECONDS = 300


@dataclass(frozen=True)
class Compacted:
    """What became of a table's files. Removed ones are deleted from the disk only once they are a week old."""

    n_files_removed: int
    n_files_added: int
    n_files_vacuumed: int


def compact(settings: Settings, table: Table) -> Compacted:
    """Compacts and vacuums one table, under its lease.

    Raises LeaseError when a writer of this machine holds it for minutes, RaceLost when those of others always come first.
    """
    with lease(settings.leases, f"table.{table.name}", _LEASE_WAIT_SECONDS):
        metrics = until_won(table, (CommitFailedError,), lambda: _compact(settings, table))
        opened = open_table(settings, table)
        vacuumed = opened.vacuum(RETENTION_HOURS, dry_run=False, enforce_retention_duration=True)
        return Compacted(metrics["numFilesRemoved"], metrics["numFilesAdded"], len(vacuumed))


def _compact(settings: Settings, table: Table) -> dict[str, Any]:
    opened = open_table(settings, table)
    if settings.is_shared and _has_small_files(opened):
        # A compaction does not see that another one took the same files, and both would add their rows; nor does an
        # overwrite see it. A change of properties is what every writer sees, so it ends all others that are under way.
        set_properties(opened, {_TURN: uuid4().hex})
    metrics: dict[str, Any] = opened.optimize.compact(target_size=_TARGET_BYTES)
    return metrics


def _has_small_files(opened: DeltaTable) -> bool:
    sizes = pa.table(opened.get_add_actions())["size_bytes"].to_pylist()
    return sum(size < _TARGET_BYTES for size in sizes) > 1


def tables_named(names: Sequence[str] | None) -> list[Table]:
    """The tables of some full names, all without any. Raises UnknownTable."""
    try:
        return [catalog.table(name) for name in names] if names else list(catalog.TABLES)
    except DeclarationError as error:
        raise UnknownTable(str(error)) from None
