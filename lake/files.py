"""Which files of a table hold its rows, or can hold those of some days: read from the table's log, without a Spark job.

A small read's cost is planning: Delta plans each scan with jobs of its own, a batch of refine looks into every silver
table for the keys that it brings, and each job reads several tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from lake.reader import open_table
from lake.settings import Settings
from schemas.declaration import Column, Table


def files_of(settings: Settings, table: Table, version: int | None = None) -> list[str]:
    """Paths of all files of the newest version, or of the given one."""
    return [each["path"] for each in _files(settings, table, version)]


def files_with_days(
    settings: Settings, table: Table, column: Column, days: Sequence[date], version: int | None = None
) -> list[str]:
    """Paths of the files whose smallest and largest day leave room for one of the days."""
    return [each["path"] for each in _files(settings, table, version) if _may_hold(each, column.name, days)]


def newest_day(settings: Settings, table: Table, column: Column) -> date | None:
    """The largest day of a table's rows; None where it has none. Compacted or not, the log says it file by file."""
    bounds = [action.get(f"max.{column.name}") for action in _files(settings, table, None)]
    return max((_day(each) for each in bounds if isinstance(each, date)), default=None)


def _files(settings: Settings, table: Table, version: int | None) -> list[dict[str, Any]]:
    root = settings.table_path(table.name)
    log = open_table(settings, table, version)
    actions = pa.table(log.get_add_actions(flatten=True)).to_pylist()
    return [{**each, "path": f"{root}/{each['path']}"} for each in actions]


def _may_hold(action: dict[str, Any], column: str, days: Sequence[date]) -> bool:
    """A file without statistics may hold anything. Instants have the day that they have in UTC."""
    first, last = (action.get(f"{bound}.{column}") for bound in ("min", "max"))
    if not isinstance(first, date) or not isinstance(last, date):
        return True
    return any(_day(first) <= day <= _day(last) for day in days)


def _day(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value
