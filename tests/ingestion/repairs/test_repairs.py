"""What repairs mend, and what they leave alone."""

from __future__ import annotations

import json

import pytest

from ingestion.errors import UnknownRepair
from ingestion.repairs import REPAIRS, named
from lake.checksum import is_altered
from lake.envelope import json_values, wrap
from schemas.behaviour import WEB_ACCESS
from schemas.transactions import CASH_MOVEMENT
from tests.rows import rows


def message(**values: object) -> bytes:
    data = {**json_values(CASH_MOVEMENT, rows(CASH_MOVEMENT, {})[0]), **values}
    return wrap(CASH_MOVEMENT, data, source="test", sequence=1)


def mended(name: str, raw: bytes) -> dict[str, object] | None:
    found = named(name).mend(CASH_MOVEMENT.topic, raw)
    return None if found is None else json.loads(found)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2022-12-23T15:00:00", "2022-12-23T15:00:00Z"),
        ("2022-12-23 15:00:00.25", "2022-12-23T15:00:00.25Z"),
        ("2022-12-23T15:00:00Z", None),
        ("2022-12-23T15:00:00+01:00", None),
        ("yesterday", None),
        ("2022-12-23", None),
    ],
)
def test_instants_in_utc(written: str, meant: str | None) -> None:
    raw = message(booked_at=written)
    expected = {**json.loads(message(booked_at=meant)), "time": written}
    assert mended("instants_in_utc", raw) == (None if meant is None else expected)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1,234.50", "1234.50"),
        ("-1,234,567", "-1234567"),
        ("1.25000000", "1.2500"),
        ("12.00001", None),
        ("1,234", None),
        ("1.234,50", None),
        ("1,23.4", None),
        ("NaN", None),
        ("1.25", None),
    ],
)
def test_plain_decimals(written: str, meant: str | None) -> None:
    """A comma that may as well be a decimal point, and a digit beyond the declared places, are not ours to read."""
    raw = message(cash_amount=written)
    expected = json.loads(message(cash_amount=meant))
    assert mended("plain_decimals", raw) == (None if meant is None else expected)


@pytest.mark.parametrize("name", REPAIRS)
@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\xff\xfe", id="no text"),
        pytest.param(b'{"data": 1}', id="no record"),
        pytest.param(b"[" * 100_000, id="too deep"),
        pytest.param(
            b'{"data":{"cash_amount":"1,234.50","booked_at":"2022-12-23T15:00:00","a":1,"a":2}}',
            id="a name twice",
        ),
        pytest.param(
            b'{"data":{"cash_amount":"1,234.50","booked_at":"2022-12-23T15:00:00","a":0.1000000000000000055}}',
            id="a number that would change",
        ),
        pytest.param(
            b'{"data":{"cash_amount":"1,234.50","booked_at":"2022-12-23T15:00:00","a":NaN}}', id="no number"
        ),
    ],
)
def test_what_cannot_be_read_without_a_doubt_is_left_alone(name: str, raw: bytes) -> None:
    assert named(name).mend(CASH_MOVEMENT.topic, raw) is None


def test_raw_lines_are_left_alone() -> None:
    raw = message(cash_amount="1,234.50", booked_at="2022-12-23T15:00:00")
    assert [each.mend(WEB_ACCESS.topic, raw) for each in REPAIRS.values()] == [None] * len(REPAIRS)


def test_an_unknown_name_is_told_what_comes_close() -> None:
    with pytest.raises(UnknownRepair, match="no repair 'plain_decimal'; did you mean plain_decimals"):
        named("plain_decimal")


def test_what_is_mended_has_a_checksum_of_its_own() -> None:
    found = named("instants_in_utc").mend(CASH_MOVEMENT.topic, message(booked_at="2022-12-23T15:00:00"))
    assert found is not None
    assert not is_altered(found)


def test_an_altered_record_is_not_mended() -> None:
    """What its source said is not known, so a repair would make it look like something that was said."""
    raw = message(booked_at="2022-12-23T15:00:00").replace(b"15:00:00", b"16:00:00")
    assert is_altered(raw)
    assert named("instants_in_utc").mend(CASH_MOVEMENT.topic, raw) is None
