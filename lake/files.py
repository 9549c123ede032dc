"""Which files of a table can hold rows of some days: read from the table's log, without a Spark job.

A small commit's cost is planning: Delta plans each scan with jobs of its own, and a batch of refine looks into every
silver table for the keys that it brings.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pyarrow as pa

from lake.reader import open_table
from lake.settings import Settings
from schemas.declaration import Column, Table


def files_with_days(settings: Settings, table: Table, column: Column, days: Sequence[date]) -> list[str]:
    """Paths of the newest version's files whose smallest and largest day leave room for one of the days."""
    root = settings.table_path(table.name)
    actions = pa.table(open_table(settings, table).get_add_actions(flatten=True)).to_pylist()
    return [f"{root}/{each['path']}" for each in actions if _may_hold(each, column.name, days)]


def _may_hold(action: dict[str, object], column: str, days: Sequence[date]) -> bool:
    """A file without statistics may hold anything."""
    first, last = action.get(f"min.{column}"), action.get(f"max.{column}")
    if not isinstance(first, date) or not isinstance(last, date):
        return True
    return any(first <= day <= last for day in days)
