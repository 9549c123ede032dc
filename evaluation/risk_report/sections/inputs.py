"""How far the figures can be trusted: statements of custodians, suspect prices, and what is missing, late or open."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence

from evaluation.risk_report import formats as say
from evaluation.risk_report.answers import Answer, Answers
from evaluation.risk_report.page import Cell, Grid, Part, Points, Said, Section, State
from evaluation.risk_report.published import HIGHEST, Row, last_runs, measure

N_SHOWN = 15
_LATE = (("late_fills", "fill"), ("late_cash_movements", "cash movement"), ("late_bars", "bar"))


def statements(answers: Answers) -> Section:
    """Books against the newest statements of custodians, and what disagrees."""
    title = "Statements of custodians"
    checks = answers["statement_checks"].rows
    if not checks:
        return Section("statements", title, (), answers["statement_checks"].why_empty)
    newest = checks[-1]["session_date"]
    held = [row for row in checks if row["session_date"] == newest]
    breaks = [row for row in answers["statement_breaks"].rows if row["session_date"] == newest]
    parts: list[Part] = [Said(_when(answers, newest)), _checks(held)]
    parts += [_named(breaks), _breaks(breaks)] if breaks else [Said("Nothing disagreed.", "good")]
    return Section("statements", title, parts)


def _when(answers: Answers, newest: object) -> str:
    if newest == answers.session:
        return "The books of the session were held against statements of the same session."
    return f"The newest statements are of {newest}: no statement is of {answers.session}."


def _checks(rows: list[Row]) -> Grid:
    return Grid(
        "What was compared",
        ("custodian", "session", "#accounts stated", "#accounts not stated", "#items", "#breaks"),
        tuple(
            (
                row["custodian_name"],
                str(row["session_date"]),
                say.count(row["n_stated_accounts"]),
                say.count(row["n_unstated_accounts"]),
                say.count(row["n_statement_items"]),
                State(say.count(row["n_statement_breaks"]), "bad") if row["n_statement_breaks"] else "0",
            )
            for row in rows
        ),
    )


def _named(rows: list[Row]) -> Grid:
    found = Counter(row["statement_break_name"] for row in rows)
    return Grid(
        "Breaks by what they look like",
        ("break", "#breaks"),
        tuple((say.words(name), say.count(number)) for name, number in sorted(found.items())),
    )


def _breaks(rows: list[Row]) -> Grid:
    more = f"; {len(rows) - N_SHOWN} more" if len(rows) > N_SHOWN else ""
    return Grid(
        f"Each break{more}",
        ("account", "item", "break", "#by our books", "#by the statement"),
        tuple(
            (
                row["account_id"],
                row["statement_item_id"],
                say.words(row["statement_break_name"]),
                _either(row, "booked"),
                _either(row, "stated"),
            )
            for row in rows[:N_SHOWN]
        ),
    )


def _either(row: Row, side: str) -> str:
    """Units of a position, or cash with its currency."""
    quantity = row[f"{side}_quantity"]
    if quantity is not None:
        return f"{say.figure(quantity, 4)} units"
    return say.with_currency(row[f"{side}_cash_amount"], row["currency_code"] or "")


def prices(answers: Answers) -> Section:
    """Closes of the sessions shown that nothing was valued at, the newest first."""
    title = "Suspect prices"
    rows = answers["suspects"].rows
    if not rows:
        return Section("prices", title, (), answers["suspects"].why_empty)
    today = [row for row in rows if row["session_date"] == answers.session]
    said = Said(
        f"{say.of(len(today), 'close')} of {answers.session} {_verb(today, 'is', 'are')} suspect, "
        f"and {len(rows) - len(today):,} of earlier sessions that the page shows."
    )
    return Section("prices", title, (said, _suspects(rows)))


def _suspects(rows: Sequence[Row]) -> Grid:
    more = f"; {len(rows) - N_SHOWN} more" if len(rows) > N_SHOWN else ""
    return Grid(
        f"Closes that no table values anything at{more}",
        ("instrument", "session", "#close", "#the one before", "#move", "#last quote", "currency", "why"),
        tuple(
            (
                row["instrument_id"],
                str(row["session_date"]),
                say.figure(row["close_price"], 4),
                say.figure(row["previous_close_price"], 4),
                State(say.percent(row["move_ratio"]), "bad"),
                say.figure(row["last_quote_price"], 4),
                row["currency_code"],
                row["explanation"],
            )
            for row in rows[:N_SHOWN]
        ),
    )


def caveats(answers: Answers) -> Section:
    """What a reader must know of the data, a sentence each; there is always something to say."""
    parts: list[Part] = [Points(tuple(found_caveats(answers)))]
    parts += _quarantined(answers["quarantined"])
    return Section("caveats", "Data caveats", parts)


def found_caveats(answers: Answers) -> Iterator[State]:
    """The caveats alone, those that ask for something in their tone."""
    yield from _prices_missing(answers)
    yield from _short_windows(answers)
    yield from _stale(answers)
    yield from _actions(answers)
    yield from _late(answers)
    yield from _newer(answers)
    yield from _failed(answers)
    yield from _ledger(answers)
    yield from _silent(answers)


def _prices_missing(answers: Answers) -> Iterator[State]:
    row = measure(answers, HIGHEST)
    if row is None:
        return
    missing = row["n_missing_prices"]
    policy = say.words(row["missing_data_policy"])
    yield State(
        f"{say.of(missing, 'price move')} of the book's window {'is' if missing == 1 else 'are'} missing ({policy})."
        if missing
        else "No price is missing in the book's window.",
        "watch" if missing else "good",
    )


def _short_windows(answers: Answers) -> Iterator[State]:
    rows = answers["windows"].rows
    short = [row for row in rows if row["n_scenarios"] < row["window_sessions"]]
    if short:
        least = min(row["n_scenarios"] for row in short)
        yield State(
            f"{say.of(len(short), 'session')} of the {len(rows)} shown {_verb(short, 'has', 'have')} fewer scenarios than the "
            f"window asks for: "
            f"{say.count(least)} at least, from {short[0]['session_date']} to {short[-1]['session_date']}.",
            "watch",
        )
    elif rows:
        yield State("Every session shown has all the scenarios that its window asks for.", "good")
    restated = [row for row in rows if row["revision"] > 1]
    if restated:
        yield State(
            f"{say.of(len(restated), 'session')} of the {len(rows)} shown {_verb(restated, 'was', 'were')} published again "
            "with other figures; "
            "back-tests go by what was published first.",
            "watch",
        )


def _verb(rows: Sequence[Row], one: str, many: str) -> str:
    return one if len(rows) == 1 else many


def _stale(answers: Answers) -> Iterator[State]:
    rows = answers["profits"].rows
    if not rows:
        return
    stale = sum(row["n_stale_prices"] for row in rows)
    accounts = sum(row["n_stale_prices"] > 0 for row in rows)
    if stale:
        yield State(
            f"{say.of(stale, 'position')} of {say.of(accounts, 'account')} "
            f"{'is' if stale == 1 else 'are'} valued at an earlier session's close.",
            "watch",
        )
    else:
        yield State("Every position is valued at this session's close.", "good")


def _actions(answers: Answers) -> Iterator[State]:
    """Prices of the session and of those before it are not the same thing where an issuer acted."""
    for row in answers["actions"].rows:
        if row["corporate_action_type"] == "split":
            what = f"splits: {row['new_units_per_unit'].normalize():f} new for one old"
        else:
            what = f"goes without a dividend of {row['dividend_per_unit'].normalize():f} {row['currency_code']} a unit"
        yield State(f"{row['instrument_id']} {what}, from this session on.", "watch")


def _late(answers: Answers) -> Iterator[State]:
    late = {called: answers[name].rows[0]["n_late"] for name, called in _LATE if answers[name].rows}
    found = [say.of(number, called) for called, number in late.items() if number]
    if found:
        yield State(f"Arrived after their source had closed the session: {', '.join(found)}.", "watch")
    elif late:
        yield State("No fill, cash movement or bar arrived after its source had closed the session.", "good")


def _newer(answers: Answers) -> Iterator[State]:
    """Tables that the page shows or rests on, made before silver got the session's newest rows of what they read."""
    newest = {row["table_name"]: row["refine_batch"] for row in answers["touched"].rows}
    behind = [
        row["table_name"]
        for row in last_runs(answers)
        if any(newest.get(name, 0) > row["refine_batch"] for name in json.loads(row["input_versions_json"]))
    ]
    if behind:
        yield State(
            f"Rows of the session came in after {', '.join(behind)} had been made: "
            f"`python -m jobs pending --to {answers.session}` says what is to be made again.",
            "bad",
        )


def _failed(answers: Answers) -> Iterator[State]:
    for row in last_runs(answers):
        if row["job_status"] != "published":
            why = f": {row['error']}" if row["error"] else "."
            yield State(
                f"The last run of {row['table_name']} for the session ended as {say.words(row['job_status'])}{why}",
                "bad",
            )


def _ledger(answers: Answers) -> Iterator[State]:
    breaks, parked = answers["breaks"], answers["parked"]
    for row in breaks.rows:
        yield State(
            f"The ledger has an open break: {row['law_name']}, {row['verdict']}, {row['break_subject']}, "
            f"{say.count(row['n_broken'])} {row['broken_unit']}.",
            "bad",
        )
    for row in parked.rows:
        yield State(f"Topic {row['origin_topic']} is parked: its newest messages are not in silver.", "bad")
    looked_at = next((row["looked_at"] for row in answers["looks"].rows), None)
    if looked_at is None:
        yield State("The ledger has never looked: `python -m ingestion ledger` counts what came in.", "bad")
    elif not breaks.rows:
        yield State(f"The ledger has no open break; it last looked at {say.instant(looked_at)}.", "good")


def _silent(answers: Answers) -> Iterator[State]:
    """Tables without rows, in words; those that the sections say already are said here too, in one place."""
    for name in _TABLES:
        answer = answers[name]
        if not answer.rows and answer.why_empty:
            yield State(answer.why_empty, "muted")


_TABLES = (
    "backtests",
    "vectors",
    "limits",
    "concentration",
    "stress",
    "margin",
    "statement_checks",
    "suspects",
    "profits",
)


def _quarantined(answer: Answer) -> list[Part]:
    """Of the whole lake: a message that cannot be read does not say which session it is of."""
    if not answer.rows:
        return [Said("No message is in quarantine.", "good")]
    total = sum(row["n_messages"] for row in answer.rows)
    rows: list[tuple[Cell, ...]] = [
        (row["origin_topic"], say.count(row["n_messages"])) for row in answer.rows
    ]
    return [
        Grid(
            f"Messages that were ever set aside, of all sessions: {say.count(total)}",
            ("topic", "#messages"),
            tuple(rows),
        )
    ]
