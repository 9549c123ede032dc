"""What can be told from the text of a query before an engine sees it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lake.errors import QueryError

_TOKEN = re.compile(
    r"""
    (?P<space>\s+|--[^\n]*|/\*.*?\*/)
    | (?P<text>'(?:[^']|'')*')
    | "(?P<quoted>(?:[^"]|"")*)"
    | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_QUERIES = ("select", "with")


def check_query(sql: str) -> None:
    """Raises QueryError unless the text is one query: the engine could also write files and read foreign ones."""
    tokens = [token for token in _tokens(sql) if token != "("]
    if not tokens:
        raise QueryError('the query is empty: give one, such as "select * from gold.cash_daily"')
    if tokens[0].lower() not in _QUERIES:
        raise QueryError(
            f"{tokens[0].upper()} is not answered: only a query is, which begins with SELECT or WITH"
        )
    if ";" in tokens and tokens.index(";") < len(tokens) - 1:
        raise QueryError("the text holds more than one statement: give one query")


def names(sql: str) -> frozenset[str]:
    """Every name in a query that could be a table's: words, and two words with a dot between them."""
    tokens = list(_tokens(sql))
    dotted = {
        f"{left}.{right}"
        for left, dot, right in zip(tokens, tokens[1:], tokens[2:], strict=False)
        if dot == "."
    }
    return frozenset(tokens) | dotted


def _tokens(sql: str) -> Iterator[str]:
    """Words, names without their quotes, and signs; spaces, comments and texts left out."""
    for match in _TOKEN.finditer(sql):
        if match.lastgroup == "quoted":
            yield match["quoted"].replace('""', '"')
        elif match.lastgroup in ("word", "other"):
            yield match[0]
