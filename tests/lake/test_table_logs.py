"""A log that is not whole is refused by whoever opens the table, and one that is being written or cleaned is whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from deltalake import DeltaTable

from lake import rows
from lake.__main__ import main
from lake.errors import LogError
from lake.reader import open_table, query
from lake.settings import Settings
from schemas.operations import BRONZE_EVENTS
from tests.rows import arrow_table
from tests.written import new_lake, write

N_COMMITS = 5


@pytest.fixture
def lake(tmp_path: Path) -> Settings:
    """Version 0 has no rows, each of the others has one."""
    settings = new_lake(tmp_path)
    for offset in range(N_COMMITS):
        write(settings, BRONZE_EVENTS, {"origin_offset": offset})
    return settings


def commit(lake: Settings, version: int) -> Path:
    return lake.root / "lake" / "bronze" / "events" / "_delta_log" / f"{version:020}.json"


def empty(path: Path) -> None:
    path.write_bytes(b"")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5])


@pytest.mark.parametrize(
    ("harm", "version", "what"),
    [
        (empty, 0, "is empty"),
        (empty, 3, "is empty"),
        (empty, N_COMMITS, "is empty"),
        (cut, 0, "is cut or overwritten"),
        (cut, 3, "is cut or overwritten"),
        (cut, N_COMMITS, "is cut or overwritten"),
        (Path.unlink, 0, "is missing"),
        (Path.unlink, 3, "is missing"),
    ],
)
def test_a_damaged_commit_is_named(
    lake: Settings, harm: Callable[[Path], None], version: int, what: str
) -> None:
    harm(commit(lake, version))
    sentence = rf"the log of bronze\.events is damaged at version {version} \(file://\S+/{version:020}\.json {what}\): put that file back"
    with pytest.raises(LogError, match=sentence):
        open_table(lake, BRONZE_EVENTS)
    with pytest.raises(LogError, match=sentence):
        query(lake, "SELECT origin_offset FROM bronze.events", for_service=True)


@pytest.mark.parametrize("sums", ["{:020}.crc", ".{:020}.json.crc"])
def test_what_lies_beside_a_last_commit_tells_that_it_is_gone(lake: Settings, sums: str) -> None:
    last = commit(lake, N_COMMITS)
    last.with_name(sums.format(N_COMMITS)).write_bytes(b"{}")
    last.unlink()
    with pytest.raises(LogError, match=rf"damaged at version {N_COMMITS} .* is missing"):
        open_table(lake, BRONZE_EVENTS)


@pytest.mark.parametrize("harm", [empty, Path.unlink])
def test_nothing_is_written_on_top(lake: Settings, harm: Callable[[Path], None]) -> None:
    harm(commit(lake, 3))
    with pytest.raises(LogError):
        rows.append(lake, BRONZE_EVENTS, arrow_table(BRONZE_EVENTS, {"origin_offset": 9}))
    assert not commit(lake, N_COMMITS + 1).exists()


def test_commits_that_a_checkpoint_stands_for_may_go(lake: Settings) -> None:
    DeltaTable(lake.table_path(BRONZE_EVENTS.name)).create_checkpoint()
    write(lake, BRONZE_EVENTS, {"origin_offset": N_COMMITS})
    for version in range(N_COMMITS):
        commit(lake, version).unlink()
    assert open_table(lake, BRONZE_EVENTS).version() == N_COMMITS + 1
    empty(commit(lake, N_COMMITS + 1))
    with pytest.raises(LogError, match=f"at version {N_COMMITS + 1} "):
        open_table(lake, BRONZE_EVENTS)


def test_a_commit_that_was_under_way_during_a_look_is_no_damage(
    lake: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lake import table_logs

    opened, sight = table_logs._opened, commit(lake, 3)
    aside = sight.with_name("aside")
    sight.rename(aside)

    def seen_at_the_second_look(address: str) -> object:
        found = opened(address)
        if looks.pop():
            aside.rename(sight)
        return found

    looks = [True, False]
    monkeypatch.setattr(table_logs, "_opened", seen_at_the_second_look)
    table_logs.refuse_damage(lake, BRONZE_EVENTS)
    assert not looks


def test_the_command_ends_with_one_sentence(
    lake: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    empty(commit(lake, 2))
    monkeypatch.setenv("BROKERLAKE_ROOT", str(lake.root))
    assert main(["compact", "--table", "bronze.events"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("the log of bronze.events is damaged at version 2 ")
    assert said.count("\n") == 1
