"""Was anything ever recommended above a client's risk level? Over all rows of all revisions, and it must be nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import pandas as pd

from evaluation.known import ACCOUNTS, HIGHEST, INSTRUMENTS, LOWEST, Known, known
from evaluation.offers import by_session
from evaluation.section import Fact, Section, listed
from lake.reader import query
from lake.sessions import book_calendar
from lake.settings import Settings

SHOWN = "SELECT session_date, client_id, instrument_id, revision FROM gold.recommendations_daily"


@dataclass(frozen=True)
class SuitabilityResult:
    """unsuitable: session, client, product and revision of every row above its client's level, or without a known level."""

    n_rows: int
    n_sessions: int
    unsuitable: tuple[str, ...]


def judge(shown: pd.DataFrame, known_at: Callable[[date], Known]) -> SuitabilityResult:
    """shown: session_date, client_id, instrument_id, revision. known_at: what was known at a session's close."""
    found: list[str] = []
    for day, rows in by_session(shown).items():
        at = known_at(day)
        allowed = rows["client_id"].map(at.client_levels).fillna(LOWEST)
        needed = rows["instrument_id"].map(at.product_levels).fillna(HIGHEST + 1)
        found += [
            f"{row.session_date} {row.client_id} {row.instrument_id} revision {row.revision}"
            for row in rows[needed > allowed].itertuples()
        ]
    return SuitabilityResult(len(shown), shown["session_date"].nunique(), tuple(found))


def section(settings: Settings) -> Section:
    """Reads gold.recommendations_daily, silver.accounts and silver.instruments."""
    accounts = query(settings, ACCOUNTS).to_pandas()
    instruments = query(settings, INSTRUMENTS).to_pandas()
    calendar = book_calendar()
    return told(
        judge(
            query(settings, SHOWN).to_pandas(),
            lambda day: known(accounts, instruments, day, calendar.session(day).closes_at),
        )
    )


def told(result: SuitabilityResult) -> Section:
    """The answer as a section."""
    n_bad = len(result.unsuitable)
    return Section(
        name="suitability",
        title="Suitability: recommendations above the client's risk level",
        facts=(
            Fact(
                f"{n_bad} of {result.n_rows:,} recommendations in {result.n_sessions} sessions are above the client's level",
                result.n_rows > 0 and not n_bad,
            ),
        ),
        notes=listed("unsuitable", result.unsuitable),
        figures={
            "n_rows": result.n_rows,
            "n_sessions": result.n_sessions,
            "n_unsuitable": n_bad,
            "share_above_level_ratio": n_bad / result.n_rows if result.n_rows else None,
        },
    )
