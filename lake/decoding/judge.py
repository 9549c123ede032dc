"""One batch of messages as Arrow: read, typed, held against the promises of its columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from lake.arrow import arrow_type
from lake.decoding import access_log, envelopes
from lake.decoding.checks import is_broken
from lake.decoding.texts import Reason, Said
from lake.decoding.values import Values, typed
from schemas.declaration import Event
from schemas.pipeline_fields import REASONS

PASSED = ("origin_partition", "origin_offset", "received_at")
"""Columns of messages that come out as they went in."""


class _Broken(NamedTuple):
    """A reason, and the rows that it is to be given to."""

    reason: Reason
    rows: pa.BooleanArray


def judged(event: Event, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Batches of messages (columns: PASSED, `raw`, for lines of a log `headers`) as PASSED, `source_name`, `event_id`,
    `sequence`, `reasons`, `has_envelope`, `undeclared_fields`, and the event's own columns, personal ones in clear.

    Reasons are the envelope's or, where it has none (`has_envelope`), every promise of a single column that is broken.
    """
    for batch in batches:
        yield _judged(event, batch)


def _judged(event: Event, batch: pa.RecordBatch) -> pa.RecordBatch:
    said = list(_said(event, batch))
    sent = list(zip(*(each.values for each in said), strict=True)) or [()] * len(event.columns)
    columns = [typed(values, column) for values, column in zip(sent, event.columns, strict=True)]
    more = {
        "source_name": pa.array([each.source_name for each in said], pa.string()),
        "event_id": pa.array([each.event_id for each in said], pa.string()),
        "sequence": pa.array([each.sequence for each in said], pa.int64()),
        "reasons": _reasons(said, _broken(event, columns)),
        "has_envelope": pa.array([each.reason is None for each in said], pa.bool_()),
        "undeclared_fields": pa.array([each.undeclared for each in said], pa.list_(pa.string())),
        **{column.name: each.values for column, each in zip(event.columns, columns, strict=True)},
    }
    passed = [batch.column(name) for name in PASSED]
    return pa.RecordBatch.from_arrays([*passed, *more.values()], [*PASSED, *more])


def _said(event: Event, batch: pa.RecordBatch) -> Iterator[Said]:
    raw = batch.column("raw").to_pylist()
    if event.raw_line:
        return map(access_log.reader(event), raw, batch.column("headers").to_pylist())
    return map(envelopes.reader(event), raw)


def _broken(event: Event, columns: Sequence[Values]) -> list[_Broken]:
    """In the order in which people are told: what is missing, what is of another type, what breaks a check."""
    pairs = list(zip(event.columns, columns, strict=True))
    found = [
        # An optional value is left out or null; an empty text is neither.
        _Broken(("missing", column.name), each.is_absent if column.required else each.is_empty)
        for column, each in pairs
        if column.required or column.type.name == "string"
    ]
    for column, each in pairs:
        found.append(_Broken(("not_finite", column.name), each.is_not_finite))
        found.append(_Broken(("wrong_type", column.name), each.is_wrong))
        found.append(_Broken(("inexact", column.name), each.is_inexact))
    found += [
        _Broken((check.code, column.name), is_broken(check, each.values))
        for column, each in pairs
        for check in column.checks
    ]
    return [each for each in found if each.rows.true_count]


def _reasons(said: Sequence[Said], broken: Sequence[_Broken]) -> pa.Array:
    reasons: list[list[Reason]] = [[] if each.reason is None else [each.reason] for each in said]
    for reason, rows in broken:
        for place in pc.indices_nonzero(rows).to_pylist():
            if said[place].reason is None:
                reasons[place].append(reason)
    return pa.array([[_as_struct(each) for each in listed] for listed in reasons], arrow_type(REASONS.type))


def _as_struct(reason: Reason) -> dict[str, str]:
    return {"code": reason[0], "subject": reason[1]}
