"""Where a lake that is on this machine's disk keeps what faults damage."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlparse

from lake.settings import Settings
from schemas.declaration import Table


def log_of(settings: Settings, table: Table) -> Path:
    """The folder of a table's commits."""
    return as_path(settings.table_path(table.name)) / "_delta_log"


def as_path(address: str) -> Path:
    """Of a `file:` address."""
    return Path(urlparse(address).path)
