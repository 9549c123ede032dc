"""What each section says of rows: numbers and words, nothing drawn."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest

from evaluation.risk_report.page import (
    Bars,
    Cards,
    Cell,
    Facts,
    Grid,
    Points,
    Said,
    Section,
    State,
    ThroughTime,
)
from evaluation.risk_report.sections.accounts import concentration, largest
from evaluation.risk_report.sections.attention import attention
from evaluation.risk_report.sections.book import data_as_of, headline, methods, summary, through_time
from evaluation.risk_report.sections.composition import composition, shares
from evaluation.risk_report.sections.forecasts import backtests
from evaluation.risk_report.sections.inputs import caveats, found_caveats, prices, statements
from evaluation.risk_report.sections.limits import limits
from evaluation.risk_report.sections.margin import margin
from evaluation.risk_report.sections.stressed import stress
from tests.evaluation.risk_report.session_rows import (
    VECTORS,
    answers,
    back_tested,
    measured,
    ran,
)


def grid(section: Section, caption: str) -> Grid:
    [found] = [part for part in section.parts if isinstance(part, Grid) and part.caption.startswith(caption)]
    return found


def plain(cell: Cell) -> str:
    if isinstance(cell, State):
        return cell.text
    return " ".join(state.text for state in cell) if isinstance(cell, tuple) else cell


def cells(section: Section, caption: str) -> list[list[str]]:
    """The rows as text, with plain spaces."""
    return [[plain(cell).replace("\u00a0", " ") for cell in row] for row in grid(section, caption).rows]


def sentences(states: Iterable[State]) -> list[str]:
    return [state.text.replace("\u00a0", " ") for state in states]


def said(section: Section) -> list[str]:
    return [part.text.replace("\u00a0", " ") for part in section.parts if isinstance(part, Said)]


def test_cards() -> None:
    [cards] = [part for part in summary(answers(), []).parts if isinstance(part, Cards)]
    assert [
        (card.value.replace("\u00a0", " "), card.note.replace("\u00a0", " "), card.tone)
        for card in cards.rows
    ] == [
        ("297.00 USD", "2.97 % of 10,000.00 of positions", "plain"),
        ("300.00 USD", "3.00 % of 10,000.00 of positions", "plain"),
        ("−1,234.57 USD", "forecast 293.50: no hit", "plain"),
        ("rejected", "5 hits in 159 sessions, 1.6 expected: yellow zone", "bad"),
    ]


def test_as_of_and_convention() -> None:
    of, convention = [part for part in data_as_of(answers()).parts if isinstance(part, Facts)]
    assert dict(of.rows) == {
        "Session": "2022-12-23",
        "Revision": "1; the figure was not restated since it was first published",
        "Published": "2022-12-23 22:30:00 UTC",
        "Silver up to refine batch": "6",
        "Code version": "766d47a4ebef",
        "Run": "run-1",
        "Made again by": "`python -m jobs reproduce value_at_risk_daily --session 2022-12-23`",
    }
    told = dict(convention.rows)
    assert (told["Method"], told["Horizon"], told["Quantile"]) == ("historical simulation", "1 day", "type 7")
    assert (told["Window"], told["Missing prices"]) == (
        "4 sessions asked for, 4 scenarios there",
        "carry forward",
    )
    assert told["Params"] == "lookback sessions 4, confidences 0.95 / 0.99"


def test_the_origin_is_of_the_run_that_made_the_rows_and_not_of_a_later_one() -> None:
    again = ran("gold.value_at_risk_daily", run_id="run-2", refine_batch=9)
    first = ran("gold.value_at_risk_daily", place=2)
    assert list(headline(answers(runs=(again, first))))[1] == (
        "Data up to refine batch 6, revision 1, published 2022-12-23 22:30:00 UTC by code 766d47a4ebef."
    )


def test_a_last_run_that_failed_is_a_caveat() -> None:
    failed = ran("gold.value_at_risk_daily", run_id="run-2", job_status="failed_gate", error="nulls")
    assert (
        "The last run of gold.value_at_risk_daily for the session ended as failed gate: nulls"
        in sentences(found_caveats(answers(runs=(failed, ran("gold.value_at_risk_daily", place=2)))))
    )


def test_losses_against_what_was_forecast() -> None:
    section = through_time(answers())
    [chart] = [part for part in section.parts if isinstance(part, ThroughTime)]
    assert chart.days == ("2022-12-21", "2022-12-22", "2022-12-23")
    assert chart.losses == (100.0, 310.5, -1234.565)
    assert chart.hits == (False, True, False)
    assert chart.steps == (
        ("value at risk", (293.5, 293.5, 293.5)),
        ("expected shortfall", (300.0, 300.0, 300.0)),
    )
    assert cells(section, "Hits") == [["2022-12-22", "310.50", "293.50", "17.00", "300.00"]]


def test_only_the_highest_confidence_is_drawn() -> None:
    section = through_time(answers(outcomes=(back_tested("0.95"), back_tested("0.99"))))
    [chart] = [part for part in section.parts if isinstance(part, ThroughTime)]
    assert chart.days == ("2022-12-23",)


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


def test_methods_begin_with_the_published_one() -> None:
    section = methods(answers())
    assert cells(section, "Value at risk of the book") == [
        ["historical simulation", "–", "–", "297.00"],
        ["normal", "–", "–", "280.00"],
    ]
    [chart] = [part for part in section.parts if isinstance(part, Bars)]
    assert [(bar.label, bar.value, bar.tone) for bar in chart.bars] == [
        ("historical simulation", 297.0, "plain"),
        ("normal", 280.0, "muted"),
    ]


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


def on_margin(account_id: str, level: str, ratio: str | None, **other: object) -> dict[str, object]:
    return {
        "session_date": "2022-12-23", "account_id": account_id, "currency_code": "USD", "closing_cash_amount": "-5",
        "securities_amount": "1305", "debt_amount": "1000", "maintenance_ratio": ratio, "margin_level": level,
        "restoring_cash_amount": "0", "is_call_issued": False, "n_stale_prices": 0, "n_without_haircut": 0, **other,
    }  # fmt: skip


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


def test_statements_of_an_earlier_session() -> None:
    checked = {
        "custodian_name": "bank",
        "n_stated_accounts": 2,
        "n_unstated_accounts": 0,
        "n_statement_items": 5,
    }
    found = answers(
        statement_checks=(
            {**checked, "session_date": "2022-12-09", "n_statement_breaks": 4},
            {**checked, "session_date": "2022-12-16", "n_statement_breaks": 1},
        ),
        statement_breaks=(
            {"session_date": "2022-12-09", "account_id": "old"},
            {"session_date": "2022-12-16", "account_id": "a", "statement_item_type": "cash", "statement_item_id": "USD",
             "statement_break_name": "fees_not_charged", "booked_cash_amount": "99.5", "stated_cash_amount": "-100",
             "currency_code": "USD"},
        ),
    )  # fmt: skip
    section = statements(found)
    assert said(section) == ["The newest statements are of 2022-12-16: no statement is of 2022-12-23."]
    assert cells(section, "What was compared") == [["bank", "2022-12-16", "2", "0", "5", "1"]]
    assert cells(section, "Each break") == [["a", "USD", "fees not charged", "99.50 USD", "−100.00 USD"]]
    assert "1 item differs between our books and the statements of 2022-12-16." in sentences(attention(found))


def test_suspect_prices() -> None:
    suspect = {
        "session_date": "2022-12-23", "instrument_id": "XNYS:AAPL", "close_price": "13.186",
        "previous_close_price": "131.86", "move_ratio": -0.9, "currency_code": "USD", "explanation": "Nobody quoted it.",
    }  # fmt: skip
    earlier = {
        **suspect,
        "session_date": "2022-12-01",
        "instrument_id": "XNYS:GE",
        "move_ratio": 9.0,
        "last_quote_price": "80",
    }
    found = answers(suspects=(suspect, earlier))
    assert said(prices(found)) == [
        "1 close of 2022-12-23 is suspect, and 1 of earlier sessions that the page shows."
    ]
    assert cells(prices(found), "Closes") == [
        ["XNYS:AAPL", "2022-12-23", "13.1860", "131.8600", "−90.0 %", "–", "USD", "Nobody quoted it."],
        ["XNYS:GE", "2022-12-01", "13.1860", "131.8600", "900.0 %", "80.0000", "USD", "Nobody quoted it."],
    ]
    assert "1 close kept out of all values as suspect: XNYS:AAPL." in sentences(attention(found))


def test_a_clean_session_has_caveats_that_are_good_news() -> None:
    assert sentences(found_caveats(answers()))[:4] == [
        "No price is missing in the book's window.",
        "Every session shown has all the scenarios that its window asks for.",
        "No fill, cash movement or bar arrived after its source had closed the session.",
        "The ledger has no open break; it last looked at 2022-12-23 23:00:00 UTC.",
    ]


def test_every_caveat() -> None:
    found = answers(
        measures=(measured("book", "book", "297", "300", n_missing_prices=25),),
        windows=(
            measured("book", "book", "1", "1", session_date="2022-12-22", n_scenarios=3),
            measured("book", "book", "1", "1", revision=2),
        ),
        profits=({"account_id": "a", "n_stale_prices": 2}, {"account_id": "b", "n_stale_prices": 0}),
        late_fills=({"n_late": 1},),
        late_bars=({"n_late": 1200},),
        runs=(
            ran("gold.value_at_risk_daily", input_versions_json='{"silver.bars": 5}'),
            ran("gold.limit_usage_daily", input_versions_json='{"silver.limits": 4}'),
            ran("gold.churn_scores_daily", job_status="failed", input_versions_json='{"silver.bars": 5}'),
        ),
        touched=({"table_name": "silver.bars", "refine_batch": 7}, {"table_name": "silver.limits", "refine_batch": 6}),
        breaks=({"law_name": "books", "verdict": "lost", "break_subject": "gold.cash_daily", "n_broken": 3, "broken_unit": "balances"},),
        parked=({"origin_topic": "market.bars.v1"},),
        quarantined=({"origin_topic": "market.bars.v1", "n_messages": 1281},),
    )  # fmt: skip
    assert sentences(found_caveats(found))[:9] == [
        "25 price moves of the book's window are missing (carry forward).",
        "1 session of the 2 shown has fewer scenarios than the window asks for: 3 at least, from 2022-12-22 to 2022-12-22.",
        "1 session of the 2 shown was published again with other figures; back-tests go by what was published first.",
        "2 positions of 1 account are valued at an earlier session's close.",
        "Arrived after their source had closed the session: 1 fill, 1,200 bars.",
        "Rows of the session came in after gold.value_at_risk_daily had been made: `python -m jobs pending --to 2022-12-23` says what is to be made again.",
        "The ledger has an open break: books, lost, gold.cash_daily, 3 balances.",
        "Topic market.bars.v1 is parked: its newest messages are not in silver.",
        "There are no rows.",
    ]
    assert cells(caveats(found), "Messages that were ever set aside, of all sessions: 1,281") == [
        ["market.bars.v1", "1,281"]
    ]


def test_corporate_actions_of_the_session_are_caveats() -> None:
    found = answers(
        actions=(
            {"instrument_id": "XNYS:AAPL", "corporate_action_type": "split", "new_units_per_unit": "10.00"},
            {
                "instrument_id": "XNYS:KO",
                "corporate_action_type": "cash_dividend",
                "dividend_per_unit": "0.4600",
            },
        )
    )
    assert sentences(found_caveats(found))[2:4] == [
        "XNYS:AAPL splits: 10 new for one old, from this session on.",
        "XNYS:KO goes without a dividend of 0.46 USD a unit, from this session on.",
    ]


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
