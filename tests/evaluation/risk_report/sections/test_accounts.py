from __future__ import annotations

from evaluation.risk_report.sections.accounts import concentration, largest
from evaluation.risk_report.sections.attention import attention
from tests.evaluation.risk_report.section_text import cells, said, sentences
from tests.evaluation.risk_report.session_rows import answers, ran


def test_largest_accounts_and_groups() -> None:
    section = largest(answers())
    assert cells(section, "Accounts with the largest") == [
        ["a", "324.60", "330.00", "10,000.00", "3.2 %", "2"],
        ["b", "50.00", "50.00", "10,000.00", "0.5 %", "2"],
    ]
    assert cells(section, "Groups of accounts") == [
        ["ordinary clients", "324.60", "330.00", "10,000.00", "3.2 %", "2"]
    ]
    assert said(section)[0] == (
        "2 accounts held something. Their values at risk, each by itself, add up to 374.60 USD; the book's is 297.00 USD."
    )


def test_concentration() -> None:
    rows = (
        {
            "account_id": "a",
            "concentration_level": "warning",
            "gross_exposure_amount": "900",
            "largest_name_ratio": 0.3,
        },
        {
            "account_id": "b",
            "concentration_level": "act",
            "gross_exposure_amount": "10",
            "largest_name_ratio": 0.5,
        },
        {"account_id": "d", "concentration_level": "act", "gross_exposure_amount": "9"},
        {"account_id": "c", "concentration_level": None, "gross_exposure_amount": "1", "days_to_leave": 2.5},
    )
    section = concentration(answers(concentration=rows))
    assert cells(section, "Accounts by level") == [
        ["within", "0"], ["warning", "1"], ["act", "2"], ["no net assets", "1"],
    ]  # fmt: skip
    assert [row[:2] for row in cells(section, "The largest of the 3")] == [
        ["b", "act"],
        ["d", "act"],
        ["a", "warning"],
    ]
    assert cells(section, "Accounts that would take longest") == [["c", "2.5000", "1.00", "1"]]
    assert "2 accounts have so much in one name that somebody has to act." in sentences(
        attention(answers(concentration=rows))
    )
    told = answers(
        concentration=rows[1:2], runs=(ran("gold.concentration_daily", params_json='{"act_ratio": 0.4}'),)
    )
    assert "1 account has 40 % of the net assets or more in one name." in sentences(attention(told))
