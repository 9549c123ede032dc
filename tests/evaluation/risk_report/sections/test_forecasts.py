from __future__ import annotations

from evaluation.risk_report.page import Points, State
from evaluation.risk_report.sections.forecasts import backtests
from tests.evaluation.risk_report.section_text import cells, grid
from tests.evaluation.risk_report.session_rows import answers, back_tested


def test_traffic_lights_and_verdicts() -> None:
    section = backtests(
        answers(
            backtests=(
                back_tested("0.99"),
                back_tested("0.95", zone_name="green", n_hits=11, n_hits_expected=7.95, is_rejected=False,
                       coverage_p_value=0.05, backtest_verdict="not rejected: 11 hits"),
                back_tested("0.99", method_name="normal", zone_name="red"),
                back_tested("0.99", portfolio_type="client_type", portfolio_id="ordinary", n_hits=2, zone_name="green",
                       is_rejected=False),
            )
        )
    )  # fmt: skip
    assert cells(section, "Traffic lights") == [
        ["historical simulation", "green 11 / 8.0", "–", "yellow 5 / 1.6 rejected"],
        ["normal", "–", "–", "red 5 / 1.6 rejected"],
    ]
    [points] = [part for part in section.parts if isinstance(part, Points)]
    assert [(state.text.replace("\u00a0", " "), state.tone) for state in points.rows] == [
        ("At 95 %, clean profit: not rejected: 11 hits.", "good"),
        ("At 99 %, clean profit: rejected: 5 hits.", "bad"),
    ]
    tests = grid(section, "Tests of the published forecasts, clean profit")
    # A p-value of 5 % does not reject, one below does.
    assert tests.rows[0] == (
        "number of hits (Kupiec)", "4.711 (0.0500)", State("4.711 (0.0300)", "bad"),
    )  # fmt: skip
    assert cells(section, "Groups of accounts") == [
        ["ordinary clients", "159", "2", "1.6", "green", "not rejected"]
    ]
