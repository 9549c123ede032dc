"""What the page is made from: one question a table, each answered with rows or with why there are none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa

from evaluation.errors import NoSuchSession
from lake.errors import OlderTable, QueryError
from lake.job_runs import BY_PLACE
from lake.names import known
from lake.reader import open_table, query
from lake.sessions import book_calendar
from lake.settings import Settings
from schemas import catalog

SESSIONS_SHOWN = 250
STATED_WITHIN_SESSIONS = 20
"""How far back the newest statement may lie: one of an earlier month says nothing about these books."""

# What a session's rows are asked of, and the order that they come in. `{session}` and `{first}` are days.
_OF_SESSION = {
    "measures": ("gold.value_at_risk_daily", "gold.value_at_risk_daily_latest", "portfolio_type, portfolio_id, method_name, confidence_ratio"),
    "backtests": ("gold.value_at_risk_backtests", "gold.value_at_risk_backtests", "portfolio_type, portfolio_id, method_name, confidence_ratio, profit_type"),
    "vectors": ("gold.scenario_profit_and_loss_daily", "gold.scenario_profit_and_loss_daily", "account_id"),
    "limits": ("gold.limit_usage_daily", "gold.limit_usage_daily", "account_id, limit_type, currency_code"),
    "concentration": ("gold.concentration_daily", "gold.concentration_daily", "account_id, currency_code"),
    "stress": ("gold.stress_daily", "gold.stress_daily", "portfolio_type, portfolio_id, scenario_id"),
    "margin": ("gold.margin_daily", "gold.margin_daily", "account_id, currency_code"),
    "profits": ("gold.profit_and_loss_daily", "gold.profit_and_loss_daily", "account_id, currency_code"),
}  # fmt: skip
# Questions of their own: a table, and the SQL.
_OTHERS = {
    "outcomes": (
        "gold.value_at_risk_backtests",
        """
        SELECT session_date, confidence_ratio, loss_amount, value_at_risk_amount, expected_shortfall_amount, is_hit
        FROM gold.value_at_risk_backtests
        WHERE portfolio_type = 'book' AND method_name = 'historical_simulation' AND profit_type = 'clean'
          AND session_date BETWEEN DATE '{first}' AND DATE '{session}'
        ORDER BY session_date, confidence_ratio
        """,
    ),
    "windows": (
        "gold.value_at_risk_daily",
        """
        SELECT session_date, max(revision) AS revision, max(n_scenarios) AS n_scenarios,
               max(window_sessions) AS window_sessions
        FROM gold.value_at_risk_daily_latest
        WHERE portfolio_type = 'book' AND method_name = 'historical_simulation'
          AND session_date BETWEEN DATE '{first}' AND DATE '{session}'
        GROUP BY session_date ORDER BY session_date
        """,
    ),
    "statement_checks": (
        "gold.statement_checks_daily",
        """
        SELECT * FROM gold.statement_checks_daily
        WHERE session_date BETWEEN DATE '{stated}' AND DATE '{session}'
        ORDER BY session_date, custodian_name
        """,
    ),
    "statement_breaks": (
        "gold.statement_breaks_daily",
        """
        SELECT * FROM gold.statement_breaks_daily
        WHERE session_date BETWEEN DATE '{stated}' AND DATE '{session}'
        ORDER BY session_date, custodian_name, account_id, statement_item_type, statement_item_id
        """,
    ),
    "suspects": (
        "gold.suspect_prices_daily",
        """
        SELECT * FROM gold.suspect_prices_daily WHERE session_date BETWEEN DATE '{first}' AND DATE '{session}'
        ORDER BY session_date DESC, instrument_id, mic_code
        """,
    ),
    "runs": (
        "ops.job_runs",
        f"SELECT * FROM {BY_PLACE} WHERE session_date = DATE '{{session}}' ORDER BY table_name, place",
    ),
    "touched": (
        "ops.touched_sessions",
        """
        SELECT table_name, max(refine_batch) AS refine_batch FROM ops.touched_sessions
        WHERE session_date = DATE '{session}' GROUP BY table_name ORDER BY table_name
        """,
    ),
    **{
        f"late_{table}": (
            f"silver.{table}",
            f"SELECT count(*) AS n_late FROM silver.{table} WHERE session_date = DATE '{{session}}' AND is_late",
        )
        for table in ("fills", "cash_movements", "bars")
    },
    "actions": (
        "silver.corporate_actions",
        """
        SELECT * FROM (
            SELECT *, row_number() OVER (PARTITION BY corporate_action_id ORDER BY corporate_action_version DESC) AS place
            FROM silver.corporate_actions
        ) WHERE place = 1 AND corporate_action_status = 'announced' AND ex_date = DATE '{session}'
        ORDER BY instrument_id, corporate_action_id
        """,
    ),
    "quarantined": (
        "quarantine.events",
        "SELECT origin_topic, count(*) AS n_messages FROM quarantine.events GROUP BY origin_topic ORDER BY origin_topic",
    ),
    "parked": ("ops.parked", "SELECT origin_topic FROM ops.parked ORDER BY origin_topic"),
    "breaks": (
        "ops.ledger_breaks",
        "SELECT * FROM ops.ledger_breaks WHERE break_state = 'open' ORDER BY law_name, break_id",
    ),
    "looks": ("ops.ledger", "SELECT max(looked_at) AS looked_at FROM ops.ledger"),
}
_KEPT = {table.name: table.keep_sessions for table in catalog.TABLES}
QUESTIONS = (*_OF_SESSION, *_OTHERS)


@dataclass(frozen=True)
class Answer:
    """Rows as plain values, in order; why_empty says in words why there are none."""

    rows: tuple[dict[str, Any], ...]
    why_empty: str | None = None

    @staticmethod
    def of(table: pa.Table) -> Answer:
        return Answer(tuple(table.to_pylist()), None if table.num_rows else "There are no rows.")


@dataclass(frozen=True)
class Answers:
    """All answers about one session, by the name of the question."""

    session: date
    by_name: Mapping[str, Answer]

    def __getitem__(self, name: str) -> Answer:
        return self.by_name[name]


def ask(settings: Settings, session: date | None) -> Answers:
    """Reads the lake; without a session, its last one with a value at risk.

    Raises SessionError for a day that is no session, NoSuchSession where no value at risk was published.
    """
    calendar = book_calendar()
    published = _published_sessions(settings)
    last = max(published, default=None)
    day = session or last
    if day is None:
        raise NoSuchSession(None, None)
    calendar.session(day)
    if day not in published:
        raise NoSuchSession(day, last)
    days = {
        "session": day,
        "first": calendar.last(day, SESSIONS_SHOWN)[0],
        "stated": calendar.last(day, STATED_WITHIN_SESSIONS)[0],
    }
    runs = _answer(settings, *_sql_of("runs", days))
    states = {row["table_name"]: row["job_status"] for row in runs.rows if row["place"] == 1}
    found = {
        name: _explained(_answer(settings, *_sql_of(name, days)), _table_of(name), day, states)
        for name in QUESTIONS
        if name != "runs"
    }
    return Answers(day, {**found, "runs": runs})


def _published_sessions(settings: Settings) -> set[date]:
    rows = query(
        settings,
        "SELECT DISTINCT session_date FROM gold.value_at_risk_daily WHERE portfolio_type = 'book' "
        "AND method_name = 'historical_simulation' AND confidence_ratio = 0.99",
    )
    return set(rows["session_date"].to_pylist())


def _table_of(name: str) -> str:
    return _OF_SESSION[name][0] if name in _OF_SESSION else _OTHERS[name][0]


def _sql_of(name: str, days: Mapping[str, date]) -> tuple[str, str]:
    """A question's table and its SQL."""
    if name in _OTHERS:
        table, sql = _OTHERS[name]
        return table, sql.format(**days)
    table, read, order = _OF_SESSION[name]
    return table, f"SELECT * FROM {read} WHERE session_date = DATE '{days['session']}' ORDER BY {order}"


def _answer(settings: Settings, table: str, sql: str) -> Answer:
    """Rows, or none with why: a table that no release has yet, that no lake has yet, or that this lake has without columns
    declared since. Other errors are raised."""
    tables = known(for_service=False)
    if table not in tables:
        return Answer((), f"This release has no table {table}.")
    try:
        open_table(settings, tables[table].table)
    except QueryError:
        return Answer((), f"{table} was never created: `make up` and `make demo` create the tables.")
    try:
        return Answer(tuple(query(settings, sql).to_pylist()))
    except OlderTable as error:
        return Answer((), f"{error}.")


def _explained(answer: Answer, table: str, session: date, states: Mapping[str, str]) -> Answer:
    if answer.rows or answer.why_empty:
        return answer
    return Answer((), why_no_rows(table, session, states.get(table)))


def why_no_rows(table: str, session: date, state: str | None) -> str:
    """state: how the table's last job ended for the session; None if it never ran."""
    layer, job = table.split(".")
    if layer != "gold":
        return f"{table} has no rows."
    if state == "published" and (kept := _KEPT.get(table)):
        return f"{table} has no rows for {session}: only its newest {kept} sessions are kept."
    if state == "published":
        return f"{table} was made for {session} and has no rows: there was nothing to state."
    command = f"python -m jobs run {job} --session {session}"
    if state is None:
        return f"{table} was not made for {session}: `{command}` makes it."
    return f"{table} was not published for {session}, its last run ended as {state.replace('_', ' ')}: `{command}` tries again."
