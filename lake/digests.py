"""What a table says, as one hash: the same for any order of rows, any cut into files, any kind of storage.

Columns about where rows came from and when they were made are left out, so two runs over the same events compare.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass

import pyarrow as pa

from lake.arrow import arrow_fields
from lake.errors import LakeError
from lake.reader import read_batches
from lake.row_bytes import row_bytes
from lake.settings import Settings
from schemas import catalog
from schemas.declaration import Table


@dataclass(frozen=True)
class Digest:
    """How many rows a table has, and the hash of what they say (hexadecimal SHA-256)."""

    n_rows: int
    sha256: str


def digest(settings: Settings, table: Table) -> Digest:
    """The digest of a table as it is now. Raises LakeError when it was never created or lacks a declared column."""
    header = ", ".join(f"{column.name} {column.type.sql}" for column in table.columns)
    hashes = row_hashes(settings, table)
    hashes.sort()
    whole = hashlib.sha256(header.encode())
    whole.update(b"".join(hashes))
    return Digest(len(hashes), whole.hexdigest())


def digests(settings: Settings, layers: Collection[str] = ("silver", "gold")) -> dict[str, Digest]:
    """The digests of all tables of some layers, by full name."""
    return {table.name: digest(settings, table) for table in catalog.TABLES if table.layer in layers}


def row_hashes(settings: Settings, table: Table) -> list[bytes]:
    """SHA-256 of each row, in no order."""
    wanted = arrow_fields(table.columns)
    hashes: list[bytes] = []
    for batch in read_batches(settings, table, wanted.names):
        try:
            rows = row_bytes(pa.Table.from_batches([batch]).cast(wanted))
        except pa.ArrowInvalid as error:
            raise LakeError(f"{table.name} does not have the types that are declared: {error}") from None
        hashes += [hashlib.sha256(row).digest() for row in rows.to_pylist()]
    return hashes
