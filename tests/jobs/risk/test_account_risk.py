from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.risk.account_risk import AccountRisk
from jobs.risk.currency_history import CurrencyHistory
from jobs.risk.group_parts import PROFITS, Groups, added_up
from jobs.risk.price_history import PriceHistory
from jobs.risk.risk_rows import RiskRows
from jobs.risk.session_moves import MovesOfSessions
from models.risk.convention import Convention

DAYS = (date(2022, 12, 20), date(2022, 12, 21), date(2022, 12, 22))
# Moves of a: +10 %, -50 %; of b, whose first close is missing: none, +25 %.
CLOSES = np.array([[100, np.nan], [110, 40], [55, 50]])
# Account, its place, client's type, risk level, and what is held of a and b.
ACCOUNTS = (
    ("one", 1, "ordinary", "C1", {"a": "100.01", "b": "40"}),
    ("two", 2, "ordinary", None, {"a": "-100.01"}),
    ("three", 3, "professional", "C1", {"b": "0.0004"}),
    ("empty", 4, "professional", "C5", {}),
)
SCHEMA = pa.schema(
    [("session_date", pa.date32()), ("place", pa.int64()), ("account_id", pa.string()), ("instrument_id", pa.string())]
    + [("market_value_amount", pa.decimal128(20, 4)), ("currency_code", pa.string())]
    + [("client_type", pa.string()), ("client_risk_level", pa.string())]
)  # fmt: skip


def laid_out() -> pa.Table:
    found = [{"session_date": DAYS[-1], "place": 0}]
    for account_id, place, client_type, level, held in ACCOUNTS:
        of_account = {"session_date": DAYS[-1], "place": place, "account_id": account_id}
        found += [
            {
                **of_account,
                "instrument_id": name,
                "market_value_amount": Decimal(value),
                "currency_code": "USD",
            }
            for name, value in held.items()
        ]
        # Beside its positions, before or after them.
        found.append({**of_account, "client_type": client_type, "client_risk_level": level})
    return pa.Table.from_pylist(found, schema=SCHEMA)


def measured(rows_a_block: int) -> pa.Table:
    no_masters = pa.table(
        {"session_date": pa.array([], pa.date32()), "instrument_id": pa.array([], pa.string())}
    )
    moves_of = MovesOfSessions(PriceHistory(DAYS, ("a", "b"), CLOSES, CurrencyHistory("USD")), no_masters, 2)
    risk = AccountRisk(moves_of, RiskRows(Convention(window_sessions=2), "USD"), 2, rows_a_block)
    return pa.Table.from_batches(list(risk(iter(laid_out().to_batches(max_chunksize=1)))))


def groups(found: pa.Table) -> Groups:
    return added_up(found.filter(pc.is_valid(found[PROFITS])))


def test_parts_add_up_to_groups() -> None:
    found = groups(measured(100))
    names = list(zip(found.types, found.ids, strict=True))
    # An account that holds nothing is in no group.
    assert names == [
        ("book", "book"),
        ("client_risk_level", "C1"),
        ("client_risk_level", "unknown"),
        ("client_type", "ordinary"),
        ("client_type", "professional"),
    ]
    # In cents, halves to even: one gains 1000, then loses 5000.5 - 1000; two the contrary of its a; three nothing.
    assert found.profits.tolist() == [[0, 1000], [1000, -4000], [-1000, 5000], [0, 1000], [0, 0]]
    # In ten-thousandths of a currency unit, of a and b; positions that cancel are held all the same.
    assert found.held_ids == ["a", "b"]
    assert found.exact_values.tolist() == [
        [0, 400004],
        [1000100, 400004],
        [-1000100, 0],
        [0, 400000],
        [0, 4],
    ]
    assert (found.holds.toarray() != 0).astype(int).tolist() == [[1, 1], [1, 1], [1, 0], [1, 1], [0, 1]]
    assert found.n_positions.tolist() == [4, 3, 1, 3, 1]


def test_any_blocks_give_the_same() -> None:
    whole, one_by_one = measured(100), measured(1)
    rows = [found.filter(pc.is_null(found[PROFITS])).sort_by("portfolio_id") for found in (whole, one_by_one)]
    assert rows[0].num_rows == 3 * 3
    assert rows[0].equals(rows[1])
    assert one_by_one.num_rows > whole.num_rows
    for name in ("profits", "exact_values", "n_positions"):
        assert np.array_equal(getattr(groups(whole), name), getattr(groups(one_by_one), name))
