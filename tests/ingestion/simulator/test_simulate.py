"""The same seed gives the same bytes; what is sent is sound, in order and complete."""

import socket
from collections import Counter

import pytest

from ingestion.publishing.records import violations
from ingestion.simulator import TINY, SessionPlay, simulate
from schemas import catalog
from schemas.operations import SOURCES
from tests.ingestion.simulator.recording import Recording, record

CLOSES = "operations.session_closes.v1"


def all_bytes(recording: Recording) -> list[bytes]:
    return [part for play in recording.plays for part in _parts(play)]


def _parts(play: SessionPlay) -> list[bytes]:
    messages = (*play.messages, *play.closes_apart)
    return [
        *(m.topic.encode() + (m.key or b"") + m.value for m in messages),
        *(line.line for line in play.log_lines),
    ]


def test_same_seed_same_bytes(recording: Recording) -> None:
    assert all_bytes(record(TINY)) == all_bytes(recording)


def test_another_seed_plays_another_broker(recording: Recording) -> None:
    assert not set(recording.data("clients.accounts.v1")[0].values()) <= set(
        record(TINY, seed=8).data("clients.accounts.v1")[0].values()
    )


def test_needs_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the simulator opened a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert next(iter(simulate(TINY))).day is None


def test_every_accepted_record_keeps_its_declaration(recording: Recording) -> None:
    broken = [
        (each.topic, problem)
        for each in recording.clean
        for problem in violations(catalog.event(each.topic), each.envelope["data"])
        if not (each.topic == "transactions.orders.v1" and "2099" in each.raw.decode())
    ]
    assert broken == []


def test_sequences_have_no_gaps(recording: Recording) -> None:
    sequences: dict[str, list[int]] = {}
    repeated = {fault.raw_sha256 for fault in recording.truth.faults if fault.outcome == "duplicate"}
    seen: set[str] = set()
    spoiled = {f.raw_sha256 for f in recording.truth.faults if f.reasons in (("malformed",), ("altered",))}
    for each in recording.sent:
        if each.digest in spoiled or (each.digest in repeated and each.digest in seen):
            continue
        seen.add(each.digest)
        sequences.setdefault(each.envelope["source"], []).append(int(each.envelope["sequence"]))
    assert set(sequences) == {source.name for source in SOURCES if source.closes_sessions}
    for numbers in sequences.values():
        assert sorted(numbers) == list(range(1, len(numbers) + 1))


def test_each_source_ends_each_session_with_its_own_last_sequence(recording: Recording) -> None:
    closes = [each.envelope for each in recording.clean if each.topic == CLOSES]
    assert Counter(each["source"] for each in closes) == dict.fromkeys(
        (source.name for source in SOURCES if source.closes_sessions), TINY.n_sessions
    )
    assert all(each["data"]["closing_source_name"] == each["source"] for each in closes)
    assert all(each["data"]["last_sequence"] == int(each["sequence"]) for each in closes)


def test_nothing_of_a_session_follows_its_close_but_late_fills_and_later_reports(
    recording: Recording,
) -> None:
    closed: set[tuple[str, str]] = set()
    late: list[str] = []
    for each in recording.clean:
        envelope = each.envelope
        data, source = envelope["data"], envelope["source"]
        if each.topic == CLOSES:
            closed.add((source, data["session_date"]))
        elif (source, data.get("session_date", "")) in closed:
            late.append(data.get("report_type", each.topic))
    planted = Counter(fault.kind for fault in recording.truth.faults)
    assert late.count("fill") == planted["late_fill"]
    assert set(late) <= {"fill", "bust", "correction"}


def test_app_closes_wait_apart(recording: Recording) -> None:
    for play in recording.plays[1:]:
        assert [close.key for close in play.closes_of("app")] == [b"app"]
        assert play.closes_of("app") == play.closes_apart


def test_a_session_holds_only_what_happened_up_to_its_close(recording: Recording) -> None:
    for play in recording.plays[1:]:
        assert play.day is not None
        events = [line for line in play.log_lines if line.log == "app"]
        assert all(play.day.previous_close < line.at <= play.day.closes + 130_000_000 for line in events)


def test_tiny_is_tiny(recording: Recording) -> None:
    assert sum(recording.truth.n_messages.values()) < 12_000
