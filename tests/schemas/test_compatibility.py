"""A released event may only gain optional columns; anything else is named."""

from copy import deepcopy
from typing import Any

import pytest

from schemas.compatibility import Change, incompatible_changes

RELEASED: dict[str, Any] = {
    "$id": "brokerlake:transactions.fills.v1",
    "type": "object",
    "description": "A fill.",
    "x-key": ["fill_id"],
    "properties": {
        "fill_id": {"type": "string", "description": "It.", "x-class": "internal"},
        "n_parts": {"type": "integer", "minimum": 0, "x-unit": "parts"},
        "basket": {
            "type": ["array", "null"],
            "items": {
                "type": "object",
                "properties": {"weight_ratio": {"type": "string"}},
                "required": ["weight_ratio"],
            },
        },
    },
    "required": ["fill_id", "n_parts"],
}


def changed(**changes: Any) -> dict[str, Any]:
    """The released schema with dotted paths set, or removed where the value is `...`."""
    schema = deepcopy(RELEASED)
    for path, value in changes.items():
        *parents, last = path.split("__")
        place = schema
        for parent in parents:
            place = place[parent]
        if value is ...:
            del place[last]
        else:
            place[last] = value
    return schema


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, [], id="nothing changed"),
        pytest.param({"properties__note": {"type": ["string", "null"]}}, [], id="a new optional column"),
        pytest.param(
            {
                "properties__legs": {
                    "type": ["array", "null"],
                    "items": {"type": "object", "required": ["leg"]},
                }
            },
            [],
            id="a new optional column with required parts",
        ),
        pytest.param({"properties__fill_id__description": "The fill."}, [], id="another wording"),
        pytest.param({"properties__n_parts": ...}, [Change("n_parts", "was removed")], id="a removed field"),
        pytest.param(
            {"properties__n_parts__type": "string"},
            [Change("n_parts", "type was integer, is string")],
            id="another type",
        ),
        pytest.param(
            {"properties__note": {"type": "string"}, "required": ["fill_id", "n_parts", "note"]},
            [Change("note", "is new and required")],
            id="a new required column",
        ),
        pytest.param(
            {"properties__n_parts__minimum": 1},
            [Change("n_parts", "minimum was 0, is 1")],
            id="a tighter check",
        ),
        pytest.param(
            {"properties__n_parts__minimum": ...},
            [Change("n_parts", "minimum was 0, is absent")],
            id="a looser check",
        ),
        pytest.param(
            {"required": ["fill_id"]},
            [Change("n_parts", "became optional")],
            id="a required column may be null",
        ),
        pytest.param(
            {"required": ["fill_id", "n_parts", "basket"]},
            [Change("basket", "became required")],
            id="an optional column must be there",
        ),
        pytest.param(
            {"properties__n_parts__x-unit": "dozens"},
            [Change("n_parts", "x-unit was parts, is dozens")],
            id="another unit",
        ),
        pytest.param(
            {"properties__basket__items__properties__weight_ratio__type": "number"},
            [Change("basket[].weight_ratio", "type was string, is number")],
            id="another type inside an array",
        ),
        pytest.param(
            {"x-key": ["n_parts"]}, [Change("", "x-key was ['fill_id'], is ['n_parts']")], id="another key"
        ),
    ],
)
def test_what_may_change(changes: dict[str, Any], expected: list[Change]) -> None:
    assert incompatible_changes(RELEASED, changed(**changes)) == expected


def test_a_change_reads_as_a_sentence() -> None:
    assert str(Change("price", "was removed")) == "price: was removed"
    assert str(Change("", "x-key was a, is b")) == "the event: x-key was a, is b"
