"""Amounts: what silver says of an order, a fill or a cash movement is what the accepted message said, to the last place.

Row by row and not only in sum, and read by another parser than the one that wrote silver.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.ledger.accounts import PROOF_SHOWN, Difference, difference
from schemas import catalog
from schemas.declaration import Column, Event

# Of each event of the domain, what is compared: every number and every text that no key hides.
EVENTS = tuple(event for event in catalog.EVENTS if event.domain == "transactions")
_PLACE = ("origin_partition", "origin_offset")


def compared(event: Event) -> tuple[Column, ...]:
    """Columns whose values are held against the message."""
    return tuple(
        c for c in event.columns if c.type.name in ("decimal", "string") and c.data_class != "personal"
    )


def said(event: Event, places: pa.Table, raw: Sequence[bytes]) -> pa.Table:
    """What messages say of the compared columns, as text; null where they say nothing. `places` has their offsets."""
    records = [_data(each) for each in raw]
    texts = {
        column.name: pa.array([_text(record.get(column.name)) for record in records], pa.string())
        for column in compared(event)
    }
    return pa.table({**{name: places[name] for name in _PLACE}, **texts})


def judge(event: Event, said_by_messages: pa.Table, silver: pa.Table) -> Iterator[Difference]:
    """One difference a column, with offset, what the message says, and what silver says.

    `said_by_messages` is what `said` gives; `silver` has the same columns with their own types. A row that is missing
    on either side is no matter of this law.
    """
    columns = compared(event)
    theirs = said_by_messages.rename_columns(
        [name if name in _PLACE else f"said_{name}" for name in said_by_messages.column_names]
    )
    both = silver.join(theirs, list(_PLACE), join_type="inner")
    for column in columns:
        rows = _altered(both, column)
        if len(rows):
            yield _difference(event, column, rows)


def _altered(both: pa.Table, column: Column) -> pa.Table:
    """The rows in which the two differ."""
    silver, said = both[column.name], both[f"said_{column.name}"]
    if column.type.name == "string":
        return both.filter(pc.invert(_is_same(silver, said)))
    pairs = zip(silver.to_pylist(), said.to_pylist(), strict=True)
    return both.filter(pa.array([value != _decimal(text) for value, text in pairs], pa.bool_()))


def _is_same(left: pa.ChunkedArray, right: pa.ChunkedArray) -> pa.ChunkedArray:
    """Whether two texts are equal; two that are missing are."""
    both_missing = pc.and_(pc.is_null(left), pc.is_null(right))
    return pc.or_(both_missing, pc.fill_null(pc.equal(left, right), False))


def _difference(event: Event, column: Column, rows: pa.Table) -> Difference:
    names = (*_PLACE, f"said_{column.name}", column.name)
    first: Mapping[str, list[object]] = (
        rows.sort_by(list(_sorting())).slice(0, PROOF_SHOWN).select(names).to_pydict()
    )
    proof = [
        f"{partition}/{offset}: {said} became {silver}"
        for partition, offset, said, silver in zip(*[first[name] for name in names], strict=True)
    ]
    why = f"{catalog.silver_of(event).name} has another {column.name} than its message"
    return difference("amounts", "altered", event.topic, why, "row", proof, len(rows))


def _sorting() -> Iterator[tuple[str, str]]:
    return ((name, "ascending") for name in _PLACE)


def _data(raw: bytes) -> Mapping[str, object]:
    """The record in a message; nothing where there is none, which is for the contract to say."""
    try:
        envelope = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return {}
    data = envelope.get("data") if isinstance(envelope, dict) else None
    return data if isinstance(data, dict) else {}


def _text(value: object) -> str | None:
    """Empty stands for missing; a number that travels as a JSON number has the text that it is printed with."""
    return None if value is None or value == "" else str(value)


def _decimal(text: str | None) -> Decimal | None:
    try:
        return None if text is None else Decimal(text)
    except InvalidOperation:
        return None
