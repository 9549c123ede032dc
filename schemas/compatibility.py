"""What may change in a released event: nothing but optional columns that are added, and the wording of sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]

_COMPARED_APART = ("description", "properties", "required", "items")


@dataclass(frozen=True)
class Change:
    """One difference that a producer or a consumer of the released schema would trip over; `field` is "" for the event."""

    field: str
    what: str

    def __str__(self) -> str:
        return f"{self.field or 'the event'}: {self.what}"


def incompatible_changes(released: Schema, current: Schema) -> list[Change]:
    """Everything in which two JSON schemas of one event differ, new optional columns apart.

    A looser check is a change too: who reads the event may count on the old one. Anything named here is a new version
    of the event, beside the old one.
    """
    return list(_compare("", released, current))


def _compare(path: str, released: Schema, current: Schema) -> Iterator[Change]:
    yield from _keywords(path, released, current)
    if "items" in released and "items" in current:
        yield from _compare(f"{path}[]", released["items"], current["items"])
    yield from _properties(path, released, current)


def _keywords(path: str, released: Schema, current: Schema) -> Iterator[Change]:
    for keyword in sorted({*released, *current} - {*_COMPARED_APART}):
        before, after = released.get(keyword, "absent"), current.get(keyword, "absent")
        if before != after:
            yield Change(path, f"{keyword} was {before}, is {after}")


def _properties(path: str, released: Schema, current: Schema) -> Iterator[Change]:
    before, after = released.get("properties", {}), current.get("properties", {})
    needed_before, needed_after = released.get("required", ()), current.get("required", ())
    for name in sorted({*before, *after}):
        field = f"{path}.{name}" if path else name
        if name not in after:
            yield Change(field, "was removed")
        elif name not in before:
            if name in needed_after:
                yield Change(field, "is new and required")
        else:
            if (name in needed_before) != (name in needed_after):
                yield Change(field, f"became {'required' if name in needed_after else 'optional'}")
            yield from _compare(field, before[name], after[name])
