"""Which names a query may use for which table."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from schemas import catalog
from schemas.declaration import Table

_SHORT = ("silver", "gold")
_SERVICE_ONLY = ("bronze",)


@dataclass(frozen=True)
class Named:
    """A table, or of a table of revisions each session's last one."""

    table: Table
    is_latest: bool = False


def known(for_service: bool) -> dict[str, Named]:
    """Every name that a query may use."""
    full = {
        name: named
        for table in catalog.TABLES
        if for_service or table.layer not in _SERVICE_ONLY
        for name, named in _forms(table, table.name)
    }
    short = {
        name: named
        for tables in _by_short_name().values()
        if len(tables) == 1
        for name, named in _forms(tables[0], tables[0].short_name)
    }
    return full | short


def meant_by(name: str) -> list[Table]:
    """The tables of silver and gold with this short name: several where it is not unique."""
    return _by_short_name().get(name, [])


def is_for_the_service(name: str) -> bool:
    return name.split(".")[0] in _SERVICE_ONLY


def _forms(table: Table, name: str) -> list[tuple[str, Named]]:
    forms = [(name, Named(table))]
    if table.second_answer == "revise":
        forms.append((f"{name}_latest", Named(table, is_latest=True)))
    return forms


def _by_short_name() -> dict[str, list[Table]]:
    found = defaultdict(list)
    for table in catalog.TABLES:
        if table.layer in _SHORT:
            found[table.short_name].append(table)
    return dict(found)
