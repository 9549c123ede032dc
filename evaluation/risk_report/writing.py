"""From the lake to a file: what is asked, how the page is put together, where it goes."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from evaluation.risk_report.answers import Answers, ask
from evaluation.risk_report.page import Page
from evaluation.risk_report.rendering import html
from evaluation.risk_report.sections.accounts import concentration, largest
from evaluation.risk_report.sections.attention import attention
from evaluation.risk_report.sections.book import data_as_of, headline, methods, summary, through_time
from evaluation.risk_report.sections.composition import composition
from evaluation.risk_report.sections.forecasts import backtests
from evaluation.risk_report.sections.inputs import caveats, prices, statements
from evaluation.risk_report.sections.limits import limits
from evaluation.risk_report.sections.margin import margin
from evaluation.risk_report.sections.stressed import stress
from lake.settings import Settings

_SECTIONS = (
    through_time,
    composition,
    methods,
    backtests,
    stress,
    limits,
    largest,
    concentration,
    margin,
    statements,
    prices,
    caveats,
    data_as_of,
)


def page_of(answers: Answers) -> Page:
    """Every section, those without rows too."""
    return Page(
        "Risk report, session",
        str(answers.session),
        tuple(headline(answers)),
        (summary(answers, attention(answers)), *[section(answers) for section in _SECTIONS]),
    )


def write(settings: Settings, session: date | None, out: Path | None) -> Path:
    """Writes the page and returns where it is: `<root>/reports/risk-<session>.html` unless told.

    Raises SessionError, NoSuchSession, and QueryError where value at risk was never made.
    """
    answers = ask(settings, session)
    path = out or settings.root / "reports" / f"risk-{answers.session}.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(html(page_of(answers)), encoding="utf-8")
    return path
