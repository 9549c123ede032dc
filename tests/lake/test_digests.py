"""Digests: the same for the same rows, whatever their order and files; another for any other row."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lake.digests import digest, digests
from lake.errors import LakeError
from lake.reader import open_table
from lake.row_bytes import row_bytes
from lake.settings import Settings
from schemas import catalog
from schemas.declaration import Table
from tests.written import new_lake, rewrite, write

CASH = catalog.table("gold.cash_daily")
INSTRUMENTS = catalog.table("silver.instruments")
QUARANTINE = catalog.table("quarantine.events")
FILLS = catalog.table("silver.fills")
STOCK = {"instrument_id": "stock-1", "weight_ratio": "0.5"}
BOND = {"instrument_id": "bond-1", "weight_ratio": "0.5"}


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return new_lake(tmp_path_factory.mktemp("lake"))


def of(lake: Settings, table: Table, *cases: dict[str, object]) -> str:
    rewrite(lake, table, *cases)
    found = digest(lake, table)
    assert found.n_rows == len(cases)
    return found.sha256


@pytest.mark.parametrize("order", list(permutations((1, 2, 3))))
def test_order_and_files_do_not_matter(lake: Settings, order: tuple[int, int, int]) -> None:
    cases = [{"account_id": f"account-{number}"} for number in order]
    together = of(
        lake, CASH, {"account_id": "account-1"}, {"account_id": "account-2"}, {"account_id": "account-3"}
    )
    assert of(lake, CASH, *cases) == together
    rewrite(lake, CASH, cases[0])
    write(lake, CASH, cases[1])
    write(lake, CASH, cases[2])
    assert digest(lake, CASH).sha256 == together
    open_table(lake, CASH).optimize.compact()
    assert digest(lake, CASH).sha256 == together


@pytest.mark.parametrize(
    ("table", "one", "other"),
    [
        pytest.param(CASH, {"opening_cash_amount": "10.00"}, {"opening_cash_amount": "10.01"}, id="one cent"),
        pytest.param(
            CASH,
            {"opening_cash_amount": "1", "closing_cash_amount": "2"},
            {"opening_cash_amount": "2", "closing_cash_amount": "1"},
            id="columns swapped",
        ),
        pytest.param(FILLS, {"counterparty_id": None}, {"counterparty_id": ""}, id="null and empty"),
        pytest.param(
            FILLS,
            {"fill_id": "ab", "order_id": "c"},
            {"fill_id": "a", "order_id": "bc"},
            id="a shifted border",
        ),
        pytest.param(
            FILLS,
            {"executed_at": "2022-12-23T15:00:00.000001"},
            {"executed_at": "2022-12-23T15:00:00.000002"},
            id="a microsecond",
        ),
        pytest.param(FILLS, {"is_late": True}, {"is_late": False}, id="a flag"),
        pytest.param(FILLS, {"sequence": None}, {"sequence": 0}, id="null and zero"),
        pytest.param(
            INSTRUMENTS, {"basket": [STOCK, BOND]}, {"basket": [BOND, STOCK]}, id="order within a list"
        ),
        pytest.param(INSTRUMENTS, {"basket": []}, {"basket": None}, id="empty list and null"),
        pytest.param(INSTRUMENTS, {"basket": [STOCK]}, {"basket": [STOCK, STOCK]}, id="an element more"),
        pytest.param(QUARANTINE, {"raw": b""}, {"raw": None}, id="no bytes and null"),
        pytest.param(QUARANTINE, {"raw": b"a\x00b"}, {"raw": b"ab"}, id="a zero byte"),
        pytest.param(
            QUARANTINE,
            {"reasons": [{"code": "missing", "subject": "x"}]},
            {"reasons": [{"code": "missing", "subject": None}]},
            id="null inside a struct",
        ),
    ],
)
def test_another_value_is_another_digest(
    lake: Settings, table: Table, one: dict[str, object], other: dict[str, object]
) -> None:
    assert of(lake, table, one) != of(lake, table, other)


def test_a_row_twice_is_not_a_row_once(lake: Settings) -> None:
    assert of(lake, CASH, {}) != of(lake, CASH, {}, {})


def test_where_and_when_a_row_was_made_does_not_matter(lake: Settings) -> None:
    here = of(lake, FILLS, {"origin_offset": 1, "refine_batch": 1, "processed_at": "2022-12-23T15:00:00"})
    there = of(lake, FILLS, {"origin_offset": 9, "refine_batch": 4, "processed_at": "2023-01-01T00:00:00"})
    assert here == there


def test_tables_of_the_same_rows_but_other_columns_differ(lake: Settings) -> None:
    found = digests(lake, ["gold"])
    empty = [each.sha256 for each in found.values() if each.n_rows == 0]
    assert len(set(empty)) == len(empty) > 1


def test_a_table_that_was_never_made(tmp_path: Path) -> None:
    with pytest.raises(LakeError, match="never created"):
        digest(Settings.from_environment({"BROKERLAKE_ROOT": str(tmp_path)}), CASH)


def test_bytes_of_a_row_are_as_documented() -> None:
    table = pa.table({"text": ["ab", None], "count": pa.array([1, None], pa.int64())})
    length, one = (2).to_bytes(8, "little"), (1).to_bytes(8, "little")
    assert row_bytes(table).to_pylist() == [b"\x01" + length + b"ab" + b"\x01" + one, b"\x00\x00"]


LISTS = pa.list_(pa.struct([("text", pa.string()), ("bytes", pa.binary())]))
values = st.none() | st.lists(
    st.none()
    | st.fixed_dictionaries(
        {"text": st.none() | st.text(max_size=2), "bytes": st.none() | st.binary(max_size=2)}
    ),
    max_size=2,
)
rows_of = st.tuples(st.none() | st.text(max_size=2), values, st.none() | st.booleans())


@settings(max_examples=300)
@given(st.lists(rows_of, min_size=2, max_size=4), st.integers(0, 1))
def test_bytes_are_equal_exactly_when_rows_are(
    drawn: list[tuple[object, object, object]], skipped: int
) -> None:
    texts, lists, flags = zip(*drawn, strict=True)
    whole = pa.table(
        {"a": pa.array(texts, pa.string()), "b": pa.array(lists, LISTS), "c": pa.array(flags, pa.bool_())}
    )
    encoded = row_bytes(whole).to_pylist()
    assert row_bytes(whole.slice(skipped)).to_pylist() == encoded[skipped:]
    for i, one in enumerate(drawn):
        for j, other in enumerate(drawn):
            assert (encoded[i] == encoded[j]) == (one == other)
