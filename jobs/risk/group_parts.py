"""What a block of accounts adds to each group and to the book: whole numbers, which add up exactly in any order.

A part is a row of value at risk in which only the portfolio, its number of positions and of scenarios are said, and three
lists beside it: profits under each scenario in whole cents, and what is held, by instrument.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import types as T
from scipy import sparse

from jobs.risk.risk_rows import COLUMNS, ROWS
from jobs.risk.session_moves import SessionMoves
from jobs.risk.session_positions import Portfolios
from lake.structs import struct_type

PROFITS, HELD_IDS, HELD_VALUES = "part_profits", "part_held_ids", "part_held_values"
_LISTS = {PROFITS: pa.list_(pa.int64()), HELD_IDS: pa.list_(pa.string()), HELD_VALUES: pa.list_(pa.int64())}
PARTS = pa.schema([*ROWS, *(pa.field(name, kind) for name, kind in _LISTS.items())])
PARTS_TYPE = (
    struct_type(COLUMNS)
    .add(PROFITS, T.ArrayType(T.LongType()))
    .add(HELD_IDS, T.ArrayType(T.StringType()))
    .add(HELD_VALUES, T.ArrayType(T.LongType()))
)


@dataclass(frozen=True)
class Groups:
    """Groups of accounts, or parts of them, at one session.

    profits: groups x scenarios, whole cents. held_ids: sorted. holds: groups x instruments, other than zero where
    an account of the group has a position. exact_values: groups x instruments, in UNITS. n_positions: of all accounts of the group.
    """

    types: list[str]
    ids: list[str]
    profits: np.ndarray
    held_ids: list[str]
    holds: sparse.csr_array
    exact_values: np.ndarray
    n_positions: np.ndarray

    def portfolios(self, under: SessionMoves) -> Portfolios:
        return Portfolios(
            self.types, self.ids, self.exact_values.sum(axis=1), self.n_positions, under.n_missing(self.holds)
        )


def with_no_part(rows: pa.Table) -> pa.Table:
    """Rows of accounts, in the columns of parts."""
    return _filled({field.name: rows[field.name] for field in ROWS}, rows.num_rows)


def as_parts(session: pa.Scalar, groups: Groups) -> pa.Table:
    n = len(groups.ids)
    held = sparse.csr_array(groups.holds)
    rows = np.repeat(np.arange(n), np.diff(held.indptr))
    names = pa.array(groups.held_ids, pa.string()).take(pa.array(held.indices))
    n_scenarios = groups.profits.shape[1]
    return _filled(
        {
            "session_date": pa.repeat(session, n),
            "portfolio_type": pa.array(groups.types),
            "portfolio_id": pa.array(groups.ids),
            "n_positions": pa.array(groups.n_positions),
            "n_scenarios": pa.repeat(n_scenarios, n),
            PROFITS: _lists(np.arange(n + 1) * n_scenarios, pa.array(groups.profits.ravel())),
            HELD_IDS: _lists(held.indptr, names),
            HELD_VALUES: _lists(held.indptr, pa.array(groups.exact_values[rows, held.indices])),
        },
        n,
    )


def added_up(parts: pa.Table) -> Groups:
    """The groups that parts of one session add up to, sorted."""
    keys = list(zip(parts["portfolio_type"].to_pylist(), parts["portfolio_id"].to_pylist(), strict=True))
    groups = sorted(set(keys))
    place = {key: number for number, key in enumerate(groups)}
    of_part = np.array([place[key] for key in keys])
    profits = np.zeros((len(groups), parts["n_scenarios"][0].as_py()), dtype=np.int64)
    np.add.at(profits, of_part, _flat(parts, PROFITS).to_numpy().reshape(len(keys), -1))
    held = _flat(parts, HELD_IDS)
    held_ids = sorted(set(held.to_pylist()))
    columns = pc.index_in(held, pa.array(held_ids, pa.string())).to_numpy()
    rows = np.repeat(of_part, pc.list_value_length(parts[HELD_IDS]).to_numpy())
    values = np.zeros((len(groups), len(held_ids)), dtype=np.int64)
    np.add.at(values, (rows, columns), _flat(parts, HELD_VALUES).to_numpy())
    n_positions = np.zeros(len(groups), dtype=np.int64)
    np.add.at(n_positions, of_part, parts["n_positions"].to_numpy())
    types, ids = ([key[side] for key in groups] for side in (0, 1))
    holds = sparse.coo_array((np.ones(len(rows), dtype=np.int64), (rows, columns)), shape=values.shape)
    return Groups(types, ids, profits, held_ids, holds.tocsr(), values, n_positions)


def _flat(parts: pa.Table, name: str) -> pa.Array:
    return parts[name].combine_chunks().flatten()


def _lists(offsets: np.ndarray, values: pa.Array) -> pa.ListArray:
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), values)


def _filled(columns: dict[str, pa.Array], n_rows: int) -> pa.Table:
    """All columns of parts, null where none is given."""
    return pa.table(
        [
            columns[field.name].cast(field.type) if field.name in columns else pa.nulls(n_rows, field.type)
            for field in PARTS
        ],
        schema=PARTS,
    )
