"""The frame of the fault table: verdicts, the record that a run goes on from, and the page made of it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from deltalake import write_deltalake

from infra.local.server_profile import REPOSITORY
from lake.settings import Settings
from schemas.declaration import Table
from schemas.operations import BRONZE_EVENTS, DUPLICATES, QUARANTINE_EVENTS, TOUCHED_SESSIONS
from schemas.transactions import CASH_MOVEMENT, CASH_MOVEMENTS
from tests.faults import page, record, streaming, summary, table
from tests.faults.counting import count
from tests.faults.declared import FAULTS, chosen
from tests.faults.elsewhere import PROOFS, Proof
from tests.faults.fault import Fault, Outcome
from tests.faults.record import Tried
from tests.faults.sent import Message
from tests.ingestion.arriving import message
from tests.rows import arrow_table
from tests.written import new_lake, write

RECOVERED = Outcome(recovered_seconds=9.5)
REFUSED = Outcome(refused="it would not")


@pytest.mark.parametrize(
    ("outcome", "is_ok"),
    [
        (RECOVERED, True),
        (REFUSED, True),
        (Outcome(), False),
        (Outcome(refused=""), False),
        (Outcome(recovered_seconds=1, lost=1), False),
        (Outcome(recovered_seconds=1, doubled=1), False),
        (Outcome(recovered_seconds=1, money_difference=Decimal("-0.01")), False),
        (Outcome(recovered_seconds=1, fell_short=("it said nothing",)), False),
    ],
)
def test_the_verdict_on_a_trial(outcome: Outcome, is_ok: bool) -> None:
    assert outcome.is_ok is is_ok


def tried(name: str, seed: int, outcome: Outcome, code_version: str = "abc") -> Tried:
    return Tried(name, seed, outcome, code_version, datetime(2026, 11, 27, tzinfo=UTC), 12.5)


SHORT = Outcome(lost=2, money_difference=Decimal("-0.10"), recovered_seconds=30.5, fell_short=("why",))
TRIED = [
    tried("kill", 1, SHORT, "old"),
    tried("kill", 1, SHORT),
    tried("kill", 2, RECOVERED),
    tried("kill", 1, Outcome(recovered_seconds=10.5)),
    tried("cut", 1, REFUSED),
    tried("broken", 3, SHORT),
]


def test_the_record_gives_back_what_was_appended(tmp_path: Path) -> None:
    file = tmp_path / "new" / "trials.jsonl"
    assert record.read(file) == []
    for each in TRIED:
        record.append(file, each)
    assert record.read(file) == TRIED


def test_what_is_on_record_of_this_code_is_not_tried_again() -> None:
    assert sorted(record.already(TRIED, "abc")) == [("broken", 3), ("cut", 1), ("kill", 1), ("kill", 2)]
    assert sorted(record.already(TRIED, "old")) == [("kill", 1)]
    assert record.already([tried("kill", 1, RECOVERED, "abc-dirty")], "abc-dirty") == {}


def test_a_summary_holds_each_seed_of_the_last_version_once(tmp_path: Path) -> None:
    found = summary.summaries(TRIED)
    assert found["kill"].seeds == (1, 2)
    assert found["kill"].recovered_seconds == (10.5, 9.5)
    assert found["kill"].recovered == "10.0 / 10.5"
    assert found["kill"].bound == 1.0
    assert (found["broken"].failures, found["broken"].lost, found["broken"].money_difference) == (
        (3,),
        2,
        "0.10",
    )
    assert found["broken"].bound is None
    assert found["cut"].recovered == "refused, 1 of 1"
    summary.write(found, tmp_path / "reliability.json")
    assert summary.read(tmp_path / "reliability.json") == found


def test_the_bound_is_three_in_the_number_of_trials() -> None:
    found = summary.summaries([tried("kill", seed, RECOVERED) for seed in range(60)])
    assert found["kill"].bound == 0.05


def test_the_last_line_names_what_fell_short() -> None:
    found = summary.summaries(TRIED)
    assert table.verdict(found) == "faults: 1 fell short: broken"
    assert table.verdict({"kill": found["kill"]}) == "faults: ok"


def test_the_page_names_what_was_never_tried() -> None:
    faults = [Fault((1, 30), "kill", "streams", "It dies.", lambda _: RECOVERED)]
    text = page.page(faults, summary.summaries(TRIED))
    assert "| `kill` | 1, 30 | It dies. | 2 | 0 | 0 | 0 | 0.00 | 100% | 10.0 / 10.5 | `abc` |" in text
    assert "- 2: an executor or a Python worker is killed" in text
    assert "- 30:" not in text
    assert "Declared and not recorded yet: `kill`." in page.page(faults, {})


def test_the_page_tells_what_other_tests_prove_from_what_they_leave_open() -> None:
    whole = Proof(20, "both agree", ("tests/a.py::test_two",))
    part = Proof(30, "it says so", ("tests/b.py::test_late",), missing="a slow disk")
    text = page.page([], {}, [whole, part])
    proven, holes = text.split("## Open holes")
    assert "- 20: two schedulers. Tests show: both agree (`tests/a.py::test_two`)." in proven
    assert "- 20:" not in holes
    assert "- 30:" not in proven
    assert "Open is: a slow disk. Tests show: it says so (`tests/b.py::test_late`)." in holes
    assert "- 19: scheduler, worker or metadata database is killed\n" in holes


def test_each_test_that_proves_something_is_there() -> None:
    numbers = [each.number for each in PROOFS]
    assert len(set(numbers)) == len(numbers)
    for test in (name for each in PROOFS for name in each.tests):
        path, _, name = test.partition("::")
        assert re.search(rf"^def {name}\(", (REPOSITORY / path).read_text(), re.MULTILINE), test


@pytest.mark.parametrize(("number", "tests"), [(35, ("tests/a.py::test_b",)), (18, ())])
def test_a_proof_of_nothing_is_refused(number: int, tests: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=f"a proof of {number} is of a fault on the list"):
        Proof(number, "so", tests)


def test_faults_are_declared_once_and_found_by_group_and_name() -> None:
    names = [each.name for each in FAULTS]
    assert len(set(names)) == len(names)
    assert {each.group for each in chosen("lease")} == {"lease"}
    assert [each.name for each in chosen("second-driver")] == ["second-driver"]
    assert chosen("") == list(FAULTS)
    with pytest.raises(ValueError, match="no fault or group is called 'flood'; groups are streams"):
        chosen("flood")


@pytest.mark.parametrize("numbers", [(), (35,)])
def test_a_fault_that_is_not_on_the_list_is_refused(numbers: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="is not on the list of faults"):
        Fault(numbers, "kill", "streams", "It dies.", lambda _: RECOVERED)


# The count is checked: each of these lakes differs from what was sent in one way.

IN_WORDS = message(CASH_MOVEMENT, 1, {"cash_amount": "10.25"})
GOOD = Message(CASH_MOVEMENT, b"k", IN_WORDS, "e-1", "silver", Decimal("10.25"))
BAD = Message(CASH_MOVEMENT, b"k", b"bad", "e-2", "quarantine")
AGAIN = Message(CASH_MOVEMENT, b"k", b"again", "e-4", "duplicates")


def put(settings: Settings, home: Table, *cases: dict[str, object]) -> None:
    write_deltalake(settings.table_path(home.name), arrow_table(home, *cases), mode="append")


@pytest.fixture
def lake(tmp_path: Path) -> Settings:
    """What was sent, where it belongs."""
    settings = new_lake(tmp_path)
    topic = {"origin_topic": CASH_MOVEMENT.topic, "origin_partition": 0}
    put(settings, BRONZE_EVENTS, *[{**topic, "origin_offset": n, "raw": raw} for n, raw in enumerate((IN_WORDS, b"bad", b"again"))])  # fmt: skip
    put(settings, CASH_MOVEMENTS, {**topic, "origin_offset": 0, "event_id": "e-1", "cash_amount": "10.25"})
    put(settings, QUARANTINE_EVENTS, {**topic, "origin_offset": 1, "raw": b"bad"})
    put(settings, DUPLICATES, {**topic, "origin_offset": 2, "event_id": "e-4"})
    write(settings, TOUCHED_SESSIONS, {"table_name": CASH_MOVEMENTS.name})
    return settings


def counted(settings: Settings, *messages: Message) -> tuple[int, int, str, int]:
    found = count(settings, messages)
    return found.lost, found.doubled, f"{found.money_difference:.2f}", len(found.disagreements)


def test_a_lake_that_holds_what_was_sent(lake: Settings) -> None:
    assert counted(lake, GOOD, BAD, AGAIN) == (0, 0, "0.00", 0)


def test_a_message_that_is_nowhere_is_lost_from_bronze_and_from_its_home(lake: Settings) -> None:
    another = Message(CASH_MOVEMENT, b"k", b"more", "e-3", "silver", Decimal("0.05"))
    assert counted(lake, GOOD, BAD, AGAIN, another)[:3] == (2, 0, "-0.05")


def test_a_row_that_nothing_accounts_for_is_doubled(lake: Settings) -> None:
    put(lake, CASH_MOVEMENTS, {"origin_offset": 0, "event_id": "e-1", "cash_amount": "10.25"})
    assert counted(lake, GOOD, BAD, AGAIN)[:3] == (0, 1, "10.25")


def test_a_repetition_is_one_where_it_is_known_as_one_and_may_be(lake: Settings) -> None:
    topic = {"origin_topic": CASH_MOVEMENT.topic, "origin_partition": 0, "origin_offset": 3}
    put(lake, BRONZE_EVENTS, {**topic, "raw": IN_WORDS})
    line = replace(GOOD, may_repeat=True)
    assert counted(lake, line, BAD, AGAIN)[:2] == (1, 0), "bronze has it twice, and duplicates not at all"
    put(lake, DUPLICATES, {**topic, "event_id": "e-1"})
    assert counted(lake, line, BAD, AGAIN) == (0, 0, "0.00", 0)
    assert counted(lake, GOOD, BAD, AGAIN)[:2] == (0, 2), "what is sent once may be there once"


def test_two_errors_that_cancel_in_the_sum_are_both_seen(lake: Settings) -> None:
    other = Message(CASH_MOVEMENT, b"k", IN_WORDS, "e-9", "silver", Decimal("10.25"))
    assert counted(lake, other, BAD, AGAIN)[:3] == (1, 1, "0.00")


def test_a_session_of_which_nobody_is_told_is_a_disagreement(tmp_path: Path, lake: Settings) -> None:
    from tests.written import rewrite

    rewrite(lake, TOUCHED_SESSIONS)
    assert any(
        "no session of silver.cash_movements" in each
        for each in count(lake, [GOOD, BAD, AGAIN]).disagreements
    )


def test_silver_is_within_a_batch_until_the_batch_has_told_what_it_touched(tmp_path: Path) -> None:
    settings = new_lake(tmp_path)
    assert not streaming.is_within_a_batch(settings)
    write(settings, CASH_MOVEMENTS, {"refine_batch": 3})
    assert streaming.is_within_a_batch(settings)
    write(settings, TOUCHED_SESSIONS, {"table_name": CASH_MOVEMENTS.name, "refine_batch": 2})
    assert streaming.is_within_a_batch(settings)
    write(settings, TOUCHED_SESSIONS, {"table_name": CASH_MOVEMENTS.name, "refine_batch": 3})
    assert not streaming.is_within_a_batch(settings)
