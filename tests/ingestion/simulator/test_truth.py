"""The truth is written apart and read back; leavers did leave."""

from decimal import Decimal
from pathlib import Path

from ingestion.simulator import SMALL, Truth
from tests.ingestion.simulator.recording import Recording, record


def test_written_and_read_back_it_is_the_same(recording: Recording, tmp_path: Path) -> None:
    recording.truth.write(tmp_path)
    assert Truth.read(tmp_path) == recording.truth


def test_counts_are_those_of_the_messages(recording: Recording) -> None:
    n_lines = sum(line.log == "web" for play in recording.plays for line in play.log_lines)
    assert sum(recording.truth.n_messages.values()) == len(recording.sent) + n_lines


def test_who_left_took_most_of_the_cash_away_on_that_session() -> None:
    played = record(SMALL)
    left = {each.client_id: each.left_date for each in played.truth.leavers if each.left_date}
    assert len(left) >= 3
    owner = {each["account_id"]: each["client_id"] for each in played.data("clients.accounts.v1")}
    taken: dict[tuple[str, str], Decimal] = {}
    for each in played.data("transactions.cash.v1"):
        if each["cash_movement_type"] == "withdrawal":
            key = (owner[each["account_id"]], each["session_date"])
            taken[key] = taken.get(key, Decimal(0)) - Decimal(each["cash_amount"])
    assert all((client, day) in taken for client, day in left.items())


def test_closed_means_that_an_account_event_says_so() -> None:
    played = record(SMALL)
    closed = {each.client_id for each in played.truth.leavers if each.how == "closed"}
    events = {
        each["client_id"]
        for each in played.data("clients.accounts.v1")
        if each["account_event_type"] == "closed"
    }
    assert closed == events
    assert closed
