from __future__ import annotations

import numpy as np
import pytest

from evaluation.risk_report.sections.composition import composition, shares
from tests.evaluation.risk_report.section_text import cells, said
from tests.evaluation.risk_report.session_rows import VECTORS, answers, measured


def test_shares_are_losses_in_the_scenarios_that_the_whole_rests_on() -> None:
    # The whole lies 0.97 of the way from the second to the fourth scenario: a 150 to 330, b 50 to -30.
    found = shares(["b", "a"], np.array([[-50.0, -50, -10, 30], [-50, -150, 40, -330]]))
    assert [part.name for part in found] == ["a", "b"]
    assert [part.value_at_risk for part in found] == pytest.approx([324.6, -27.6])
    assert [part.expected_shortfall for part in found] == [330, -30]
    assert [part.alone for part in found] == pytest.approx([324.6, 50])


def test_groups_add_up_to_what_was_published() -> None:
    section = composition(answers())
    assert cells(section, "By type of client") == [
        ["ordinary", "324.60", "109.3 %", "330.00", "324.60"],
        ["professional", "−27.60", "−9.3 %", "−30.00", "50.00"],
        ["sum", "297.00", "100.0 %", "300.00", "374.60"],
    ]
    assert cells(section, "By risk level of the client")[0][0] == "unknown"
    assert said(section)[0].startswith("A part's share is what it loses")
    assert cells(section, "Sessions whose moves") == [
        ["2022-12-23", "300.00"], ["2022-12-21", "200.00"], ["2022-12-20", "100.00"], ["2022-12-22", "−30.00"],
    ]  # fmt: skip


def test_the_rest_of_the_accounts_is_one_line() -> None:
    many = tuple(
        {**VECTORS[0], "account_id": f"a{n:02}", "scenario_profits": [0, -n, 0, -n]} for n in range(12)
    )
    rows = cells(composition(answers(vectors=many)), "Accounts with the largest shares")
    assert [row[0] for row in rows] == [*[f"a{n:02}" for n in range(11, 1, -1)], "2 other accounts"]
    assert rows[-1] == ["2 other accounts", "0.01", "1.52 %", "0.01", "–"]


def test_vectors_that_do_not_add_up_are_called_out() -> None:
    section = composition(answers(measures=(measured("book", "book", "297.01", "300"),)))
    assert said(section)[0] == (
        "The vectors add up to a value at risk of 297.00, and 297.01 was published: one of the two was made again since. "
        "The shares below are of the vectors."
    )


def test_without_vectors_there_are_no_shares() -> None:
    section = composition(answers(vectors=()))
    assert section.parts == ()
    assert section.why_empty == "There are no rows."
