"""Quarantined messages through refine once more, each exactly once, whatever kills the replay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from ingestion.errors import ReplayFailed, TopicIsParked
from ingestion.quarantine import decisions
from ingestion.quarantine.decisions import Decision
from ingestion.quarantine.selection import Kept, Origin
from ingestion.refining import lateness, parking, writes
from ingestion.refining.classify import (
    ACCEPTED,
    DUPLICATE,
    KNOWN,
    QUARANTINED,
    classify,
)
from ingestion.refining.decoded import ORIGIN, Frames, TopicFacts, decode_all, facts_of
from ingestion.repairs.repair import Repair
from lake.arrow import arrow_fields
from lake.kill_points import kill_point
from lake.messages import MESSAGE
from lake.reader import query
from lake.store import Store
from schemas import catalog
from schemas.operations import DUPLICATES, QUARANTINE_EVENTS

_MESSAGE = arrow_fields(tuple(column for column in QUARANTINE_EVENTS.columns if column.name in MESSAGE))
NOT_REPAIRED = "not repaired"


@dataclass(frozen=True)
class Verdict:
    """What today's contract makes of a message: accepted, duplicate or quarantined with the reasons that are left.

    `not repaired` where a repair was asked for and does not apply: such a message stays as it is.
    """

    origin: Origin
    outcome: str
    reasons: tuple[tuple[str, str], ...] = ()


def rehearse(store: Store, kept: Sequence[Kept], repair: Repair | None) -> list[Verdict]:
    """What a replay would make of messages; nothing is written."""
    mended, skipped = _mended(kept, repair)
    return [*skipped, *(_Attempt.of(store, mended).verdicts(store) if mended else [])]


def replay(store: Store, kept: Sequence[Kept], repair: Repair | None, decision: Decision) -> list[Verdict]:
    """Replays messages, and writes down what became of each. The caller holds the lease of the streams.

    Raises TopicIsParked, and ReplayFailed where a silver table cannot be written. A message that breaks the very
    promises that it broke before gets no new decision: replaying twice changes nothing.
    """
    parked = {each.origin.topic for each in kept} & parking.parked_topics(store)
    if parked:
        raise TopicIsParked(sorted(parked))
    mended, skipped = _mended(kept, repair)
    if not mended:
        return skipped
    decision = replace(
        decision, batch=1 + writes.last_batch(store.settings), repair=repair.name if repair else None
    )
    attempt = _Attempt.of(store, mended)
    verdicts = attempt.verdicts(store)
    moving = [each for each in verdicts if each.outcome != QUARANTINED]
    decisions.record(store.settings, [decision.row(each.origin, decisions.BEGUN) for each in moving])
    kill_point("replay.begun")
    failures = attempt.write(store, decision) if moving else {}
    kill_point("replay.before_outcome")
    before = {each.origin: each for each in kept}
    settled = [
        each
        for each in verdicts
        if each.origin.topic not in failures
        and (each.outcome != QUARANTINED or sorted(each.reasons) != sorted(before[each.origin].reasons))
    ]
    decisions.record(
        store.settings,
        [decision.row(each.origin, decisions.REPLAYED, each.outcome, each.reasons) for each in settled],
    )
    if failures:
        raise ReplayFailed({topic: str(error).splitlines()[0] for topic, error in failures.items()})
    return [*skipped, *verdicts]


@dataclass(frozen=True)
class _Attempt:
    """Messages decoded and classified by today's contract."""

    classified: Frames
    facts: Mapping[str, TopicFacts]

    @classmethod
    def of(cls, store: Store, mended: Mapping[Origin, Kept]) -> _Attempt:
        events = [catalog.event(topic) for topic in sorted({origin.topic for origin in mended})]
        messages = _messages(store, mended)
        decoded = decode_all(messages, events, store.settings.hash_key, store.settings.cores)
        facts = facts_of(decoded)
        # A killed replay may have written some of them: silver's rows and duplicates are known, quarantine's are meant.
        return cls(classify(decoded, facts, store, (DUPLICATES,)), facts)

    def verdicts(self, store: Store) -> list[Verdict]:
        frames = [frame.select(*ORIGIN, "state", "reasons") for frame in self.classified.values()]
        rows = [row for frame in frames for row in frame.collect()]
        repeated = (
            _origins_in_duplicates(store) if any(row["state"] == KNOWN for row in rows) else frozenset()
        )
        found = []
        for row in rows:
            origin = Origin(*(row[name] for name in ORIGIN))
            known_as = DUPLICATE if origin in repeated else ACCEPTED
            outcome = known_as if row["state"] == KNOWN else row["state"]
            left = tuple((each["code"], each["subject"]) for each in row["reasons"])
            found.append(Verdict(origin, outcome, left if outcome == QUARANTINED else ()))
        return sorted(found, key=lambda each: each.origin)

    def write(self, store: Store, decision: Decision) -> dict[str, Exception]:
        """As refine does, but for quarantine, which has these rows. Returns the topics that failed, and why."""
        assert decision.batch is not None
        # What a killed replay wrote and did not follow up is followed up now.
        written = (ACCEPTED, KNOWN)
        closes = lateness.closes_of(self.classified, *written)
        judged = lateness.mark(self.classified, self.facts, store, closes)
        counts = writes.count(judged)
        writes.note_duplicates(store, judged, counts, decision.batch)
        kill_point("replay.between_tables")
        failures = writes.accept(store, judged, counts, decision.batch)
        kill_point("replay.after_silver")
        lateness.remark(store, closes)
        writes.touch(store, counts, written, decision.batch)
        return failures


def _mended(kept: Sequence[Kept], repair: Repair | None) -> tuple[dict[Origin, Kept], list[Verdict]]:
    """The messages to replay, with their bytes as they are to be read, and those that a repair does not apply to."""
    mended: dict[Origin, Kept] = {}
    skipped: list[Verdict] = []
    for each in kept:
        raw = each.row["raw"] if repair is None else repair.mend(each.origin.topic, each.row["raw"] or b"")
        if repair is not None and raw is None:
            skipped.append(Verdict(each.origin, NOT_REPAIRED, tuple(each.reasons)))
        else:
            mended[each.origin] = replace(each, row={**each.row, "raw": raw})
    return mended, skipped


def _messages(store: Store, mended: Mapping[Origin, Kept]) -> DataFrame:
    rows = [{name: each.row[name] for name in _MESSAGE.names} for each in mended.values()]
    frame = store.spark.createDataFrame(pa.Table.from_pylist(rows, _MESSAGE))
    return frame.select(*[F.col(name) for name in MESSAGE])


def _origins_in_duplicates(store: Store) -> frozenset[Origin]:
    rows = query(store.settings, f"SELECT {', '.join(ORIGIN)} FROM {DUPLICATES.name}").to_pylist()
    return frozenset(Origin(*row.values()) for row in rows)
