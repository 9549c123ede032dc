from __future__ import annotations

from evaluation.risk_report.sections.limits import limits
from tests.evaluation.risk_report.section_text import cells, grid
from tests.evaluation.risk_report.session_rows import answers


def test_use_of_limits() -> None:
    section = limits(
        answers(
            limits=(
                {"account_id": "a", "limit_type": "value_at_risk", "usage_level": "watch", "usage_ratio": 0.8,
                 "observed_amount": "80", "limit_amount": "100"},
                {"account_id": "b", "limit_type": "value_at_risk", "usage_level": "breach", "usage_ratio": None,
                 "observed_amount": "5", "limit_amount": "0"},
                {"account_id": "c", "limit_type": "gross_exposure", "usage_level": "within", "usage_ratio": 0.1,
                 "observed_amount": "1234.5", "limit_amount": "12345"},
            )
        )
    )  # fmt: skip
    assert grid(section, "Limits in force").heads[3:5] == (
        "#watch (from 80\u00a0%)",
        "#warning (from 95\u00a0%)",
    )
    assert cells(section, "Limits in force") == [
        ["gross exposure", "1", "1", "0", "0", "0"],
        ["value at risk", "2", "0", "1", "0", "1"],
    ]
    # A limit of nothing that is used has no ratio, and no other use is further beyond.
    assert [row[:2] + row[-2:] for row in cells(section, "The most used limits")] == [
        ["b", "value at risk", "–", "breach"],
        ["a", "value at risk", "80.0 %", "watch"],
        ["c", "gross exposure", "10.0 %", "within"],
    ]
