from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from evaluation.known import Known, known
from evaluation.suitability import judge, told
from schemas.clients import ACCOUNTS
from schemas.market import INSTRUMENTS
from tests.rows import arrow_table

FRIDAY, MONDAY = date(2022, 12, 23), date(2022, 12, 27)
CLOSE = datetime(2022, 12, 23, 21, tzinfo=UTC)
BEFORE, AFTER = "2022-12-23T14:00:00Z", "2022-12-23T21:00:01Z"


def account(level: str | None, **other: Any) -> dict[str, Any]:
    return {
        "client_risk_level": level, "risk_level_expires_date": None if level is None else "2023-06-30",
        "effective_at": BEFORE, "recorded_at": BEFORE, **other,
    }  # fmt: skip


def product(level: str, **other: Any) -> dict[str, Any]:
    return {
        "product_risk_level": level, "is_tradable": True, "effective_date": "2022-12-01",
        "recorded_at": "2022-12-01T09:00:00Z", **other,
    }  # fmt: skip


def known_on_friday(accounts: list[dict[str, Any]], products: list[dict[str, Any]]) -> Known:
    return known(
        arrow_table(ACCOUNTS, *accounts).to_pandas(),
        arrow_table(INSTRUMENTS, *products).to_pandas(),
        FRIDAY,
        CLOSE,
    )


@pytest.mark.parametrize(
    ("accounts", "level"),
    [
        pytest.param([account("C3")], 3, id="assessed"),
        pytest.param([account("C1-lowest")], 1, id="the lowest"),
        pytest.param([account(None)], 1, id="unknown"),
        pytest.param([account("C5", risk_level_expires_date="2022-12-22")], 1, id="expired yesterday"),
        pytest.param([account("C5", risk_level_expires_date="2022-12-23")], 5, id="its last day"),
        pytest.param([account(None, client_type="professional")], 5, id="professional"),
        pytest.param(
            [account("C2", account_event_number=1), account("C4", account_event_number=2)], 4, id="newest"
        ),
        pytest.param([account("C2"), account("C4", effective_at=AFTER)], 2, id="not effective yet"),
        pytest.param([account("C2"), account("C4", recorded_at=AFTER)], 2, id="not recorded yet"),
        pytest.param(
            [account("C4"), account("C2", account_id="account-2")], 2, id="the strictest of two accounts"
        ),
    ],
)
def test_what_a_client_may_be_offered(accounts: list[dict[str, Any]], level: int) -> None:
    assert known_on_friday(accounts, [product("R1")]).client_levels == {"client-1": level}


def test_products_within_the_level_that_can_be_traded() -> None:
    found = known_on_friday(
        [account("C2")],
        [
            product("R2", instrument_id="calm", minimum_order_amount="100"),
            product("R3", instrument_id="lively"),
            product("R1", instrument_id="gone"),
            product("R1", instrument_id="gone", effective_date="2022-12-23", is_tradable=False),
            product("R1", instrument_id="coming", effective_date="2022-12-27"),
        ],
    )
    assert found.may_be_offered("client-1", Decimal(100)) == {"calm"}
    assert found.may_be_offered("client-1", Decimal("99.99")) == frozenset()
    assert found.may_be_offered("nobody", Decimal(100)) == frozenset()


def shown(*rows: tuple[date, str, str, int]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=["session_date", "client_id", "instrument_id", "revision"])


def known_at(day: date) -> Known:
    """The client's level expires over the weekend."""
    return Known(
        {"client-1": 3 if day == FRIDAY else 1}, {"calm": 1, "lively": 3, "wild": 4}, frozenset(), {}
    )


GOOD = shown(
    (FRIDAY, "client-1", "calm", 1), (FRIDAY, "client-1", "lively", 1), (MONDAY, "client-1", "calm", 1)
)


def test_nothing_unsuitable() -> None:
    result = judge(GOOD, known_at)
    assert (result.n_rows, result.n_sessions, result.unsuitable) == (3, 2, ())
    assert told(result).facts[0].holds


@pytest.mark.parametrize(
    ("row", "named"),
    [
        pytest.param((FRIDAY, "client-1", "wild", 1), "2022-12-23 client-1 wild revision 1", id="too high"),
        pytest.param(
            (FRIDAY, "client-1", "wild", 2), "2022-12-23 client-1 wild revision 2", id="second revision"
        ),
        pytest.param(
            (MONDAY, "client-1", "lively", 1), "2022-12-27 client-1 lively revision 1", id="expired"
        ),
        pytest.param(
            (FRIDAY, "client-9", "lively", 1), "2022-12-23 client-9 lively revision 1", id="no such client"
        ),
        pytest.param(
            (FRIDAY, "client-1", "ghost", 1), "2022-12-23 client-1 ghost revision 1", id="no such product"
        ),
    ],
)
def test_one_planted_row_is_seen(row: tuple[date, str, str, int], named: str) -> None:
    result = judge(pd.concat([GOOD, shown(row)]), known_at)
    assert result.unsuitable == (named,)
    assert not told(result).facts[0].holds


def test_no_rows_prove_nothing() -> None:
    assert not told(judge(shown(), known_at)).facts[0].holds
