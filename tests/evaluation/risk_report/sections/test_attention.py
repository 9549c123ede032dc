from __future__ import annotations

from evaluation.risk_report.sections.attention import attention
from tests.evaluation.risk_report.section_text import sentences
from tests.evaluation.risk_report.session_rows import answers, back_tested, on_margin


def test_a_call_of_an_earlier_session_is_not_over() -> None:
    found = answers(
        margin=(
            on_margin("a", "call", "1.38"),
            on_margin("b", "forced_sale", "1.2"),
            on_margin("c", "warning", "1.45"),
        )
    )
    told = sentences(attention(found))
    assert "2 margin accounts stand at a call or a forced sale of an earlier session." in told
    assert "No margin account is called or sold out." not in told
    told = sentences(attention(answers(margin=(on_margin("c", "warning", "1.45"),))))
    assert told[-1] == "No margin account is called or sold out."


def test_attention_names_a_hit_and_breaches() -> None:
    found = answers(
        backtests=(back_tested("0.99", is_hit=True, loss_amount="400"),),
        limits=({"usage_level": "breach"}, {"usage_level": "warning"}),
    )
    assert sentences(attention(found))[:4] == [
        "The session lost 106.50 USD more than its value at risk.",
        "Back-tests reject the published forecasts at 99 %.",
        "1 limit is breached.",
        "1 limit is nearly used up, and not breached.",
    ]
