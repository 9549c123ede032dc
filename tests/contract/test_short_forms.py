"""Names are whole words: a short form is in the glossary or nowhere."""

import re
from collections.abc import Iterable

import pytest

from schemas.catalog import EVENTS, TABLES
from tests.contract.source import ROOT

COLUMNS = {column.name for event in EVENTS for column in event.columns}
COLUMNS |= {column.name for table in TABLES for column in table.all_columns}
NAMES = {*COLUMNS, *(event.topic for event in EVENTS), *(table.name for table in TABLES)}

# Words of up to three letters that are whole words; any other is a short form and belongs to the glossary.
SHORT_WORDS = frozenset((
    "age", "and", "ask", "at", "bid", "by", "day", "due", "fee", "for", "gap", "has", "hit", "in", "ins", "is",
    "job", "key", "law", "log", "low", "net", "new", "not", "of", "old", "on", "per", "raw", "run", "sum", "tax", "to",
    "top", "was", "web",
))  # fmt: skip
USUAL_SHORT_FORMS = frozenset((
    "acct", "addr", "calc", "ccys", "conf", "corr", "curr", "cust", "desc", "diff", "exch", "exec",
    "freq", "hist", "info", "init", "inst", "instr", "limt", "mgmt", "ordr", "perc", "posn", "prev",
    "prob", "qtys", "stat", "stats", "stdev", "symb", "temp", "txns", "vola", "volm",
))  # fmt: skip


def abbreviations(names: Iterable[str], explained: frozenset[str]) -> list[str]:
    """Words of names that are short forms which the glossary does not explain."""
    words = {word for name in names for word in re.split(r"[._]", name) if word.isalpha()}
    return sorted(word for word in words - explained if _is_short_form(word))


def _is_short_form(word: str) -> bool:
    no_vowel = not re.search("[aeiouy]", word)
    return no_vowel or word in USUAL_SHORT_FORMS or (len(word) <= 3 and word not in SHORT_WORDS)


def explained_short_forms() -> frozenset[str]:
    """The first column of the glossary's table of abbreviations."""
    section = (ROOT / "docs/glossary.md").read_text().split("## Abbreviations")[1].split("\n## ")[0]
    return frozenset(re.findall(r"^\| `([a-z]+)` \|", section, re.MULTILINE))


def test_short_forms_are_in_the_glossary() -> None:
    assert abbreviations(NAMES, explained_short_forms()) == []


def test_the_glossary_lists_no_short_form_that_nobody_uses() -> None:
    used = {word for name in NAMES for word in re.split("[._]", name)}
    assert explained_short_forms() - used == set()


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["gold.positions_daily", "limit_price", "n_parts"], []),
        (["trade_qty"], ["qty"]),
        (["acct_id"], ["acct"]),
        (["px"], ["px"]),
        (["n_log_ins_20", "account_age_days"], []),
        (["pnl_amount"], ["pnl"]),
    ],
)
def test_what_is_a_short_form(names: list[str], expected: list[str]) -> None:
    assert abbreviations(names, frozenset({"n", "id"})) == expected
