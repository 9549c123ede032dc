"""Quarantined messages go through refine once more, exactly once; what still fails stays, with both reasons."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from ingestion.errors import TopicIsParked
from ingestion.ledger.reading import ledger
from ingestion.quarantine import decisions, replay
from ingestion.quarantine.decisions import Decision
from ingestion.quarantine.replay import Verdict, rehearse
from ingestion.quarantine.selection import STATES, Origin, Wanted, select
from ingestion.repairs import named
from lake.digests import digests
from lake.store import Store
from schemas.operations import (
    DUPLICATES,
    PARKED,
    QUARANTINE_DECISIONS,
    QUARANTINE_EVENTS,
    TOUCHED_SESSIONS,
)
from schemas.transactions import CASH_MOVEMENT, CASH_MOVEMENTS
from tests.ingestion.arriving import arrive, message
from tests.rows import DAY, only
from tests.written import new_lake, write

AT = datetime(2022, 12, 27, tzinfo=UTC)
NO_OFFSET = "2022-12-23T15:00:00"
PLACES = ("replay.begun", "replay.between_tables", "replay.after_silver", "replay.before_outcome")


class Killed(BaseException):
    """Stands for a kill: nothing catches it."""


def movement(number: int, name: str, **written: object) -> bytes:
    return message(CASH_MOVEMENT, number, {"cash_movement_id": name, "cash_amount": "1234.50"}, **written)


def origin(offset: int) -> Origin:
    return Origin(CASH_MOVEMENT.topic, 0, offset)


@pytest.fixture(scope="module")
def quarantined(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six cash movements: one good, one that repeats it in other words, three that repairs concern, one that is garbage."""
    root = tmp_path_factory.mktemp("quarantined")
    store = Store(spark, new_lake(root))
    arrived = [
        movement(1, "good"),
        movement(2, "good", booked_at=NO_OFFSET),
        movement(3, "later", booked_at=NO_OFFSET),
        movement(4, "commas", cash_amount="1,234.50"),
        movement(5, "both", cash_amount="1,234.50", booked_at=NO_OFFSET),
        b"garbage",
    ]
    arrive(store, 1, 0, {CASH_MOVEMENT: arrived})
    assert only(store.read(QUARANTINE_EVENTS), "origin_offset") == [{"origin_offset": n} for n in range(1, 6)]
    return root


@pytest.fixture
def store(spark: SparkSession, quarantined: Path, tmp_path: Path) -> Store:
    """A copy of that lake."""
    settings = new_lake(tmp_path)
    shutil.rmtree(tmp_path / "lake")
    shutil.copytree(quarantined / "lake", tmp_path / "lake")
    return Store(spark, settings)


def run(store: Store, repair: str | None, call: str = "call-1", **wanted: Any) -> list[Verdict]:
    decision = Decision(call, by="ada", why="the source was mended", at=AT)
    chosen = select(store.settings, Wanted(**wanted))
    return replay.replay(store, chosen, named(repair) if repair else None, decision)


def movements(store: Store) -> list[str]:
    return [row["cash_movement_id"] for row in only(store.read(CASH_MOVEMENTS), "cash_movement_id")]


def is_closed(store: Store) -> bool:
    found = ledger(store.settings, settled=True)
    assert [str(each) for each in found.differences] == []
    return found.is_closed


def test_a_repair_lets_messages_in(store: Store) -> None:
    found = {each.origin.offset: each for each in run(store, "instants_in_utc")}
    assert found == {
        1: Verdict(origin(1), "duplicate"),
        2: Verdict(origin(2), "accepted"),
        3: Verdict(origin(3), "not repaired", (("wrong_type", "cash_amount"),)),
        4: Verdict(origin(4), "quarantined", (("wrong_type", "cash_amount"),)),
        5: Verdict(origin(5), "not repaired", (("malformed", "raw"),)),
    }


def test_what_silver_and_the_books_about_it_say(store: Store) -> None:
    run(store, "instants_in_utc")
    assert movements(store) == ["good", "later"]
    assert only(store.read(DUPLICATES), "origin_offset", "repeats_offset") == [
        {"origin_offset": 1, "repeats_offset": 0}
    ]
    row = {"table_name": CASH_MOVEMENTS.name, "session_date": DAY}
    assert only(store.read(TOUCHED_SESSIONS), "table_name", "session_date", "refine_batch") == [
        {**row, "refine_batch": 1},
        {**row, "refine_batch": 2},
    ]
    assert len(only(store.read(QUARANTINE_EVENTS))) == 5
    assert is_closed(store)


def test_decisions_are_kept_with_both_reasons(store: Store) -> None:
    run(store, "instants_in_utc")
    written = only(
        store.read(QUARANTINE_DECISIONS),
        "origin_offset", "decision_step", "replay_outcome", "reasons_left", "repair_name", "decider_name",
    )  # fmt: skip
    common = {"repair_name": "instants_in_utc", "decider_name": "ada"}
    begun = {"decision_step": "replay_begun", "replay_outcome": None, "reasons_left": None, **common}
    done = {"decision_step": "replayed", "reasons_left": [], **common}
    left = [{"code": "wrong_type", "subject": "cash_amount"}]
    assert written == [
        {"origin_offset": 1, **begun},
        {"origin_offset": 1, **done, "replay_outcome": "duplicate"},
        {"origin_offset": 2, **begun},
        {"origin_offset": 2, **done, "replay_outcome": "accepted"},
        {"origin_offset": 4, **done, "replay_outcome": "quarantined", "reasons_left": left},
    ]
    [kept] = select(store.settings, Wanted(origins=(origin(4),)))
    first = {(each["code"], each["subject"]) for each in kept.row["reasons"]}
    assert first == {("wrong_type", "cash_amount"), ("wrong_type", "booked_at")}
    assert kept.reasons == [("wrong_type", "cash_amount")]


def test_replaying_twice_changes_nothing(store: Store) -> None:
    run(store, "instants_in_utc")
    before = digests(store.settings, ("silver", "ops", "quarantine"))
    again = run(store, "instants_in_utc", call="call-2")
    assert digests(store.settings, ("silver", "ops", "quarantine")) == before
    assert {each.outcome for each in again} == {"not repaired", "quarantined"}


def test_a_rehearsal_writes_nothing(store: Store) -> None:
    before = digests(store.settings, ("silver", "ops", "quarantine"))
    found = rehearse(store, select(store.settings, Wanted()), named("plain_decimals"))
    assert {each.origin.offset: each.outcome for each in found} == {
        1: "not repaired", 2: "not repaired", 3: "accepted", 4: "quarantined", 5: "not repaired",
    }  # fmt: skip
    assert digests(store.settings, ("silver", "ops", "quarantine")) == before


@pytest.mark.parametrize("place", PLACES)
def test_a_replay_that_is_killed_goes_on(store: Store, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    """The ledger is closed between any two writes, and the end is that of a replay that was not killed."""

    def kill(reached: str) -> None:
        if reached == place:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(replay, "kill_point", kill)
        with pytest.raises(Killed):
            run(store, "instants_in_utc")
    assert is_closed(store)
    run(store, "instants_in_utc", call="call-2")
    assert movements(store) == ["good", "later"]
    assert only(store.read(DUPLICATES), "origin_offset") == [{"origin_offset": 1}]
    states = {each.origin.offset: each.state for each in select(store.settings, Wanted(states=STATES))}
    assert states == {1: "replayed", 2: "replayed", 3: "open", 4: "open", 5: "open"}
    touched = {row["refine_batch"] for row in only(store.read(TOUCHED_SESSIONS), "refine_batch")}
    assert len(touched) >= 2
    assert is_closed(store)


def test_a_key_conflict_stays_one(store: Store) -> None:
    arrive(store, 3, 6, {CASH_MOVEMENT: [movement(7, "good", cash_amount="99.00")]})
    assert run(store, None, origins=(origin(6),)) == [
        Verdict(origin(6), "quarantined", (("key_conflict", "key"),))
    ]
    assert only(store.read(CASH_MOVEMENTS), "cash_amount") == [{"cash_amount": Decimal("1234.5000")}]


def test_a_parked_topic_is_unparked_first(store: Store) -> None:
    write(store.settings, PARKED, {"origin_topic": CASH_MOVEMENT.topic})
    with pytest.raises(TopicIsParked, match=r"transactions\.cash\.v1 is parked: .*unpark"):
        run(store, None)


def test_a_discarded_message_is_not_replayed_and_counts_as_quarantined(store: Store) -> None:
    decision = Decision("call-1", by="ada", why="a test of the source", at=AT)
    decisions.record(store.settings, [decision.row(origin(3), decisions.DISCARDED)])
    run(store, "plain_decimals", call="call-2")
    assert movements(store) == ["good"]
    assert is_closed(store)
    [account] = [each for each in ledger(store.settings, settled=True).accounts if each.n_landed]
    assert (account.n_accepted, account.n_duplicates, account.n_quarantined) == (1, 0, 5)
