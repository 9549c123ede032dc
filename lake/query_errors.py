"""What the engine says about a query, as one sentence."""

from __future__ import annotations

import re
from difflib import get_close_matches

from lake.errors import QueryError, UnknownTable
from lake.names import is_for_the_service, known, meant_by

_NO_TABLE = re.compile(r"table 'datafusion\.(?:public\.)?([^']*)' not found")
_NO_COLUMN = re.compile(r"No field named (.+?)\.\s(?:Did you mean.*\n)?Valid fields are (.*)\.", re.DOTALL)
_PARSER = re.compile(r'ParserError\("(.*)"\)', re.DOTALL)
_PREFIX = re.compile(
    r"^(?:[A-Z][A-Za-z]+ )?(?:[Ee]rror(?: during planning)?|SQL error|External error|Arrow error): "
)
_COLUMNS_SHOWN = 40


def said_plainly(error: Exception, for_service: bool) -> QueryError:
    """The engine's error as ours."""
    text = str(error)
    if missing := _NO_TABLE.search(text):
        return _unknown_table(missing[1], for_service)
    if missing := _NO_COLUMN.search(text):
        return _unknown_column(missing[1], missing[2].split(", "))
    if broken := _PARSER.search(text):
        return QueryError(f"the query cannot be read: {broken[1]}")
    return QueryError(f"the query fails: {_first_sentence(text)}")


def _unknown_table(name: str, for_service: bool) -> UnknownTable:
    if is_for_the_service(name) and not for_service:
        return UnknownTable(
            f"{name} holds what sources sent, byte for byte, and is read by the service only: "
            "ask silver, or quarantine.events for what was refused"
        )
    meant = meant_by(name)
    if len(meant) > 1:
        full = " or ".join(table.name for table in meant)
        return UnknownTable(f"{name} could be several tables: write {full}")
    candidates = known(for_service)
    near = get_close_matches(name.lower(), candidates, n=3)
    full_names = sorted(each for each in candidates if "." in each)
    hint = f"did you mean {' or '.join(near)}?" if near else f"the tables are {', '.join(full_names)}"
    return UnknownTable(f"there is no table {name}; {hint}")


def _unknown_column(name: str, columns: list[str]) -> QueryError:
    short = sorted({column.rsplit(".", 1)[-1] for column in columns})
    near = get_close_matches(name.rsplit(".", 1)[-1], short, n=3)
    shown = ", ".join(short[:_COLUMNS_SHOWN]) + (", …" if len(short) > _COLUMNS_SHOWN else "")
    hint = f"did you mean {' or '.join(near)}?" if near else f"the columns are {shown}"
    return QueryError(f"there is no column {name}; {hint}")


def _first_sentence(text: str) -> str:
    lines = text.strip().splitlines() or ["it gives no reason"]
    said = lines[0]
    while (shorter := _PREFIX.sub("", said)) != said:
        said = shorter
    return said.split(", errors: ")[0].rstrip(".")
