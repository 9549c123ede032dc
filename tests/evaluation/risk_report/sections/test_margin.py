from __future__ import annotations

from evaluation.risk_report.sections.attention import attention
from evaluation.risk_report.sections.margin import margin
from tests.evaluation.risk_report.section_text import cells, said, sentences
from tests.evaluation.risk_report.session_rows import answers, on_margin, ran


def test_margin_ladder() -> None:
    found = answers(
        margin=(
            on_margin("a", "none", "2.5"),
            on_margin("b", "call", "1.3", is_call_issued=True, restoring_cash_amount="195"),
            on_margin("c", "none", None, debt_amount="0"),
        ),
        runs=(ran("gold.margin_daily", params_json='{"warning_ratio": "1.50", "call_ratio": "1.40", "forced_sale_ratio": "1.30", "clear_above_ratio": "0.025"}'),),
    )  # fmt: skip
    assert said(margin(found)) == [
        (
            "The maintenance ratio is cash and positions at the session's close over all that an account owes. "
            "A level is left again 2.5 percentage points above its line."
        )
    ]
    assert cells(margin(found), "Levels of the ladder") == [
        ["none", "–", "2", "0", "1,000.00", "0.00"],
        ["warning", "below 150 %", "0", "0", "0.00", "0.00"],
        ["call", "below 140 %", "1", "1", "1,000.00", "195.00"],
        ["forced sale", "below 130 %", "0", "0", "0.00", "0.00"],
    ]
    # Who owes nothing has no ratio; cash below zero is debt, and is not taken off what is there.
    assert cells(margin(found), "The lowest") == [
        ["b", "130.0 %", "call", "yes", "1,000.00", "1,305.00", "195.00", "0"],
        ["a", "250.0 %", "none", "no", "1,000.00", "1,305.00", "0.00", "0"],
    ]
    assert sentences(attention(found))[-1] == "1 margin call issued in the session."


def test_prices_and_haircuts_that_margin_goes_without() -> None:
    # Who owes nothing has no level that a stale price could hold.
    rows = (
        on_margin("a", "call", "1.38", n_stale_prices=2, n_without_haircut=1),
        on_margin("b", "none", None, debt_amount="0", n_stale_prices=1),
    )
    assert said(margin(answers(margin=rows)))[1:] == [
        (
            "1 account that owes something has positions at an earlier session's close: the level stays what it was, nobody is "
            "called or released by such a price."
        ),
        "1 position has no haircut in force and so no worth as collateral.",
    ]
