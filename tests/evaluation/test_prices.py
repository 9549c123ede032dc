from evaluation.prices import told
from ingestion.simulator.truth import SuspectPrice

WRONG = SuspectPrice("2022-12-23", "stock-1", "1010.0000")
RIGHT = SuspectPrice("2022-12-23", "stock-2", "60.0000")


def test_planted_and_named() -> None:
    assert [fact.holds for fact in told([WRONG], [WRONG]).facts] == [True, True]


def test_planted_and_used() -> None:
    section = told([WRONG], [])
    assert [fact.holds for fact in section.facts] == [False, True]
    assert section.notes == ("missing: 2022-12-23 stock-1 1010.0000",)


def test_held_back_and_right() -> None:
    assert [fact.holds for fact in told([WRONG], [WRONG, RIGHT]).facts] == [True, False]
