"""A fence in the tables' logs: a driver whose lease went to another one commits nothing any more.

Every driver of the streams takes the next token and writes it into the log of each table before it begins. Each of its
commits carries a number that begins with its token as Delta's transaction of one application. Delta compares it with the
newest number in the log as part of the commit itself: below, it does not write; changed while it wrote, it fails.
So this holds between machines too, and for a process that slept through everything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

from deltalake import CommitProperties, DeltaTable, Transaction
from deltalake.exceptions import CommitFailedError

from lake.errors import LeaseError
from lake.lease import lease
from lake.reader import open_table
from lake.settings import Settings
from schemas.declaration import Table

APPLICATION = "brokerlake.streams"
_PROPERTY = "brokerlake.lease"
_WRITES_A_TOKEN = 2**32
_SECONDS_TO_WAIT = 300.0


@dataclass(frozen=True)
class Fence:
    """What a driver may write with: its token, and a number for each write that no other write has."""

    settings: Settings
    token: int
    _numbers: Iterator[int] = field(default_factory=lambda: count(1), repr=False, compare=False)

    @contextmanager
    def write(self, table: Table) -> Iterator[int]:
        """The number that one write of a table is to carry. Raises LeaseError where it was not written for that."""
        number = self.token * _WRITES_A_TOKEN + next(self._numbers)
        try:
            yield number
        except Exception:
            self._refuse_if_lost(table)
            raise
        self._refuse_if_lost(table)

    def set_properties(self, table: Table, properties: dict[str, str]) -> None:
        """Sets properties of a table. Raises LeaseError where another driver has taken over."""
        with self.write(table) as number:
            opened = open_table(self.settings, table)
            if _token(opened) == self.token:
                set_properties(opened, properties, number)

    def _refuse_if_lost(self, table: Table) -> None:
        now = _token(open_table(self.settings, table))
        if now != self.token:
            raise LeaseError(
                f"another driver has taken over the streams (lease {now}, this is {self.token}): "
                f"nothing was written to {table.name}; end this process and leave the other one be"
            )


def raise_fence(settings: Settings, tables: Sequence[Table]) -> Fence:
    """Takes the next token and shuts every earlier holder out of the tables.

    The first table decides between two that do so at once: one of them gets a LeaseError. So does who meets a writer
    that does not let go of a table.
    """
    token = 1 + max(_token(open_table(settings, table)) for table in tables)
    for table in tables:
        with lease(settings.leases, f"table.{table.name}", _SECONDS_TO_WAIT):
            _shut(settings, table, token)
    return Fence(settings, token)


def _shut(settings: Settings, table: Table, token: int) -> None:
    """Again where a last commit of the earlier holder came in between; then its log has a commit more."""
    while (opened := open_table(settings, table)) is not None:
        if _token(opened) >= token:
            raise LeaseError(
                f"another driver takes over the streams at this moment ({table.name} has its lease)"
            )
        try:
            return set_properties(opened, {_PROPERTY: str(token)}, token * _WRITES_A_TOKEN)
        except CommitFailedError:
            if open_table(settings, table).version() == opened.version():
                raise


def set_properties(opened: DeltaTable, properties: dict[str, str], number: int | None = None) -> None:
    """A change of properties also ends writes that are under way."""
    carried = [] if number is None else [Transaction(APPLICATION, number)]
    opened.alter.set_table_properties(
        properties,
        raise_if_not_exists=False,
        commit_properties=CommitProperties(app_transactions=carried),
    )


def _token(opened: DeltaTable) -> int:
    return (opened.transaction_version(APPLICATION) or 0) // _WRITES_A_TOKEN
