"""Positions of accounts at one session's end, put in order for numpy: who holds what, and who belongs together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from jobs.risk.session_moves import MovesOfSessions, SessionMoves
from models.risk.portfolios import Positions, positions_of
from models.risk.value_at_risk import Floats

BOOK = "book"
GROUPED_BY = ("client_type", "client_risk_level")
UNKNOWN = "unknown"
_HELD = ("account_id", "instrument_id", "market_value_amount")
UNITS = 10_000
"""Exact market values are whole numbers of so many parts of a currency unit: they add up in any order."""


@dataclass(frozen=True)
class Portfolios:
    """What is measured together, and what is summed over it. market_values: in UNITS."""

    types: list[str]
    ids: list[str]
    market_values: np.ndarray
    n_positions: np.ndarray
    n_missing: np.ndarray

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class SessionPositions:
    """What accounts hold at a session's end, accounts and instruments sorted, and the moves that it is revalued under.

    labels: of GROUPED_BY, what each account is, as known at the session. exact_values: accounts x instruments, in UNITS.
    """

    account_ids: list[str]
    labels: dict[str, list[str | None]]
    positions: Positions
    exact_values: sparse.csr_array
    under: SessionMoves

    @property
    def held_ids(self) -> list[str]:
        return self.under.exposures.held_ids

    @property
    def moves(self) -> Floats:
        """Instruments x scenarios."""
        return self.under.by_instrument

    @property
    def holds(self) -> sparse.csr_array:
        """Accounts x instruments, 1 where there is a position, also one that is worth nothing."""
        ones = np.ones(self.exact_values.nnz, dtype=np.int64)
        parts = (ones, self.exact_values.indices, self.exact_values.indptr)
        return sparse.csr_array(parts, shape=self.exact_values.shape)

    def accounts(self) -> Portfolios:
        """Each account by itself."""
        return Portfolios(
            ["account"] * len(self.account_ids),
            self.account_ids,
            self.exact_values.sum(axis=1),
            np.diff(self.positions.offsets),
            self.under.n_missing(self.holds),
        )

    def groups(self) -> dict[tuple[str, str], list[int]]:
        """The places of the accounts of each group that is not empty, groups sorted, and of the book, which is all."""
        found: dict[tuple[str, str], list[int]] = {}
        for name, labels in self.labels.items():
            for place, label in enumerate(labels):
                found.setdefault((name, label or UNKNOWN), []).append(place)
        return {**dict(sorted(found.items())), (BOOK, BOOK): list(range(len(self.account_ids)))}


def session_positions(session: date, rows: pa.Table, moves_of: MovesOfSessions) -> SessionPositions:
    """rows: as `held_positions` gives them, of one session and whole accounts."""
    held = rows.select(_HELD).filter(pc.is_valid(rows["instrument_id"]))
    account_ids, accounts = _numbered(held["account_id"])
    instrument_ids, instruments = _numbered(held["instrument_id"])
    values = held["market_value_amount"]
    whole = pc.multiply(values, pa.scalar(Decimal(UNITS))).cast(pa.int64()).to_numpy()
    shape = (len(account_ids), len(instrument_ids))
    return SessionPositions(
        account_ids=account_ids.to_pylist(),
        labels=_labels(rows, account_ids),
        positions=positions_of(accounts, instruments, values.cast(pa.float64()).to_numpy(), len(account_ids)),
        exact_values=sparse.coo_array((whole, (accounts, instruments)), shape=shape).tocsr(),
        under=moves_of.of(session, instrument_ids.to_pylist()),
    )


def members_matrix(members: Sequence[Sequence[int]], n_accounts: int) -> sparse.csr_array:
    """Groups x accounts, 1 where the account belongs to the group."""
    places = np.array([place for each in members for place in each], dtype=np.int64)
    offsets = np.cumsum([0, *[len(each) for each in members]])
    ones = np.ones(len(places), dtype=np.int64)
    return sparse.csr_array((ones, places, offsets), shape=(len(members), n_accounts))


def _numbered(names: pa.ChunkedArray) -> tuple[pa.Array, np.ndarray]:
    """The names, sorted, once each; and of each row the place of its name among them."""
    found = names.combine_chunks().dictionary_encode()
    order = pc.array_sort_indices(found.dictionary)
    place = np.empty(len(order), dtype=np.int64)
    place[order.to_numpy()] = np.arange(len(order))
    return found.dictionary.take(order), place[found.indices.to_numpy()]


def _labels(rows: pa.Table, account_ids: pa.Array) -> dict[str, list[str | None]]:
    """Rows without an instrument say what is known of their account."""
    known = rows.filter(pc.and_(pc.is_null(rows["instrument_id"]), pc.is_valid(rows["account_id"])))
    places = pc.index_in(account_ids, known["account_id"].combine_chunks())
    return {name: known[name].take(places).to_pylist() for name in GROUPED_BY}
