"""Books: silver after corrections is what gold adds up, to the unit, account by account and session by session.

- fills and what corrections and busts made of them are `silver.corrected_fills`
- opening position, split where an ex-date came, + buys − sells = closing position
- opening cash + movements + exchanges + sales − purchases − fees = closing cash

Only sessions that are published are judged, and of those only the ones that nothing has touched since, nor what they
open with: what a late fill has touched is made again by the next `end_of_day`, or waits for a backfill where the books
are closed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

from ingestion.ledger.accounts import PROOF_SHOWN, Difference, Verdict, difference
from lake.reader import query
from lake.settings import Settings
from schemas.declaration import Table
from schemas.market import CORPORATE_ACTIONS
from schemas.operations import JOB_RUNS, TOUCHED_SESSIONS
from schemas.transactions import (
    CASH_DAILY,
    CASH_MOVEMENTS,
    CORRECTED_FILLS,
    CURRENCY_EXCHANGES,
    FILLS,
    POSITIONS_DAILY,
)

Row = Mapping[str, Any]
_CORRECTED = ("quantity", "price", "fee_amount")


# Of each session that is judged the one before it.
Sessions = Mapping[date, date | None]
Law = Callable[[Settings, Sessions], Iterator[Difference]]


def judge(settings: Settings, since: datetime | None) -> list[Difference]:
    """The differences in sessions that were published after an instant, or in all of them."""
    found: list[Difference] = []
    laws: tuple[tuple[Table, tuple[Table, ...], bool, Law], ...] = (
        (CORRECTED_FILLS, (FILLS,), False, _corrections),
        (POSITIONS_DAILY, (FILLS, CORPORATE_ACTIONS), True, _positions),
        (CASH_DAILY, (FILLS, CASH_MOVEMENTS, CURRENCY_EXCHANGES), True, _cash),
    )
    for table, made_from, has_opening, law in laws:
        sessions = settled_sessions(settings, table, made_from, has_opening, since)
        if sessions:
            found += law(settings, sessions)
    return found


def settled_sessions(
    settings: Settings, table: Table, made_from: Sequence[Table], has_opening: bool, since: datetime | None
) -> Sessions:
    """Published sessions that no later batch of refine has touched.

    `made_from` are the tables of silver in which a touched session counts; with an opening, so do all before it.
    """
    named = ", ".join(f"'{each.name}'" for each in made_from)
    published = published_sessions(settings, table)
    touched = query(
        settings,
        f"SELECT session_date, max(refine_batch) AS refine_batch FROM {TOUCHED_SESSIONS.name} "
        f"WHERE table_name IN ({named}) GROUP BY session_date",
    ).to_pylist()
    settled: dict[date, date | None] = {}
    for before, day in pairwise([None, *sorted(published)]):
        assert day is not None
        read_up_to, ended_at = published[day]
        is_stale = any(
            row["refine_batch"] > read_up_to
            and (row["session_date"] == day or (has_opening and row["session_date"] < day))
            for row in touched
        )
        if not is_stale and (since is None or ended_at > since):
            settled[day] = before
    return settled


def published_sessions(settings: Settings, table: Table) -> dict[date, tuple[int, datetime]]:
    """Of each published session of a table, the last batch of refine that its rows were made from, and when."""
    rows = query(
        settings,
        f"SELECT session_date, refine_batch, ended_at FROM {JOB_RUNS.name} "
        f"WHERE table_name = '{table.name}' AND job_status = 'published' ORDER BY ended_at",
    ).to_pylist()
    return {row["session_date"]: (row["refine_batch"], row["ended_at"]) for row in rows}


def _corrections(settings: Settings, sessions: Sessions) -> Iterator[Difference]:
    """Applies corrections and busts again, by a plain loop, and compares fill by fill."""
    days = f"session_date IN ({', '.join(_literal(day) for day in sessions)})"
    key = ("mic_code", "session_date", "side", "fill_id")
    told = query(
        settings,
        f"SELECT {', '.join(key)}, report_type, corrects_fill_id, reported_at, origin_partition, origin_offset, "
        f"{', '.join(_CORRECTED)} FROM {FILLS.name} WHERE {days}",
    ).to_pylist()
    there = query(
        settings, f"SELECT {', '.join(key)}, {', '.join(_CORRECTED)} FROM {CORRECTED_FILLS.name} WHERE {days}"
    ).to_pylist()
    wanted = standing_fills(told)
    found = {tuple(row[name] for name in key): tuple(row[name] for name in _CORRECTED) for row in there}
    yield from _told(
        "lost", CORRECTED_FILLS, "a fill that stands is not there", sorted(wanted.keys() - found.keys())
    )
    yield from _told(
        "phantom", CORRECTED_FILLS, "no fill stands behind it", sorted(found.keys() - wanted.keys())
    )
    changed = sorted(each for each in wanted.keys() & found.keys() if wanted[each] != found[each])
    yield from _told("altered", CORRECTED_FILLS, "not what its last report says", changed)
    if len(there) > len(found):
        yield from _told("duplicate", CORRECTED_FILLS, "a fill is there twice", _repeated(there, key))


def standing_fills(reports: Sequence[Row]) -> dict[tuple[Any, ...], tuple[Decimal | None, ...]]:
    """Quantity, price and fee of each fill that was not busted, by (mic_code, session_date, side, fill_id).

    Of all reports that lead to a fill, the last by reported_at and then by place decides. A report that leads to none,
    or in a circle, has no effect.
    """
    by_id = {_key(row, row["fill_id"]): row for row in reports}
    last: dict[tuple[Any, ...], Row] = {}
    for row in reports:
        fill = _fill_of(row, by_id)
        if fill is not None and (fill not in last or _order(last[fill]) < _order(row)):
            last[fill] = row
    return {
        fill: tuple(row[name] for name in _CORRECTED)
        for fill, row in last.items()
        if row["report_type"] != "bust"
    }


def _fill_of(row: Row, by_id: Mapping[tuple[Any, ...], Row]) -> tuple[Any, ...] | None:
    seen = set()
    while row["report_type"] != "fill":
        before = by_id.get(_key(row, row["corrects_fill_id"]))
        if before is None or row["fill_id"] in seen:
            return None
        seen.add(row["fill_id"])
        row = before
    return _key(row, row["fill_id"])


def _key(row: Row, fill_id: str) -> tuple[Any, ...]:
    return row["mic_code"], row["session_date"], row["side"], fill_id


def _order(row: Row) -> tuple[bool, datetime, int, int]:
    """A fill itself comes before every report about it."""
    return row["report_type"] != "fill", row["reported_at"], row["origin_partition"], row["origin_offset"]


def _positions(settings: Settings, sessions: Sessions) -> Iterator[Difference]:
    closing = f"SELECT session_date, account_id, instrument_id, position_quantity AS amount FROM {POSITIONS_DAILY.name}"
    flows = (
        "SELECT session_date, account_id, instrument_id, "
        f"CASE side WHEN 'buy' THEN quantity ELSE -quantity END AS amount FROM {CORRECTED_FILLS.name}"
    )
    splits = _splits(settings, sessions)
    yield from _rolled(settings, POSITIONS_DAILY, "instrument_id", sessions, closing, flows, splits)


def _splits(settings: Settings, sessions: Sessions) -> dict[tuple[date, str], Decimal]:
    """What one unit that was held at the end of the session before became in a session, where it became another number."""
    told = query(
        settings,
        "SELECT corporate_action_id, corporate_action_version, corporate_action_status, instrument_id, ex_date, "
        f"new_units_per_unit FROM {CORPORATE_ACTIONS.name} ORDER BY corporate_action_version",
    ).to_pylist()
    newest = {row["corporate_action_id"]: row for row in told}
    found: dict[tuple[date, str], Decimal] = {}
    for row in newest.values():
        if row["corporate_action_status"] != "announced" or row["new_units_per_unit"] is None:
            continue
        for day, before in sessions.items():
            if before is not None and before < row["ex_date"] <= day:
                key = (day, row["instrument_id"])
                found[key] = found.get(key, Decimal(1)) * row["new_units_per_unit"]
    return found


def _cash(settings: Settings, sessions: Sessions) -> Iterator[Difference]:
    closing = f"SELECT session_date, account_id, currency_code, closing_cash_amount AS amount FROM {CASH_DAILY.name}"
    # A trade's amount is rounded to four places, half up, fill by fill.
    notional = "CAST(quantity * price AS decimal(20, 4))"
    flows = (
        f"SELECT session_date, account_id, currency_code, cash_amount AS amount FROM {CASH_MOVEMENTS.name} "
        "UNION ALL SELECT session_date, account_id, sold_currency_code, -sold_amount "
        f"FROM {CURRENCY_EXCHANGES.name} "
        "UNION ALL SELECT session_date, account_id, bought_currency_code, bought_amount "
        f"FROM {CURRENCY_EXCHANGES.name} "
        "UNION ALL SELECT session_date, account_id, currency_code, "
        f"CASE side WHEN 'sell' THEN {notional} ELSE -{notional} END - fee_amount AS amount "
        f"FROM {CORRECTED_FILLS.name}"
    )
    yield from _rolled(settings, CASH_DAILY, "currency_code", sessions, closing, flows)


def _rolled(
    settings: Settings,
    table: Table,
    unit: str,
    sessions: Sessions,
    closing: str,
    flows: str,
    splits: Mapping[tuple[date, str], Decimal] | None = None,
) -> Iterator[Difference]:
    """Closing less the closing before, split, less the flows is nothing, for each account and `unit` of each session."""
    days = " UNION ALL ".join(
        f"SELECT {_literal(day)} AS judged, {_literal(before) if before else 'CAST(NULL AS date)'} AS before"
        for day, before in sessions.items()
    )
    owner = f"account_id, {unit}"
    rows = query(
        settings,
        f"WITH days AS ({days}), closing AS ({closing}), flows AS ({flows}), entries AS ("
        f"SELECT judged, {owner}, amount FROM closing JOIN days ON session_date = judged UNION ALL "
        f"SELECT judged, {owner}, {_split_opening(splits or {})} FROM closing JOIN days ON session_date = before UNION ALL "
        f"SELECT judged, {owner}, -amount FROM flows JOIN days ON session_date = judged) "
        f"SELECT judged, {owner}, sum(amount) AS off FROM entries GROUP BY judged, {owner} "
        f"HAVING sum(amount) <> 0 ORDER BY judged, {owner}",
    ).to_pylist()
    why = "closing is not opening and flows (account, unit, session: by how much)"
    if rows:
        proof = [
            f"{row['account_id']} {row[unit]} {row['judged']}: {row['off']}" for row in rows[:PROOF_SHOWN]
        ]
        yield difference("books", "altered", table.name, why, "balance", proof, len(rows))


def _split_opening(splits: Mapping[tuple[date, str], Decimal]) -> str:
    """Minus what was held, in the units of the session that is judged, rounded to 8 places; in SQL."""
    if not splits:
        return "-amount"
    cases = " ".join(
        f"WHEN judged = {_literal(day)} AND instrument_id = '{instrument_id}' "
        f"THEN CAST(-amount * CAST({n_units:f} AS decimal(18, 8)) AS decimal(20, 8))"
        for (day, instrument_id), n_units in splits.items()
    )
    return f"CASE {cases} ELSE -amount END"


def _told(verdict: Verdict, table: Table, why: str, keys: Iterable[tuple[Any, ...]]) -> Iterator[Difference]:
    proof = [" ".join(str(part) for part in key) for key in keys]
    if proof:
        yield difference("books", verdict, table.name, why, "fill", proof)


def _repeated(rows: Sequence[Row], key: Sequence[str]) -> list[tuple[Any, ...]]:
    counted = Counter(tuple(row[name] for name in key) for row in rows)
    return sorted(each for each, count in counted.items() if count > 1)


def _literal(day: date) -> str:
    return f"DATE '{day.isoformat()}'"
