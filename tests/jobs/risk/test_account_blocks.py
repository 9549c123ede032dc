from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest

from jobs.risk.account_blocks import blocks

THU, FRI = date(2022, 12, 22), date(2022, 12, 23)
# Session, place of the account, rows that it has.
LAID_OUT = ((THU, 1, 2), (THU, 5, 3), (THU, 9, 1), (FRI, 11, 1), (FRI, 15, 4))


def rows() -> pa.Table:
    days = [day for day, _, n in LAID_OUT for _ in range(n)]
    places = [place for _, place, n in LAID_OUT for _ in range(n)]
    return pa.table({"session_date": days, "place": places, "row": list(range(len(days)))})


@pytest.mark.parametrize(
    ("rows_a_block", "expected"),
    [
        pytest.param(
            1,
            [(THU, [0, 1]), (THU, [2, 3, 4]), (THU, [5]), (FRI, [6]), (FRI, [7, 8, 9, 10])],
            id="an account is never cut",
        ),
        pytest.param(
            5,
            [(THU, [0, 1]), (THU, [2, 3, 4, 5]), (FRI, [6]), (FRI, [7, 8, 9, 10])],
            id="full once the fifth row is read, whose account may go on",
        ),
        pytest.param(
            100, [(THU, [0, 1, 2, 3, 4, 5]), (FRI, [6, 7, 8, 9, 10])], id="a block never spans two sessions"
        ),
    ],
)
def test_blocks_of_batches_of_one_row(rows_a_block: int, expected: list[tuple[date, list[int]]]) -> None:
    batches = iter(rows().to_batches(max_chunksize=1))
    assert [(day, of["row"].to_pylist()) for day, of in blocks(batches, rows_a_block)] == expected


@pytest.mark.parametrize("rows_a_batch", [1, 2, 3, 11])
def test_every_row_comes_once_whatever_the_batches(rows_a_batch: int) -> None:
    found = list(blocks(iter(rows().to_batches(max_chunksize=rows_a_batch)), 3))
    assert all(set(of["session_date"].to_pylist()) == {day} for day, of in found)
    assert [row for _, of in found for row in of["row"].to_pylist()] == list(range(11))


def test_no_rows_make_no_block() -> None:
    assert list(blocks(iter([]), 5)) == []
    assert list(blocks(iter([pa.RecordBatch.from_pylist([], schema=rows().schema)]), 5)) == []
