"""`python -m jobs reproduce` and `explain`: the number of a past session made again, and where it comes from."""

from __future__ import annotations

import argparse
from datetime import date
from decimal import Decimal

from rich.console import Console
from rich.table import Table

from jobs.catalog import find
from jobs.market.suspect_prices_daily import trusted
from jobs.reproduction import AsKnown, Publication, Reproduction, publication_of, reproduce
from jobs.risk import value_at_risk_daily
from jobs.risk.explanation import Explanation, explain
from jobs.risk.held_positions import Market, held_positions, moves_of_sessions
from jobs.risk.session_positions import BOOK, SessionPositions, session_positions
from lake.errors import JobError
from lake.inputs import Reader
from lake.job import Job
from lake.reader import query
from lake.run import code_version
from lake.sessions import book_calendar
from lake.settings import Settings
from lake.spark import spark_session
from lake.store import Store

N_SHOWN = 10


def reproduce_session(options: argparse.Namespace, settings: Settings) -> int:
    """Exit status 0 where the rows are the published ones byte for byte, 1 where they are not."""
    store, job = _opened(options, settings)
    found = publication_of(store, job.writes, options.session, options.as_known)
    code = found.code_version if options.this_code else code_version()
    answer = reproduce(store, book_calendar(), job, found, settings.params, code)
    print(_told(answer))
    return 0 if answer.is_equal else 1


def explain_session(options: argparse.Namespace, settings: Settings) -> int:
    """Exit status 0 where the shares add up to what was published, 1 where they do not."""
    store, job = _opened(options, settings)
    if job is not value_at_risk_daily.JOB:
        raise JobError(f"{job.name} cannot be explained: only value_at_risk_daily can")
    found = publication_of(store, job.writes, options.session, options.as_known)
    held, sessions = _held(store, found, settings.params)
    told = explain(held, options.account, sessions, float(options.confidence))
    published = _published(settings, found, options.account, options.confidence)
    _show(Console(highlight=False), found, options, told, published)
    # Positions are not rounded to cents, what was published is.
    return 0 if abs(told.value_at_risk - float(published)) < 0.01 else 1


def _opened(options: argparse.Namespace, settings: Settings) -> tuple[Store, Job]:
    [job] = find([options.name])
    return Store(spark_session(settings, "jobs"), settings), job


def _told(answer: Reproduction) -> str:
    of = answer.publication
    revision = f", revision {answer.revision}" if answer.revision else ""
    what = (
        f"{of.table.name} of {of.session}{revision}, published {of.published_at:%Y-%m-%d %H:%M:%S} UTC from silver "
        f"up to refine batch {of.refine_batch} by code {of.code_version}"
    )
    if answer.is_equal:
        return f"{what}\nmade again: {answer.n_rows} rows, equal byte for byte"
    return (
        f"{what}\nmade again, and DIFFERENT: {len(answer.published_only)} of {answer.n_rows} published rows are not made, "
        f"{len(answer.made_only)} rows are made that were not published"
    )


def _held(store: Store, found: Publication, params_set: str) -> tuple[SessionPositions, list[date]]:
    job, calendar = value_at_risk_daily.JOB, book_calendar()
    params = job.params_of(params_set)
    assert isinstance(params, value_at_risk_daily.Params)
    tables = AsKnown(store, calendar, found.refine_batch, params_set)
    reader = Reader(tables, calendar, {}, found.refine_batch)
    positions, cash, bars, suspects, actions, rates, instruments, accounts = (
        reader.read(each, [found.session], params) for each in job.inputs
    )
    sessions = reader.sessions([found.session])
    market = Market(trusted(bars, suspects), actions, rates, params.book_currency)
    held = session_positions(
        found.session,
        held_positions(positions, cash, market, accounts, sessions, params.rate_age_days).toArrow(),
        moves_of_sessions(market, instruments, sessions, params.lookback_sessions),
    )
    return held, calendar.last(found.session, held.under.n_scenarios)


def _published(settings: Settings, found: Publication, portfolio_id: str, confidence: Decimal) -> Decimal:
    listed = query(
        settings,
        "SELECT portfolio_id, confidence_ratio, revision, processed_at, value_at_risk_amount "
        f"FROM {found.table.name} WHERE session_date = DATE '{found.session}' AND method_name = 'historical_simulation'",
    ).to_pylist()
    rows = [
        row
        for row in listed
        if row["portfolio_id"] == portfolio_id
        and row["confidence_ratio"] == confidence
        and row["processed_at"] <= found.published_at
    ]
    if not rows:
        raise JobError(
            f"{found.table.name} has no row of {portfolio_id} at {confidence} for {found.session}: "
            "accounts that held nothing have none"
        )
    amount: Decimal = max(rows, key=lambda row: row["revision"])["value_at_risk_amount"]
    return amount


def _show(
    console: Console, found: Publication, options: argparse.Namespace, told: Explanation, published: Decimal
) -> None:
    whose = "the book" if options.account == BOOK else f"account {options.account}"
    console.print(
        f"{whose}, session {found.session}, one day at {options.confidence * 100:f} %, a loss is positive\n"
        f"value at risk {published:,.2f} as published, {told.value_at_risk:,.2f} as the sum of its parts; "
        f"expected shortfall {told.expected_shortfall:,.2f}"
    )
    console.print(_shares(told))
    if len(told.shares) > N_SHOWN:
        console.print(f"{len(told.shares) - N_SHOWN} positions more")
    console.print(_tail(told))


def _shares(told: Explanation) -> Table:
    grid = Table(title="Positions", box=None, title_justify="left", pad_edge=False)
    heads = ("market value", "of value at risk", "of expected shortfall", "less without it")
    grid.add_column("instrument")
    for head in heads:
        grid.add_column(head, justify="right")
    for share in told.shares[:N_SHOWN]:
        amounts = (share.market_value, share.value_at_risk, share.expected_shortfall, share.incremental)
        grid.add_row(share.instrument_id, *(f"{amount:,.2f}" for amount in amounts))
    return grid


def _tail(told: Explanation) -> Table:
    grid = Table(
        title="Sessions whose moves would lose most today", box=None, title_justify="left", pad_edge=False
    )
    grid.add_column("session")
    grid.add_column("loss", justify="right")
    grid.add_column("most of it in")
    for scenario in told.tail[:N_SHOWN]:
        losers = ", ".join(f"{instrument_id} {loss:,.2f}" for instrument_id, loss in scenario.losers)
        grid.add_row(str(scenario.session), f"{scenario.loss:,.2f}", losers)
    return grid
