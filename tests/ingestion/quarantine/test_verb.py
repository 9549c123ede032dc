"""`quarantine list`, `show` and `discard` over a lake of a few rows; no JVM runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingestion.__main__ import main
from lake.reader import query
from lake.settings import Settings
from schemas.behaviour import APP_EVENT
from schemas.operations import QUARANTINE_DECISIONS, QUARANTINE_EVENTS
from schemas.transactions import CASH_MOVEMENT
from tests.ingestion.arriving import message
from tests.written import new_lake, write

CASH, APP = CASH_MOVEMENT.topic, APP_EVENT.topic


def quarantined(offset: int, topic: str, code: str, subject: str, **more: object) -> dict[str, object]:
    return {
        "origin_topic": topic,
        "origin_partition": 0,
        "origin_offset": offset,
        "contract_id": f"brokerlake:{topic}",
        "reasons": [{"code": code, "subject": subject}],
        **more,
    }


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Three messages: a cash movement without its amount, one that is garbage, an app event with a wrong type."""
    settings = new_lake(tmp_path)
    app = message(APP_EVENT, 3, {"ip_address": "203.0.113.7"}, app_event_type="danced")
    write(
        settings,
        QUARANTINE_EVENTS,
        quarantined(0, CASH, "missing", "cash_amount", raw=message(CASH_MOVEMENT, 1, {}, cash_amount=None)),
        quarantined(
            1, CASH, "malformed", "raw", raw=b"\x1b[2Jgarbage\xff", received_at="2022-12-23T16:00:00Z"
        ),
        quarantined(0, APP, "not_allowed", "app_event_type", raw=app),
    )
    monkeypatch.setenv("BROKERLAKE_ROOT", str(settings.root))
    return settings


def listed(capsys: pytest.CaptureFixture[str], *arguments: str) -> set[str]:
    """The messages that `list` names."""
    assert main(["quarantine", "list", *arguments]) == 0
    words = capsys.readouterr().out.split()
    return {word for word in words if word.count("/") == 2}


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ((), {f"{CASH}/0/0", f"{CASH}/0/1", f"{APP}/0/0"}),
        (("--topic", CASH), {f"{CASH}/0/0", f"{CASH}/0/1"}),
        (("--reason", "missing", "--reason", "not_allowed"), {f"{CASH}/0/0", f"{APP}/0/0"}),
        (("--contract", f"brokerlake:{APP}"), {f"{APP}/0/0"}),
        (("--from", "2022-12-23T15:30:00Z"), {f"{CASH}/0/1"}),
        (("--to", "2022-12-23T15:30:00Z", "--topic", CASH), {f"{CASH}/0/0"}),
        ((f"{CASH}/0/1",), {f"{CASH}/0/1"}),
        (("--state", "discarded"), set()),
    ],
)
def test_what_is_listed(
    lake: Settings, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], found: set[str]
) -> None:
    assert listed(capsys, *arguments) == found


def test_a_cut_list_says_so(lake: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    main(["quarantine", "list", "--limit", "1"])
    assert capsys.readouterr().out.splitlines()[-1] == "the first 1 row; --limit N shows more, --limit 0 all"


def test_one_in_full(lake: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["quarantine", "show", f"{CASH}/0/0"]) == 0
    said = capsys.readouterr().out
    assert f"{CASH}/0/0, received at 2022-12-23 15:00:00.000000 UTC, open" in said
    assert 'data.currency_code: "USD"' in said
    assert (
        "  missing cash_amount: a required value is absent or empty (declared decimal(20,4))"
        in said.splitlines()
    )


def test_bytes_tell_a_terminal_nothing(lake: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["quarantine", "show", f"{CASH}/0/1"]) == 0
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert r"  \x1b[2Jgarbage\xff" in said.splitlines()
    assert "nothing can be decoded" in said


def test_decoded_personal_values_are_hidden(lake: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    main(["quarantine", "show", f"{APP}/0/0"])
    said = capsys.readouterr().out
    assert "  data.ip_address: (personal)" in said.splitlines()
    assert (
        "not_allowed app_event_type: a text is not in its list (declared string: app_event_type is one of"
        in said
    )


@pytest.mark.parametrize("state", ["discarded", "all"])
def test_a_discard_marks_and_deletes_nothing(
    lake: Settings, capsys: pytest.CaptureFixture[str], state: str
) -> None:
    discard = [
        "quarantine",
        "discard",
        "--topic",
        CASH,
        "--by",
        "ada",
        "--reason-text",
        "a test of the source",
    ]
    assert main(discard) == 0
    assert capsys.readouterr().out == "2 messages are discarded; they stay in quarantine.events\n"
    assert listed(capsys) == {f"{APP}/0/0"}
    assert {f"{CASH}/0/0", f"{CASH}/0/1"} <= listed(capsys, "--state", state)
    main(["quarantine", "show", f"{CASH}/0/0"])
    assert "by ada, discarded: a test of the source" in capsys.readouterr().out
    assert query(lake, f"SELECT count(*) AS n FROM {QUARANTINE_EVENTS.name}")["n"].to_pylist() == [3]
    assert main(discard) == 0
    assert query(lake, f"SELECT count(*) AS n FROM {QUARANTINE_DECISIONS.name}")["n"].to_pylist() == [2]


@pytest.mark.parametrize(("by", "why"), [(" ", "why"), ("ada", " ")])
def test_a_discard_needs_a_name_and_a_reason(
    lake: Settings, capsys: pytest.CaptureFixture[str], by: str, why: str
) -> None:
    assert main(["quarantine", "discard", "--by", by, "--reason-text", why]) == 2
    assert "nothing was discarded" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("show", f"{CASH}/0/7"), f"{CASH}/0/7 is not in quarantine"),
        (("replay", "--repair", "plain_decimal"), "did you mean plain_decimals"),
    ],
)
def test_what_does_not_exist_is_named(
    lake: Settings, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    assert main(["quarantine", *arguments]) == 2
    assert said in capsys.readouterr().err
