from dataclasses import replace

import pandas as pd
import pytest

from evaluation.pipeline import Landed, PipelineResult, Quarantined, judge
from evaluation.pipeline_section import told
from ingestion.simulator.truth import Fault, Truth

FILLS, QUOTES, APP = "transactions.fills.v1", "market.quotes.v1", "behaviour.app_events.v1"
CLOSES = "operations.session_closes.v1"

NAN = Fault("not_finite", "2022-12-23", QUOTES, "quarantined", ("not_finite",), "aa", "market-data-7")
CUT = Fault("app_truncated", "2022-12-23", APP, "quarantined", ("malformed",), "bb", None)
COPY = Fault("duplicate", "2022-12-23", FILLS, "duplicate", (), "cc", "execution-venue-3")
LATE = Fault("late_fill", "2022-12-23", FILLS, "accepted", (), "dd", "execution-venue-4")
TRUTH = Truth(
    "tiny", 1, (), (), (), (), (NAN, CUT, COPY, LATE), (), (), {FILLS: 3, QUOTES: 2, APP: 2, CLOSES: 2}
)

Duplicate = tuple[str, str, int, int]
FOUND_COPY = (FILLS, "execution-venue-3", 0, 2)


def duplicates(*rows: Duplicate) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=["topic", "event_id", "partition", "offset"])


LANDED = Landed(
    {FILLS: 3, QUOTES: 2, APP: 2, CLOSES: 2},
    (
        Quarantined(QUOTES, "aa", ("not_finite",), "quotes-0@1"),
        Quarantined(APP, "bb", ("malformed",), "app-0@1"),
    ),
    duplicates(FOUND_COPY),
    {FILLS: {"execution-venue-3": False, "execution-venue-4": True}},
)


def holds(result: PipelineResult) -> list[bool]:
    return [fact.holds for fact in told(result).facts]


def test_every_fault_ended_as_it_must() -> None:
    result = judge(TRUTH, LANDED)
    assert [tuple(kind) for kind in result.kinds] == [
        ("late_fill", "accepted", (), 1, 1),
        ("duplicate", "duplicate", (), 1, 1),
        ("app_truncated", "quarantined", ("malformed",), 1, 1),
        ("not_finite", "quarantined", ("not_finite",), 1, 1),
    ]
    assert (result.missing, result.unexplained, result.repeats, result.lost) == ((), (), (), {})
    assert holds(result) == [True, True, True]


def with_quarantined(*rows: Quarantined) -> Landed:
    return replace(LANDED, quarantined=(*LANDED.quarantined, *rows))


@pytest.mark.parametrize(
    ("landed", "missing", "unexplained"),
    [
        pytest.param(replace(LANDED, quarantined=LANDED.quarantined[1:]), (NAN,), (), id="never quarantined"),
        pytest.param(
            replace(
                LANDED,
                quarantined=(
                    Quarantined(QUOTES, "aa", ("not_finite", "promise"), "quotes-0@1"),
                    LANDED.quarantined[1],
                ),
            ),
            (NAN,),
            ("quotes-0@1 not_finite+promise",),
            id="one reason too many",
        ),
        pytest.param(
            with_quarantined(Quarantined(FILLS, "ee", ("missing",), "fills-1@5")),
            (),
            ("fills-1@5 missing",),
            id="quarantined and never planted",
        ),
        pytest.param(
            with_quarantined(Quarantined(QUOTES, "aa", ("not_finite",), "quotes-0@9")),
            (),
            ("quotes-0@9 not_finite",),
            id="twice, by Kafka alone",
        ),
        pytest.param(replace(LANDED, duplicates=duplicates()), (COPY,), (), id="no duplicate"),
        pytest.param(
            replace(LANDED, duplicates=duplicates(FOUND_COPY, (FILLS, "execution-venue-9", 1, 9))),
            (),
            (f"{FILLS}-1@9 duplicate",),
            id="a duplicate that nobody planted",
        ),
        pytest.param(
            replace(LANDED, accepted={FILLS: {"execution-venue-3": False}}), (LATE,), (), id="not accepted"
        ),
        pytest.param(
            replace(LANDED, accepted={FILLS: {"execution-venue-4": False}}), (LATE,), (), id="not marked late"
        ),
    ],
)
def test_what_is_wrong(landed: Landed, missing: tuple[Fault, ...], unexplained: tuple[str, ...]) -> None:
    result = judge(TRUTH, landed)
    assert (result.missing, result.unexplained) == (missing, unexplained)
    assert holds(result) == [not missing, not unexplained, True]


def test_repeats_of_flume_are_listed_and_no_fault() -> None:
    landed = replace(
        with_quarantined(Quarantined(APP, "bb", ("malformed",), "app-0@8")),
        duplicates=duplicates(FOUND_COPY, (APP, "app-1", 0, 7)),
    )
    result = judge(TRUTH, landed)
    assert (result.unexplained, result.repeats) == ((), ("app-0@8 malformed", f"{APP}-0@7 duplicate"))


def test_what_never_landed_is_lost() -> None:
    result = judge(TRUTH, replace(LANDED, n_landed={FILLS: 2, QUOTES: 2, APP: 3, CLOSES: 2}))
    assert result.lost == {FILLS: 1}
    assert holds(result) == [True, True, False]


def test_a_broker_that_was_played_twice() -> None:
    """Every fault comes again, and what was accepted the first time is a duplicate the second time."""
    twice = Landed(
        {topic: 2 * count for topic, count in LANDED.n_landed.items()},
        (*LANDED.quarantined, *(each._replace(place=f"{each.place}0") for each in LANDED.quarantined)),
        duplicates(
            FOUND_COPY,
            (FILLS, "execution-venue-3", 0, 4),
            (FILLS, "execution-venue-3", 0, 5),
            (FILLS, "execution-venue-4", 0, 6),
            (QUOTES, "market-data-6", 0, 3),
        ),
        LANDED.accepted,
    )
    result = judge(TRUTH, twice)
    assert (result.n_plays, result.missing, result.unexplained) == (2, (), ())
    again = (FILLS, "execution-venue-4", 0, 7)
    once_more = replace(twice, duplicates=duplicates(*twice.duplicates.itertuples(index=False), again))
    assert judge(TRUTH, once_more).unexplained == (f"{FILLS}-0@7 duplicate",)
