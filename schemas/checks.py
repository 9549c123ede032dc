"""Checks of one column: each carries its own SQL, its sentence and its JSON Schema.

The same text is what a quarantine reason, a gate and a page of the docs say.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

Number = int | float | Decimal

# The end of the text, and not the place before a last line end, where `$` matches too.
END_OF_TEXT = "(?![^a]|a)"


@dataclass(frozen=True)
class Above:
    """Strictly greater than a bound. NaN fails it, although SQL says that NaN is above any number."""

    bound: Number
    code = "out_of_range"

    def sql(self, column: str) -> str:
        return f"{column} > {self.bound}"

    def words(self, column: str) -> str:
        return f"{column} is above {self.bound}"

    def json_schema(self) -> dict[str, object]:
        return {"exclusiveMinimum": self.bound}


@dataclass(frozen=True)
class AtLeast:
    """Greater than or equal to a bound."""

    bound: Number
    code = "out_of_range"

    def sql(self, column: str) -> str:
        return f"{column} >= {self.bound}"

    def words(self, column: str) -> str:
        return f"{column} is at least {self.bound}"

    def json_schema(self) -> dict[str, object]:
        return {"minimum": self.bound}


@dataclass(frozen=True)
class AtMost:
    """Less than or equal to a bound."""

    bound: Number
    code = "out_of_range"

    def sql(self, column: str) -> str:
        return f"{column} <= {self.bound}"

    def words(self, column: str) -> str:
        return f"{column} is at most {self.bound}"

    def json_schema(self) -> dict[str, object]:
        return {"maximum": self.bound}


@dataclass(frozen=True)
class OneOf:
    """One of a closed list of texts."""

    values: tuple[str, ...]
    code = "not_allowed"

    def sql(self, column: str) -> str:
        listed = ", ".join(f"'{value}'" for value in self.values)
        return f"{column} IN ({listed})"

    def words(self, column: str) -> str:
        return f"{column} is one of {', '.join(self.values)}"

    def json_schema(self) -> dict[str, object]:
        return {"enum": list(self.values)}


@dataclass(frozen=True)
class Matches:
    """The whole text matches a regular expression (no backslashes: the text goes through SQL as it is)."""

    pattern: str
    code = "pattern"

    def __post_init__(self) -> None:
        if "\\" in self.pattern or "'" in self.pattern:
            raise ValueError(f"pattern {self.pattern!r}: a backslash or a quote does not survive SQL")

    def sql(self, column: str) -> str:
        return f"{column} RLIKE '^(?:{self.pattern}){END_OF_TEXT}'"

    def words(self, column: str) -> str:
        return f"{column} matches {self.pattern}"

    def json_schema(self) -> dict[str, object]:
        return {"pattern": f"^(?:{self.pattern})$"}


Check = Above | AtLeast | AtMost | OneOf | Matches
