"""A lake of tiny tables, written without a JVM."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from deltalake import write_deltalake

from lake.settings import Settings
from lake.tables import create_missing
from schemas import catalog
from schemas.declaration import Table
from tests.rows import Case, arrow_table


def new_lake(root: Path, **variables: str) -> Settings:
    """A lake under a folder with every declared table, empty. No broker answers at its address."""
    settings = Settings.from_environment(
        {"BROKERLAKE_ROOT": str(root), "BROKERLAKE_BROKERS": "127.0.0.1:1", **variables}
    )
    shutil.copytree(_empty().name, root, dirs_exist_ok=True)
    return settings


@cache
def _empty() -> TemporaryDirectory[str]:
    """Every table, created once and copied from then on."""
    folder: TemporaryDirectory[str] = TemporaryDirectory()
    create_missing(Settings.from_environment({"BROKERLAKE_ROOT": folder.name}), catalog.TABLES)
    return folder


def write(settings: Settings, table: Table, *cases: Case) -> None:
    """Appends the rows of `tests.rows.rows` in one file; no cases make an empty commit."""
    write_deltalake(settings.table_path(table.name), arrow_table(table, *cases), mode="append")


def rewrite(settings: Settings, table: Table, *cases: Case) -> None:
    """Makes the rows the only ones."""
    write_deltalake(settings.table_path(table.name), arrow_table(table, *cases), mode="overwrite")
