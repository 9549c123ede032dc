"""What a rule declares about itself, and the two kinds of rule."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

Severity = Literal["critical", "high", "medium", "low"]

MICROSECONDS = 1_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Rule:
    """The facts of a rule. `id` and `version` are part of an alert's identity.

    entity: what an alert is about, one of order, account, client.
    source: where the rule's definition comes from.
    """

    id: str
    version: int
    severity: Severity
    entity: Literal["order", "account", "client"]
    sentence: str
    source: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"R\d{2}", self.id):
            raise ValueError(f"rule id is {self.id!r}: expected R and two digits")
        if self.version < 1:
            raise ValueError(f"rule {self.id}: version is {self.version}, the first is 1")
        if not self.sentence.endswith("."):
            raise ValueError(f"rule {self.id}: its sentence does not end with a full stop")


@dataclass(frozen=True)
class Condition:
    """A rule without memory: one SQL condition, true for a row that raises an alert.

    sql: standard SQL over `columns`; null counts as false.
    """

    rule: Rule
    sql: str
    columns: tuple[str, ...]


def utc_text(instant_us: int) -> str:
    """An instant, microseconds since 1970 UTC, as people read it: 2022-12-23T14:30:01Z."""
    text = (EPOCH + timedelta(microseconds=instant_us)).isoformat().replace("+00:00", "")
    return f"{text}Z"
