"""The ledger's verdicts, on a handful of offsets: every planted violation has its name, and a clean partition closes."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from ingestion.ledger.accounting import DECIDED, LANDED, judge
from ingestion.ledger.accounts import Account, Closed, Key, Ledger, Span, Waiting

TOPIC = "transactions.fills.v1"
A, D, Q = "accepted", "duplicate", "quarantined"
CLEAN = {0: [A], 1: [D], 2: [Q], 3: [A]}
NOBODY: dict[str, Waiting] = {}


def verdict(
    landed: list[int],
    places: dict[int, list[str]],
    *,
    settled: bool = False,
    span: Span | None = None,
    waiting: dict[str, Waiting] = NOBODY,
    under_way: tuple[int, ...] = (),
    strays: tuple[int, ...] = (),
    late: tuple[int, ...] = (),
    closed: Closed | None = None,
    passed: int = 0,
) -> Ledger:
    """The ledger of one partition: each offset lands in a batch of its own number."""
    key = {"origin_topic": TOPIC, "origin_partition": 0}
    bronze = [{**key, "origin_offset": offset, "land_batch": offset} for offset in landed]
    decided: list[dict[str, Any]] = [
        {
            **key,
            "origin_offset": offset,
            "place": place,
            "is_final": offset not in under_way,
            "is_late": offset in late,
            "is_at_home": offset not in strays,
        }
        for offset, where in places.items()
        for place in where
    ]
    spans: dict[Key, Span] | None = None if span is None else {(TOPIC, 0): span}
    judged = judge(
        pa.Table.from_pylist(bronze, LANDED),
        pa.Table.from_pylist(decided, DECIDED),
        waiting,
        spans,
        settled,
        {(TOPIC, 0): closed} if closed else None,
        {(TOPIC, 0): passed},
    )
    return Ledger(tuple(judged.accounts), tuple(judged.differences), spans is not None)


def found(ledger: Ledger) -> list[tuple[str, tuple[int, ...]]]:
    return [(each.verdict, tuple(map(int, each.proof))) for each in ledger.differences]


def test_a_clean_partition_closes() -> None:
    ledger = verdict([0, 1, 2, 3], CLEAN, settled=True, span=Span(0, 4), late=(3,))
    assert ledger.is_closed
    assert ledger.verdict == "ledger: closed"
    assert ledger.accounts == (Account(TOPIC, 0, 4, 2, 1, 1, 1, 0, 0, 0, 4),)


def test_an_empty_lake_closes() -> None:
    assert verdict([], {}, settled=True).is_closed


@pytest.mark.parametrize(
    ("landed", "places", "expected"),
    [
        pytest.param([0, 1, 2, 3], {0: [A], 2: [Q], 3: [A]}, [("lost", (1,))], id="a row that is nowhere"),
        pytest.param([0, 1, 2, 3], {1: [A], 2: [Q], 3: [A]}, [("lost", (0,))], id="the first row is nowhere"),
        pytest.param([0, 1, 3], {0: [A], 1: [A], 3: [A]}, [("lost", (2,))], id="an offset that did not land"),
        pytest.param([2, 3], {2: [A], 3: [A]}, [("lost", (0, 1))], id="the first batch did not land"),
        pytest.param([0, 1], {0: [A, Q], 1: [A]}, [("duplicate", (0,))], id="accepted and quarantined"),
        pytest.param([0, 1], {0: [A, A], 1: [A]}, [("duplicate", (0,))], id="accepted twice"),
        pytest.param([0, 1, 1], {0: [A], 1: [A]}, [("duplicate", (1,))], id="landed twice"),
        pytest.param([0, 1], {0: [A], 1: [A], 2: [A]}, [("phantom", (2,))], id="accepted and never landed"),
        pytest.param([0, 2], {0: [A], 1: [D], 2: [A]}, [("phantom", (1,))], id="a bronze row was removed"),
        pytest.param(
            [0, 1, 2, 3],
            {0: [A], 1: [A, D], 3: [A]},
            [("lost", (2,)), ("duplicate", (1,))],
            id="two errors that cancel in the sum",
        ),
    ],
)
def test_a_planted_violation_has_its_name(
    landed: list[int], places: dict[int, list[str]], expected: list[tuple[str, tuple[int, ...]]]
) -> None:
    for settled in (False, True):
        ledger = verdict(landed, places, settled=settled)
        assert found(ledger) == expected
        assert not ledger.is_closed


def test_a_row_in_another_topic_s_table_is_misrouted() -> None:
    assert found(verdict([0, 1], {0: [A], 1: [A]}, strays=(1,))) == [("misrouted", (1,))]


def test_what_is_above_the_last_decided_row_is_pending() -> None:
    ledger = verdict([0, 1, 2, 3], {0: [A], 1: [A]})
    assert ledger.is_closed
    assert (ledger.accounts[0].n_pending, ledger.accounts[0].decided_up_to) == (2, 2)


def test_pending_rows_are_stuck_once_all_is_settled() -> None:
    assert found(verdict([0, 1, 2, 3], {0: [A], 1: [A]}, settled=True)) == [("stuck", (2, 3))]


def test_a_batch_under_way_is_no_loss() -> None:
    """Its quarantine is written and its silver is not: only a batch that is over shows what was lost."""
    half = {0: [A], 1: [A], 3: [Q]}
    assert verdict([0, 1, 2, 3], half, under_way=(3,)).is_closed
    assert found(verdict([0, 1, 2, 3], half)) == [("lost", (2,))]


def test_what_the_broker_has_and_bronze_has_not() -> None:
    ledger = verdict([0, 1], {0: [A], 1: [A]}, span=Span(0, 4))
    assert ledger.is_closed
    assert (ledger.accounts[0].n_not_landed, ledger.accounts[0].decided_up_to) == (2, 2)
    assert found(verdict([0, 1], {0: [A], 1: [A]}, span=Span(0, 4), settled=True)) == [("stuck", (2, 3))]


def test_a_partition_of_which_nothing_landed() -> None:
    assert verdict([], {}, span=Span(0, 2)).accounts[0].n_not_landed == 2
    assert found(verdict([], {}, span=Span(0, 2), settled=True)) == [("stuck", (0, 1))]


def test_a_broker_that_begins_later_lost_nothing_of_what_landed() -> None:
    assert verdict([0, 1, 2], {0: [A], 1: [A], 2: [A]}, span=Span(2, 3), settled=True).is_closed
    assert verdict([5, 6], {5: [A], 6: [A]}, span=Span(5, 7), settled=True).is_closed


def test_bronze_beyond_the_broker_s_end() -> None:
    assert found(verdict([0, 1, 2], {0: [A], 1: [A], 2: [A]}, span=Span(0, 1))) == [("phantom", (1, 2))]


def test_parked_rows_are_stuck_and_those_decided_before_are_not() -> None:
    waiting = {TOPIC: Waiting(1, 2, "disk full")}
    ledger = verdict([0, 1, 2, 3], {0: [A], 1: [Q], 3: [A]}, waiting=waiting)
    assert found(ledger) == [("stuck", (2,))]
    assert "disk full" in str(ledger.differences[0])
    assert (ledger.accounts[0].n_parked, ledger.accounts[0].n_quarantined) == (1, 1)


def test_a_loss_outside_the_parked_batches_is_a_loss() -> None:
    waiting = {TOPIC: Waiting(2, 2, "disk full")}
    assert found(verdict([0, 1, 2, 3], {0: [A], 3: [A]}, waiting=waiting)) == [
        ("lost", (1,)),
        ("stuck", (2,)),
    ]


def test_ten_offsets_are_named_and_all_counted() -> None:
    difference = verdict([*range(30)], {29: [A]}).differences[0]
    assert (difference.count, difference.proof) == (29, tuple(map(str, range(10))))
    assert str(difference).startswith(
        f"lost: {TOPIC} partition 0, 29 offsets (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, …): "
    )


def test_a_needle_among_many() -> None:
    places = {offset: [A] for offset in range(100_000) if offset != 77_777}
    assert found(verdict([*range(100_000)], places)) == [("lost", (77_777,))]


def test_only_what_an_earlier_look_left_open_is_judged() -> None:
    closed = Closed(3, n_landed=3, n_accepted=2, n_late=1, n_quarantined=1)
    ledger = verdict([3, 4], {3: [D], 4: [A]}, closed=closed, span=Span(0, 5), settled=True)
    assert ledger.is_closed
    assert ledger.accounts == (Account(TOPIC, 0, 5, 3, 1, 1, 1, 0, 0, 0, 5),)
    assert found(verdict([4], {4: [A]}, closed=closed)) == [("lost", (3,))]


def test_how_far_a_partition_is_closed() -> None:
    """Up to the first message that waits."""
    rows = pa.Table.from_pylist(
        [
            {"origin_topic": TOPIC, "origin_partition": 0, "origin_offset": n, "land_batch": 0}
            for n in range(4)
        ],
        LANDED,
    )
    decided = pa.Table.from_pylist(
        [
            {"origin_topic": TOPIC, "origin_partition": 0, "origin_offset": n, "place": place, "is_final": True,
             "is_late": n == 0, "is_at_home": True}
            for n, place in ((0, A), (1, Q))
        ],
        DECIDED,
    )  # fmt: skip
    closings = judge(rows, decided, NOBODY, None, False).closings
    assert closings == {(TOPIC, 0): Closed(2, n_landed=2, n_accepted=1, n_late=1, n_quarantined=1)}


def test_what_landing_s_checkpoint_has_passed_and_bronze_has_not() -> None:
    skipped = verdict([0, 1], {0: [A], 1: [A]}, span=Span(0, 4), passed=4, settled=True)
    assert found(skipped) == [("skipped-write", (2, 3))]


def test_what_the_broker_deleted_before_it_had_landed() -> None:
    assert found(verdict([0, 1, 2], {0: [A], 1: [A], 2: [A]}, span=Span(5, 6))) == [("lost", (3, 4))]
    assert found(verdict([0, 1, 4], {0: [A], 1: [A], 4: [A]}, span=Span(4, 5))) == [("lost", (2, 3))]
