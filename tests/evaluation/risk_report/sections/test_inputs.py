from __future__ import annotations

from evaluation.risk_report.sections.attention import attention
from evaluation.risk_report.sections.inputs import caveats, found_caveats, prices, statements
from tests.evaluation.risk_report.section_text import cells, said, sentences
from tests.evaluation.risk_report.session_rows import answers, measured, ran


def test_a_last_run_that_failed_is_a_caveat() -> None:
    failed = ran("gold.value_at_risk_daily", run_id="run-2", job_status="failed_gate", error="nulls")
    assert (
        "The last run of gold.value_at_risk_daily for the session ended as failed gate: nulls"
        in sentences(found_caveats(answers(runs=(failed, ran("gold.value_at_risk_daily", place=2)))))
    )


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
