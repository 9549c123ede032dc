"""Gaps in a source's sequence, and how old they are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pyarrow as pa

from ingestion.ledger.sequences import ARRIVED, Gap, Heard, hear, judge

AT = datetime(2022, 12, 23, 15, tzinfo=UTC)
NOBODY: Mapping[str, Heard] = {}


def after(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


def arrived(source: str, *numbers: int, at: Mapping[int, float] | None = None) -> pa.Table:
    """Numbers of a source, each so many seconds after AT."""
    rows = [
        {"source_name": source, "sequence": n, "received_at": after((at or {}).get(n, 0))} for n in numbers
    ]
    return pa.Table.from_pylist(rows, ARRIVED)


def test_a_declared_source_begins_at_one() -> None:
    assert hear(arrived("app", 2, 3), NOBODY) == [Heard("app", 3, (Gap(1, 1, AT),))]


def test_another_source_begins_with_what_was_first_heard_of_it() -> None:
    assert hear(arrived("cli:file", 7, 8, 10), NOBODY) == [Heard("cli:file", 10, (Gap(9, 9, AT),))]


def test_order_and_repetition_do_not_matter() -> None:
    assert hear(arrived("app", 3, 1, 2, 3, 1), NOBODY) == [Heard("app", 3)]


def test_a_gap_is_as_old_as_the_earliest_number_after_it() -> None:
    [heard] = hear(arrived("app", 1, 3, 4, 9, at={3: 50, 4: 40, 9: 45}), NOBODY)
    assert heard.gaps == (Gap(2, 2, after(40)), Gap(5, 8, after(45)))


def test_what_was_heard_before_goes_on() -> None:
    before = {"app": Heard("app", 10, (Gap(2, 5, AT),)), "web": Heard("web", 4)}
    assert hear(arrived("app", 3, 11, 13, at={13: 9}), before) == [
        Heard("app", 13, (Gap(2, 2, AT), Gap(4, 5, AT), Gap(12, 12, after(9)))),
        Heard("web", 4),
    ]


def test_a_huge_number_makes_one_gap() -> None:
    [heard] = hear(arrived("app", 1, 10**15), NOBODY)
    [difference] = judge([heard], after(61))
    assert (difference.count, difference.proof) == (10**15 - 2, (f"2-{10**15 - 1}",))


def test_a_gap_is_reported_when_it_is_older_than_a_minute() -> None:
    heard = [Heard("app", 5, (Gap(2, 3, AT), Gap(4, 4, after(30))))]
    assert list(judge(heard, after(60))) == []
    [difference] = judge(heard, after(61))
    assert (difference.verdict, difference.subject, difference.proof) == ("lost", "source app", ("2-3",))
    [difference] = judge(heard, after(91))
    assert (difference.count, difference.proof) == (3, ("2-3", "4"))
