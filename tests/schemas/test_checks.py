"""A check says the same in SQL, in words and in JSON Schema."""

from decimal import Decimal

import pytest

from schemas.checks import Above, AtLeast, AtMost, Check, Matches, OneOf


@pytest.mark.parametrize(
    ("check", "code", "sql", "words", "json_schema"),
    [
        (Above(0), "out_of_range", "price > 0", "price is above 0", {"exclusiveMinimum": 0}),
        (AtLeast(Decimal("0.5")), "out_of_range", "price >= 0.5", "price is at least 0.5", {"minimum": Decimal("0.5")}),
        (AtMost(1), "out_of_range", "price <= 1", "price is at most 1", {"maximum": 1}),
        (OneOf(("a", "b")), "not_allowed", "price IN ('a', 'b')", "price is one of a, b", {"enum": ["a", "b"]}),
        (Matches("[A-Z]{3}"), "pattern", "price RLIKE '^(?:[A-Z]{3})(?![^a]|a)'", "price matches [A-Z]{3}", {"pattern": "^(?:[A-Z]{3})$"}),
    ],
)  # fmt: skip
def test_every_rendering(
    check: Check, code: str, sql: str, words: str, json_schema: dict[str, object]
) -> None:
    assert (check.code, check.sql("price"), check.words("price"), check.json_schema()) == (
        code,
        sql,
        words,
        json_schema,
    )


@pytest.mark.parametrize("pattern", [r"\d+", "it's"])
def test_a_pattern_that_sql_would_change_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="does not survive SQL"):
        Matches(pattern)
