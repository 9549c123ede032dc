"""Are the breaks between books and statements those that were planted?

A report that the venue sends after a statement is out moves our books of the session and not the statement: such accounts
break rightly, and what was planted in them may look like something else.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from evaluation.section import Fact, Grid, Section, listed
from ingestion.simulator.truth import StatementBreak, Truth
from lake.reader import query
from lake.settings import Settings

FOUND = """
    SELECT CAST(session_date AS VARCHAR) AS session_date, account_id, statement_item_id, statement_break_name
    FROM gold.statement_breaks_daily
"""
# A report carries the session of the fill that it is about.
CORRECTED_SINCE = """
    SELECT DISTINCT CAST(stated.session_date AS VARCHAR) AS session_date, stated.account_id
    FROM silver.statements AS stated JOIN silver.fills AS reported ON reported.account_id = stated.account_id
    WHERE reported.report_type <> 'fill' AND reported.session_date <= stated.session_date
      AND reported.reported_at > stated.stated_at
"""

Account = tuple[str, str]


@dataclass(frozen=True)
class StatementResult:
    """missing: planted and not found under its name. extra: found and not planted. Accounts that were corrected since are in neither."""

    n_planted: dict[str, int]
    n_corrected: int
    missing: tuple[StatementBreak, ...]
    extra: tuple[StatementBreak, ...]


def judge(
    planted: Collection[StatementBreak], found: Collection[StatementBreak], corrected: Collection[Account]
) -> StatementResult:
    """corrected: sessions and accounts whose fills were reported on after the statement."""
    counted = {each for each in planted if _account(each) not in corrected}
    seen = {each for each in found if _account(each) not in corrected}
    names = sorted(each.statement_break_name for each in counted)
    return StatementResult(
        {name: names.count(name) for name in names},
        len(set(found)) - len(seen),
        tuple(sorted(counted - seen, key=_said)),
        tuple(sorted(seen - counted, key=_said)),
    )


def _account(each: StatementBreak) -> Account:
    return each.session_date, each.account_id


def _said(each: StatementBreak) -> str:
    return f"{each.session_date} {each.account_id} {each.statement_item_id} {each.statement_break_name}"


def section(settings: Settings, truth: Truth) -> Section:
    """Reads gold.statement_breaks_daily, and from silver what was corrected since."""
    found = [StatementBreak(**row) for row in query(settings, FOUND).to_pylist()]
    corrected = {
        (row["session_date"], row["account_id"]) for row in query(settings, CORRECTED_SINCE).to_pylist()
    }
    return told(judge(truth.statement_breaks, found, corrected))


def told(result: StatementResult) -> Section:
    """The answer as a section."""
    n_planted = sum(result.n_planted.values())
    missing, extra = [_said(each) for each in result.missing], [_said(each) for each in result.extra]
    return Section(
        name="statements",
        title="Statements: our books against those of the custodian",
        facts=(
            Fact(
                f"{n_planted - len(missing)} of {n_planted} planted breaks were found under their names",
                not missing,
            ),
            Fact(f"{len(extra)} breaks were found that nobody planted", not extra),
        ),
        grids=(Grid(("break", "planted"), tuple(result.n_planted.items())),),
        notes=(
            f"{result.n_corrected} more are of accounts whose fills were corrected after the statement",
            *listed("missing", missing),
            *listed("extra", extra),
        ),
        figures={
            "n_planted": result.n_planted,
            "n_corrected": result.n_corrected,
            "missing": missing,
            "extra": extra,
        },
    )
