"""What is asked of a lake, and the command that writes the page; without a JVM."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
from deltalake import DeltaTable

from evaluation.__main__ import main
from evaluation.errors import NoSuchSession
from evaluation.risk_report.answers import QUESTIONS, ask, why_no_rows
from lake.errors import QueryError, SessionError
from lake.names import known
from lake.settings import Settings
from schemas import catalog
from tests.evaluation.risk_report.session_rows import PLAIN, back_tested, measured, ran
from tests.evaluation.risk_report.session_rows import QUESTIONS as ANSWERED
from tests.rows import arrow_table
from tests.written import new_lake, write

FRIDAY, WEDNESDAY = date(2022, 12, 23), date(2022, 12, 21)
VALUE_AT_RISK = catalog.table("gold.value_at_risk_daily")


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = new_lake(tmp_path_factory.mktemp("lake"))
    write(settings, VALUE_AT_RISK,
          measured("book", "book", "100", "110", session_date="2022-12-21"),
          measured("book", "book", "290", "300"),
          measured("book", "book", "297", "300", revision=2, run_id="run-2"),
          measured("account", "a", "50", "60", revision=2, run_id="run-2"))  # fmt: skip
    write(settings, catalog.table("gold.value_at_risk_backtests"),
          back_tested("0.99"),
          back_tested("0.99", session_date="2022-12-20"),
          back_tested("0.99", session_date="2021-12-20"),
          back_tested("0.99", session_date="2022-12-21", profit_type="actual"),
          back_tested("0.99", session_date="2022-12-21", method_name="normal"),
          back_tested("0.99", session_date="2022-12-22", portfolio_type="client_type"))  # fmt: skip
    runs = [ran("gold.value_at_risk_daily", job_name="value_at_risk_daily"), ran("gold.margin_daily")]
    write(settings, catalog.table("ops.job_runs"),
          *[{name: value for name, value in {**run, "session_date": "2022-12-23"}.items() if name != "place"} for run in runs])  # fmt: skip
    write(settings, catalog.table("silver.fills"), {"fill_id": "1", "is_late": True}, {"fill_id": "2"})
    acts = {
        "corporate_action_type": "split",
        "new_units_per_unit": "2",
        "ex_date": "2022-12-23",
        "corporate_action_version": 1,
    }
    write(settings, catalog.table("silver.corporate_actions"),
          {**acts, "corporate_action_id": "stays"},
          {**acts, "corporate_action_id": "stays", "new_units_per_unit": "3", "corporate_action_version": 2},
          {**acts, "corporate_action_id": "moved"},
          {**acts, "corporate_action_id": "moved", "ex_date": "2022-12-28", "corporate_action_version": 2},
          {**acts, "corporate_action_id": "off"},
          {**acts, "corporate_action_id": "off", "corporate_action_status": "cancelled", "corporate_action_version": 2})  # fmt: skip
    shutil.rmtree(settings.root / "lake/gold/statement_checks_daily")
    return settings


def test_the_tests_answer_every_question() -> None:
    assert set(ANSWERED) == set(QUESTIONS)
    assert PLAIN.keys() <= set(QUESTIONS)


def test_the_newest_revision_is_what_the_page_shows(lake: Settings) -> None:
    rows = ask(lake, FRIDAY)["measures"].rows
    assert [(row["portfolio_type"], row["revision"], row["run_id"]) for row in rows] == [
        ("account", 2, "run-2"),
        ("book", 2, "run-2"),
    ]


def test_without_a_session_it_is_the_last_one(lake: Settings) -> None:
    assert ask(lake, None).session == FRIDAY


def test_outcomes_are_the_book_s_by_the_published_method_for_clean_profit_over_a_year(lake: Settings) -> None:
    assert [row["session_date"] for row in ask(lake, FRIDAY)["outcomes"].rows] == [date(2022, 12, 20), FRIDAY]


def test_late_rows_are_counted(lake: Settings) -> None:
    answers = ask(lake, FRIDAY)
    assert answers["late_fills"].rows == ({"n_late": 1},)
    assert answers["late_bars"].rows == ({"n_late": 0},)


def test_corporate_actions_are_those_of_the_session_by_their_newest_version(lake: Settings) -> None:
    rows = ask(lake, FRIDAY)["actions"].rows
    assert [(row["corporate_action_id"], row["new_units_per_unit"]) for row in rows] == [("stays", 3)]


def test_each_empty_answer_says_why(lake: Settings) -> None:
    answers = ask(lake, FRIDAY)
    assert answers["limits"].why_empty == (
        "gold.limit_usage_daily was not made for 2022-12-23: "
        "`python -m jobs run limit_usage_daily --session 2022-12-23` makes it."
    )
    assert answers["statement_checks"].why_empty == (
        "gold.statement_checks_daily was never created: `make up` and `make demo` create the tables."
    )
    empty = {name for name in QUESTIONS if not answers[name].rows}
    assert all(answers[name].why_empty for name in empty)


def test_a_table_that_this_release_does_not_declare(lake: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    declared = {
        name: named for name, named in known(for_service=False).items() if name != "gold.limit_usage_daily"
    }
    monkeypatch.setattr("evaluation.risk_report.answers.known", lambda for_service: declared)
    assert ask(lake, FRIDAY)["limits"].why_empty == "This release has no table gold.limit_usage_daily."


def test_a_table_that_lacks_a_column_declared_since(tmp_path: Path) -> None:
    settings = new_lake(tmp_path)
    write(settings, VALUE_AT_RISK, measured("book", "book", "290", "300"))
    _create_without(settings, "gold.stress_daily", "least_index_move_ratio")
    assert ask(settings, FRIDAY)["stress"].why_empty == (
        "gold.stress_daily was created before least_index_move_ratio was declared: the streams of `make up` add what is "
        "missing."
    )
    _create_without(settings, "gold.value_at_risk_daily", "is_in_domain")
    with pytest.raises(QueryError, match=r"^gold\.value_at_risk_daily was created before is_in_domain was"):
        ask(settings, FRIDAY)


def _create_without(settings: Settings, name: str, column: str) -> None:
    """As a release before made the table."""
    shutil.rmtree(settings.root / "lake" / name.replace(".", "/"))
    DeltaTable.create(
        settings.table_path(name), arrow_table(catalog.table(name)).drop_columns([column]).schema
    )


def test_a_table_without_rows_was_published_or_not() -> None:
    assert why_no_rows("gold.margin_daily", FRIDAY, "published") == (
        "gold.margin_daily was made for 2022-12-23 and has no rows: there was nothing to state."
    )
    assert why_no_rows("gold.margin_daily", FRIDAY, "failed_gate") == (
        "gold.margin_daily was not published for 2022-12-23, its last run ended as failed gate: "
        "`python -m jobs run margin_daily --session 2022-12-23` tries again."
    )
    assert why_no_rows("gold.scenario_profit_and_loss_daily", FRIDAY, "published") == (
        "gold.scenario_profit_and_loss_daily has no rows for 2022-12-23: only its newest 20 sessions are kept."
    )
    assert why_no_rows("ops.parked", FRIDAY, None) == "ops.parked has no rows."


def test_a_session_that_was_not_published_is_refused(lake: Settings) -> None:
    with pytest.raises(NoSuchSession) as refused:
        ask(lake, date(2022, 12, 22))
    assert str(refused.value) == (
        "gold.value_at_risk_daily has no rows of the book for 2022-12-22, its last session is 2022-12-23: "
        "`python -m jobs run value_at_risk_daily --session 2022-12-22` makes them"
    )


def test_a_day_that_is_no_session_is_refused(lake: Settings) -> None:
    with pytest.raises(SessionError, match="2022-12-24 is not a session of the XNYS calendar"):
        ask(lake, date(2022, 12, 24))


def test_a_lake_without_value_at_risk_is_refused(tmp_path: Path) -> None:
    settings = new_lake(tmp_path)
    with pytest.raises(NoSuchSession, match="has no rows of the book: `make demo` makes some"):
        ask(settings, None)
    shutil.rmtree(tmp_path / "lake/gold/value_at_risk_daily")
    with pytest.raises(QueryError, match="was never created"):
        ask(settings, FRIDAY)


def test_the_command_writes_a_page_and_says_where(
    lake: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("BROKERLAKE_ROOT", str(lake.root))
    assert main(["report", "--session", "2022-12-23"]) == 0
    written = lake.root / "reports/risk-2022-12-23.html"
    assert capsys.readouterr().out == f"{written}\n"
    other = tmp_path / "new/page.html"
    assert main(["report", "--session", "2022-12-23", "--out", str(other)]) == 0
    assert other.read_bytes() == written.read_bytes()
    assert "297.00\u00a0USD" in other.read_text()
    assert str(lake.root) not in other.read_text()


def test_the_command_refuses_in_one_sentence(
    lake: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BROKERLAKE_ROOT", str(lake.root))
    assert main(["report", "--session", "2022-12-22"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    with pytest.raises(SystemExit):
        main(["report", "--session", "yesterday"])
    assert "'yesterday' is no day: give YYYY-MM-DD" in capsys.readouterr().err
