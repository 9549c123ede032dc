from __future__ import annotations

from evaluation.risk_report.page import Bars
from evaluation.risk_report.sections.stressed import stress
from tests.evaluation.risk_report.section_text import cells, said
from tests.evaluation.risk_report.session_rows import answers


def stressed(scenario_id: str, loss: str | None, **other: object) -> dict[str, object]:
    return {
        "session_date": "2022-12-23", "portfolio_type": "book", "portfolio_id": "book", "scenario_id": scenario_id,
        "scenario_type": "hypothetical", "scenario_name": f"The {scenario_id}", "scenario_defined_date": "2022-01-31",
        "scenario_author_name": "desk", "stress_loss_amount": loss, "market_value_amount": "10000",
        "not_shocked_amount": "0", "not_shocked": [], "currency_code": "USD", **other,
    }  # fmt: skip


def test_stress() -> None:
    section = stress(
        answers(
            stress=(
                stressed("gain", "-50"),
                stressed(
                    "fall", "2500.5", not_shocked_amount="700", not_shocked=["XNYS:BOND01", "XNYS:BOND02"]
                ),
                stressed("fall", "2000", portfolio_type="client_type", portfolio_id="ordinary"),
                stressed("panic", "0", not_shocked_amount="9000", not_shocked=["XNYS:AAPL"]),
                stressed("never", None, scenario_type="reverse", least_index_move_ratio=None),
                stressed("soon", "1200", scenario_type="reverse", least_index_move_ratio=-0.125),
                stressed("now", "0", scenario_type="reverse", least_index_move_ratio=0.0),
            )
        )
    )
    assert cells(section, "Scenarios, the worst first") == [
        ["The fall", "hypothetical", "2,500.50", "25.0 %", "700.00"],
        ["The gain", "hypothetical", "−50.00", "−0.5 %", "0.00"],
    ]
    assert cells(section, "What was not shocked") == [["The fall", "700.00", "XNYS:BOND01, XNYS:BOND02"]]
    assert cells(section, "Groups of accounts under") == [["ordinary clients", "2,000.00", "–"]]
    assert cells(section, "How far the index must fall") == [
        ["The now", "none: it is so already", "0.00"],
        ["The soon", "−12.5 %", "1,200.00"],
        ["The never", "no fall does it", "–"],
    ]
    # A scenario that moves nothing has no loss of nothing, and no bar.
    assert said(section)[1:] == [
        "1 scenario moves nothing that is held, so that there is no loss to show: The panic.",
        "The other way round: what is held follows the index by its beta, and what has no beta stays as it is.",
        "Scenarios were written down: 6 on 2022-01-31 by desk.",
    ]
    [chart] = [part for part in section.parts if isinstance(part, Bars)]
    assert [(bar.label, bar.value) for bar in chart.bars] == [("The fall", 2500.5), ("The gain", -50.0)]


def test_scenarios_that_leave_the_same_alone_share_a_row() -> None:
    bond = {"not_shocked_amount": "7", "not_shocked": ["BOND"]}
    rows = tuple(stressed(name, loss, **bond) for name, loss in (("a", "3"), ("b", "5"), ("c", "4")))
    other = stressed("d", "1", not_shocked_amount="8", not_shocked=["BOND"])
    assert cells(stress(answers(stress=(*rows, other))), "What was not shocked") == [
        ["The b, and 2 others", "7.00", "BOND"],
        ["The d", "8.00", "BOND"],
    ]
    assert cells(stress(answers(stress=rows[:2])), "What was not shocked") == [
        ["The b; The a", "7.00", "BOND"]
    ]


def test_falls_that_are_equally_far_come_in_the_order_of_their_numbers() -> None:
    rows = [
        stressed(f"of_{share}", None, scenario_type="reverse", least_index_move_ratio=None)
        for share in (10, 1, 5)
    ]
    shown = cells(stress(answers(stress=tuple(rows))), "How far the index must fall")
    assert [row[0] for row in shown] == ["The of_1", "The of_5", "The of_10"]


def test_the_first_of_many_names_that_were_not_shocked() -> None:
    names = [f"n{place}" for place in range(10)]
    section = stress(answers(stress=(stressed("fall", "1", not_shocked_amount="1", not_shocked=names),)))
    assert cells(section, "What was not shocked") == [
        ["The fall", "1.00", "n0, n1, n2, n3, n4, n5, n6, n7 and 2 more"]
    ]
