"""What messages say, before it is typed: the same for envelopes and for lines of a log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

Reason = tuple[str, str]
"""A code of `schemas.reasons`, and the column or promise that it is about."""
MALFORMED: Reason = ("malformed", "raw")


class Said(NamedTuple):
    """One message: its envelope, what is wrong with that, and of each column of its event what was sent.

    A value is a text, None, a boolean or a whole number, where JSON has one of these; a text for any other number, as
    it was spelled; and a list or a dict where an event declares one or a source sends one.
    """

    source_name: str | None
    event_id: str | None
    sequence: int | None
    reason: Reason | None
    undeclared: Sequence[str]
    values: Sequence[object]
