from __future__ import annotations

from evaluation.risk_report.page import Bars, Cards, Facts, ThroughTime
from evaluation.risk_report.sections.book import data_as_of, headline, methods, summary, through_time
from tests.evaluation.risk_report.section_text import cells
from tests.evaluation.risk_report.session_rows import answers, back_tested, ran


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
