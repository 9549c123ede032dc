"""The ledger of the lake as it is, without a JVM: reads what landed and where it is, and has it held against every law.

A look goes on where an earlier one found everything closed: it reads the rows from there on, and of the rest only how
many rows there are. Where that number is not what it was, something was rewritten, and the look reads everything.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc

from ingestion.errors import BrokerUnreachable
from ingestion.ledger import (
    accounting,
    amounts,
    books,
    breaks,
    broker_offsets,
    bronze,
    journals,
    sequences,
    shown_alerts,
)
from ingestion.ledger.accounting import ACCEPTED, DECIDED, DUPLICATE, LANDED, QUARANTINED, Judged
from ingestion.ledger.accounts import (
    LAWS,
    LAWS_OF_GOLD,
    Account,
    Closed,
    Cost,
    Difference,
    Key,
    Law,
    Ledger,
    Span,
    Waiting,
)
from ingestion.ledger.looks import NOTHING_BEFORE, Look, Seen
from ingestion.stream_names import LANDING
from lake.checkpoint_offsets import committed_offsets
from lake.reader import last_write_at, query, query_batches
from lake.settings import Settings
from lake.tables import create_missing
from schemas import catalog
from schemas.declaration import Event, Table
from schemas.operations import (
    BRONZE_EVENTS,
    DUPLICATES,
    PARKED,
    QUARANTINE_DECISIONS,
    QUARANTINE_EVENTS,
    TOUCHED_SESSIONS,
)

__all__ = ["Ledger", "accounts", "ledger", "look"]
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_ORIGIN = ("origin_topic", "origin_partition", "origin_offset")


def ledger(settings: Settings, settled: bool) -> Ledger:
    """The verdict over everything that there is. With `settled` nothing may be under way any more.

    May run beside the streams: what they have under way is pending. A broker that does not answer is not asked.
    Raises LakeError when the tables were never created.
    """
    return look(settings, settled, NOTHING_BEFORE, datetime.now(UTC)).ledger


def accounts(settings: Settings, before: Look = NOTHING_BEFORE) -> tuple[Account, ...]:
    """What became of each partition's messages; no law but where they are."""
    places = _Places.read(settings, before)
    landed = query(
        settings,
        f"SELECT {', '.join(LANDED.names)} FROM {BRONZE_EVENTS.name} WHERE {_new_of_any(before.closed)}",
        for_service=True,
    )
    return tuple(places.judge(landed.cast(LANDED), _spans(settings), False, before).accounts)


def look(settings: Settings, settled: bool, before: Look, now: datetime, laws: frozenset[Law] = LAWS) -> Seen:
    """Holds the lake against laws, from where an earlier look found it closed; see `ledger`.

    Only laws of gold can be left out: what has come in is always looked at.
    """
    began = time.monotonic()
    n_before = _counts(settings) if before.closed else {}
    # In this order nothing that goes on meanwhile looks like a difference: a row lands before it is decided about, a
    # batch is over once it has said which sessions it touched, and what is sent is written into its journal before.
    places = _Places.read(settings, before)
    arrived = _arrived(settings, before.closed)
    silver = {event: _values(settings, event, before.closed) for event in amounts.EVENTS}
    columns = ", ".join(bronze.COLUMNS)
    there = bronze.scan(
        query_batches(
            settings, f"SELECT {columns} FROM {BRONZE_EVENTS.name} WHERE {_new_of_any(before.closed)}"
        )
    )
    if before.closed and _is_rewritten(settings, before, places, len(there.landed), n_before):
        return look(settings, settled, NOTHING_BEFORE, now, laws)
    spans = _spans(settings)
    judged = places.judge(there.landed, spans, settled, before)
    heard = sequences.hear(arrived, before.heard)
    differences = [
        *judged.differences,
        *_sets(settings, there, places, before, settled),
        *sequences.judge(heard, now),
        *[
            each
            for event, rows in silver.items()
            if event.topic in there.said
            for each in amounts.judge(event, there.said[event.topic], rows)
        ],
    ]
    if laws >= LAWS_OF_GOLD:
        differences += books.judge(settings, before.books_looked_at)
        differences += shown_alerts.judge(settings, before.books_looked_at)
    n_read = len(places.decided) + len(there.landed) + sum(len(rows) for rows in silver.values())
    cost = Cost(n_read, time.monotonic() - began, before.looked_at)
    answered_for = breaks.accepted(settings)
    accepted = [each for each in differences if each.count <= answered_for.get(each.break_id, 0)]
    left = tuple(each for each in differences if each not in accepted)
    found = Ledger(tuple(judged.accounts), left, spans is not None, cost, tuple(accepted))
    books_looked_at = now if laws >= LAWS_OF_GOLD else before.books_looked_at
    return Seen(now, books_looked_at, laws, found, judged.closings, tuple(heard))


@dataclass(frozen=True)
class _Places:
    """Where messages are, as far as they are not closed: rows as DECIDED, the parked topics, and how far landing is."""

    decided: pa.Table
    waiting: Mapping[str, Waiting]
    passed: Mapping[Key, int]

    @classmethod
    def read(cls, settings: Settings, before: Look) -> _Places:
        over_at = last_write_at(settings, TOUCHED_SESSIONS) or _LONG_AGO
        waiting = _waiting(settings)
        passed = committed_offsets(settings, LANDING)
        return cls(_decided(settings, over_at, before.closed), waiting, passed)

    def judge(
        self, landed: pa.Table, spans: Mapping[Key, Span] | None, settled: bool, before: Look
    ) -> Judged:
        return accounting.judge(
            landed, self.decided, self.waiting, spans, settled, before.closed, self.passed
        )


def _sets(
    settings: Settings, there: bronze.Bronze, places: _Places, before: Look, settled: bool
) -> list[Difference]:
    """The differences between what producers here wrote down and what bronze has."""
    accepted = places.decided.filter(pc.equal(places.decided["place"], ACCEPTED)).select(_ORIGIN)
    marked = accepted.append_column("is_accepted", pa.repeat(True, len(accepted)))
    carried = there.in_journal.join(_each_once(marked), list(_ORIGIN), join_type="left outer")
    carried = carried.set_column(
        carried.schema.get_field_index("is_accepted"),
        "is_accepted",
        pc.fill_null(carried["is_accepted"], False),
    )
    up_to = {key: closed.up_to for key, closed in before.closed.items()}
    ends = there.landed.group_by(["origin_topic", "origin_partition"]).aggregate([("origin_offset", "max")])
    up_to |= {
        (row["origin_topic"], row["origin_partition"]): row["origin_offset_max"] + 1
        for row in ends.to_pylist()
    }
    sent = {each.name: each for each in journals.read(settings.journals)}
    return journals.judge(sent, carried.select(journals.CARRIED.names), up_to, before.closed, settled)


def _each_once(rows: pa.Table) -> pa.Table:
    return rows.group_by(rows.column_names).aggregate([])


def _waiting(settings: Settings) -> dict[str, Waiting]:
    rows = query(settings, f"SELECT * FROM {PARKED.name}").to_pylist()
    return {
        row["origin_topic"]: Waiting(
            row["bronze_from_batch"], row["bronze_to_batch"], row["error"] or "no reason"
        )
        for row in rows
    }


def _decided(settings: Settings, over_at: datetime, closed: Mapping[Key, Closed]) -> pa.Table:
    """Where messages are. One that was replayed and is somewhere else by now is there, and in quarantine no more."""
    everywhere = pa.concat_tables(
        [_rows(settings, table, place, over_at, closed, home) for table, place, home in _places()]
    )
    replayed = _replayed(settings).select(_ORIGIN)
    if not len(replayed):
        return everywhere
    is_quarantined = pc.equal(everywhere["place"], QUARANTINED)
    elsewhere = everywhere.filter(pc.invert(is_quarantined))
    moved = _each_once(replayed.join(elsewhere.select(_ORIGIN), list(_ORIGIN), join_type="left semi"))
    stay = everywhere.filter(is_quarantined).join(moved, list(_ORIGIN), join_type="left anti")
    return pa.concat_tables([elsewhere, stay.select(DECIDED.names).cast(DECIDED)])


def _replayed(settings: Settings) -> pa.Table:
    """What replays were begun of: origin, and the name of the repair if there was one."""
    create_missing(settings, (QUARANTINE_DECISIONS,))
    return query(
        settings,
        f"SELECT DISTINCT {', '.join(_ORIGIN)}, repair_name FROM {QUARANTINE_DECISIONS.name} "
        "WHERE decision_step = 'replay_begun'",
    )


def _places() -> list[tuple[Table, str, str | None]]:
    """Every table that a message can end in, what it then is, and the one topic that it is for, where it is for one."""
    silver = [(catalog.silver_of(event), ACCEPTED, event.topic) for event in catalog.EVENTS]
    return [*silver, (DUPLICATES, DUPLICATE, None), (QUARANTINE_EVENTS, QUARANTINED, None)]


def _rows(
    settings: Settings,
    table: Table,
    place: str,
    over_at: datetime,
    closed: Mapping[Key, Closed],
    home: str | None,
) -> pa.Table:
    """One table's new rows as DECIDED; `home` is the topic that its rows come from, None for any."""
    late = "is_late" if home is not None else "false"
    made_at = "first_seen_at" if table is QUARANTINE_EVENTS else "processed_at"
    rows = query(
        settings,
        f"SELECT {', '.join(_ORIGIN)}, {made_at} AS made_at, {late} AS is_late "
        f"FROM {table.name} WHERE {_new(closed, home)}",
        for_service=True,
    )
    everywhere = pa.repeat(True, len(rows))
    return pa.table(
        {
            "origin_topic": rows["origin_topic"],
            "origin_partition": rows["origin_partition"],
            "origin_offset": rows["origin_offset"],
            "place": pa.repeat(place, len(rows)),
            "is_final": pc.less_equal(rows["made_at"], pa.scalar(over_at, pa.timestamp("us", tz="UTC"))),
            "is_late": rows["is_late"],
            "is_at_home": everywhere if home is None else pc.equal(rows["origin_topic"], home),
        },
        schema=DECIDED,
    )


def _arrived(settings: Settings, closed: Mapping[Key, Closed]) -> pa.Table:
    """The sequences of new rows, wherever they are."""
    names = ", ".join(sequences.ARRIVED.names)
    return pa.concat_tables(
        [
            query(
                settings,
                f"SELECT {names} FROM {table.name} WHERE sequence IS NOT NULL AND ({_new(closed, home)})",
                for_service=True,
            ).cast(sequences.ARRIVED)
            for table, _, home in _places()
        ]
    )


def _values(settings: Settings, event: Event, closed: Mapping[Key, Closed]) -> pa.Table:
    """What silver's new rows of an event say in the columns that are held against the messages."""
    names = ", ".join(["origin_partition", "origin_offset", *[c.name for c in amounts.compared(event)]])
    table = catalog.silver_of(event).name
    where = f"origin_topic = '{event.topic}' AND ({_new(closed, event.topic)})"
    rows = query(settings, f"SELECT {names} FROM {table} WHERE {where}", for_service=True)
    # A repair changes how something is written: its message does not say it in these words.
    repaired = _replayed(settings)
    mended = repaired.filter(
        pc.and_(pc.is_valid(repaired["repair_name"]), pc.equal(repaired["origin_topic"], event.topic))
    )
    place = ["origin_partition", "origin_offset"]
    return rows.join(mended.select(place), place, join_type="left anti") if len(mended) else rows


def _is_rewritten(
    settings: Settings, before: Look, places: _Places, n_landed: int, n_before: Mapping[str, int]
) -> bool:
    """Whether a table has more or fewer rows than were closed and are new: something below was added or removed.

    Streams may add rows meanwhile: a table had `n_before` rows before the look, and has more or as many now.
    """
    expected = {BRONZE_EVENTS.name: n_landed + sum(each.n_landed for each in before.closed.values())}
    at_home = places.decided.filter(places.decided["is_at_home"])
    new = at_home.group_by(["place", "origin_topic"]).aggregate([([], "count_all")]).to_pylist()
    for table, place, home in _places():
        expected[table.name] = sum(
            row["count_all"] for row in new if row["place"] == place and home in (None, row["origin_topic"])
        )
        expected[table.name] += sum(
            _closed_in(each, place) for key, each in before.closed.items() if home in (None, key[0])
        )
    expected[QUARANTINE_EVENTS.name] += len(_each_once(_replayed(settings).select(_ORIGIN)))
    n_after = _counts(settings)
    return any(not n_before[name] <= n <= n_after[name] for name, n in expected.items())


def _counts(settings: Settings) -> dict[str, int]:
    """How many rows each table has that a message can be in; read from their logs."""
    tables = (BRONZE_EVENTS, *[table for table, _, _ in _places()])
    counted = " UNION ALL ".join(
        f"SELECT '{each.name}' AS name, count(*) AS n FROM {each.name}" for each in tables
    )
    return {row["name"]: row["n"] for row in query(settings, counted, for_service=True).to_pylist()}


def _closed_in(closed: Closed, place: str) -> int:
    return {ACCEPTED: closed.n_accepted, DUPLICATE: closed.n_duplicates, QUARANTINED: closed.n_quarantined}[
        place
    ]


def _new(closed: Mapping[Key, Closed], home: str | None) -> str:
    """The condition that a row of a table is not closed yet; of a table for one topic its partitions suffice."""
    return _new_of_any(closed) if home is None else _new_of(closed, home)


def _new_of_any(closed: Mapping[Key, Closed]) -> str:
    topics = sorted({topic for topic, _ in closed})
    if not topics:
        return "true"
    parts = [f"(origin_topic = '{topic}' AND ({_new_of(closed, topic)}))" for topic in topics]
    others = ", ".join(f"'{topic}'" for topic in topics)
    return " OR ".join([*parts, f"origin_topic NOT IN ({others})"])


def _new_of(closed: Mapping[Key, Closed], topic: str) -> str:
    mine = {partition: each.up_to for (name, partition), each in closed.items() if name == topic}
    if not mine:
        return "true"
    parts = [f"(origin_partition = {each} AND origin_offset >= {up_to})" for each, up_to in mine.items()]
    return " OR ".join([*parts, f"origin_partition > {max(mine)}"])


def _spans(settings: Settings) -> dict[Key, Span] | None:
    try:
        return broker_offsets.spans(settings.brokers, [event.topic for event in catalog.EVENTS])
    except BrokerUnreachable:
        return None
