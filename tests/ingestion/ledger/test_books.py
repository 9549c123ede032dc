"""What corrections and busts make of fills, by a plain loop."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ingestion.ledger.books import judge, settled_sessions, standing_fills
from lake.settings import Settings
from schemas.market import CORPORATE_ACTIONS
from schemas.operations import JOB_RUNS, TOUCHED_SESSIONS
from schemas.transactions import (
    CASH_DAILY,
    CASH_MOVEMENTS,
    CORRECTED_FILLS,
    CURRENCY_EXCHANGES,
    FILLS,
    POSITIONS_DAILY,
)
from tests.rows import rows
from tests.written import new_lake, write

WED, THU, FRI = (date(2022, 12, day) for day in (21, 22, 23))


def report(fill_id: str, kind: str = "fill", about: str | None = None, **more: Any) -> dict[str, Any]:
    return {
        "fill_id": fill_id,
        "report_type": kind,
        "corrects_fill_id": about,
        "price": 1,
        "fee_amount": 0,
        **more,
    }


@pytest.mark.parametrize(
    ("reports", "expected"),
    [
        pytest.param([report("a", quantity=10)], {"a": 10}, id="as it was reported"),
        pytest.param(
            [report("b", "correction", "a", quantity=7), report("a", quantity=10)], {"a": 7}, id="corrected"
        ),
        pytest.param([report("a"), report("b", "bust", "a")], {}, id="busted"),
        pytest.param(
            [
                report("a", quantity=10),
                report("b", "correction", "a", quantity=7, reported_at="2022-12-23T15:01:00Z"),
                report("c", "correction", "b", quantity=8, reported_at="2022-12-23T15:02:00Z"),
            ],
            {"a": 8},
            id="a correction of a correction",
        ),
        pytest.param(
            [
                report("a", quantity=10),
                report("c", "correction", "a", quantity=8, origin_offset=2),
                report("b", "correction", "a", quantity=7, origin_offset=3),
            ],
            {"a": 7},
            id="at the same instant, what came last",
        ),
        pytest.param([report("b", "correction", "a", quantity=7)], {}, id="about nothing"),
        pytest.param(
            [report("b", "correction", "c"), report("c", "correction", "b"), report("a", quantity=10)],
            {"a": 10},
            id="in a circle",
        ),
    ],
)
def test_what_stands(reports: list[dict[str, Any]], expected: dict[str, int]) -> None:
    found = standing_fills(rows(FILLS, *reports))
    assert {key[3]: values[0] for key, values in found.items()} == {
        fill: Decimal(quantity) for fill, quantity in expected.items()
    }


@pytest.fixture
def lake(tmp_path: Path) -> Settings:
    """Positions of three sessions, published when refine had made four batches; the fifth touched the second."""
    settings = new_lake(tmp_path)
    runs = [
        {
            "table_name": POSITIONS_DAILY.name,
            "session_date": day,
            "job_status": "published",
            "refine_batch": 4,
        }
        for day in (WED, THU, FRI)
    ]
    write(settings, JOB_RUNS, *runs)
    write(settings, TOUCHED_SESSIONS, {"table_name": FILLS.name, "session_date": THU, "refine_batch": 5})
    return settings


def test_a_session_is_not_judged_once_what_it_is_made_from_has_changed(lake: Settings) -> None:
    found = [
        list(settled_sessions(lake, POSITIONS_DAILY, made_from, has_opening, None))
        for made_from, has_opening in [((FILLS,), True), ((FILLS,), False), ((CASH_MOVEMENTS,), True)]
    ]
    assert found == [[WED], [WED, FRI], [WED, THU, FRI]]


def held(day: date, **quantities: str) -> list[dict[str, Any]]:
    return [
        {"session_date": day, "instrument_id": what, "position_quantity": quantity}
        for what, quantity in quantities.items()
    ]


def split(instrument_id: str, n_units: str, version: int = 1, status: str = "announced") -> dict[str, Any]:
    return {
        "instrument_id": instrument_id,
        "corporate_action_id": instrument_id,
        "corporate_action_type": "split",
        "new_units_per_unit": n_units,
        "corporate_action_version": version,
        "corporate_action_status": status,
        "ex_date": THU,
    }


def test_positions_are_split_on_the_ex_date(tmp_path: Path) -> None:
    settings = new_lake(tmp_path)
    published = [
        {"table_name": POSITIONS_DAILY.name, "session_date": day, "job_status": "published"}
        for day in (WED, THU, FRI)
    ]
    write(settings, JOB_RUNS, *published)
    # 10.5 at a third, to eight places, half-up; the split of `off` did not happen, that of `wrong` was not booked.
    bought = {"AAA": "10", "BBB": "10.5", "off": "7", "wrong": "7"}
    opened = held(WED, **bought)
    closed = [*held(THU, AAA="20", BBB="3.49999997", off="7", wrong="7")]
    kept = held(FRI, AAA="20", BBB="3.49999997", off="7", wrong="7")
    write(settings, POSITIONS_DAILY, *opened, *closed, *kept)
    fills = [
        {"session_date": WED, "fill_id": what, "instrument_id": what, "side": "buy", "quantity": quantity}
        for what, quantity in bought.items()
    ]
    write(settings, CORRECTED_FILLS, *fills)
    actions = [
        split("AAA", "3"),
        split("AAA", "2", version=2),
        split("BBB", "0.33333333"),
        split("wrong", "2"),
    ]
    actions += [split("off", "2"), split("off", "2", version=2, status="cancelled")]
    write(settings, CORPORATE_ACTIONS, *actions)
    [found] = judge(settings, None)
    assert found.proof == ("account-1 wrong 2022-12-22: -7.00000000",)


def test_what_is_exchanged_leaves_one_currency_and_comes_into_another(tmp_path: Path) -> None:
    settings = new_lake(tmp_path)
    published = [
        {"table_name": CASH_DAILY.name, "session_date": day, "job_status": "published"} for day in (WED, THU)
    ]
    write(settings, JOB_RUNS, *published)
    # Nothing says where the pounds come from.
    closing = ((WED, "USD", 2000), (THU, "USD", 898), (THU, "EUR", 1000), (THU, "GBP", 5))
    booked = [
        {"session_date": day, "currency_code": currency, "closing_cash_amount": amount}
        for day, currency, amount in closing
    ]
    write(settings, CASH_DAILY, *booked)
    write(settings, CASH_MOVEMENTS, {"session_date": WED, "cash_amount": 2000})
    exchange = {
        "session_date": THU, "sold_currency_code": "USD", "sold_amount": 1102, "bought_currency_code": "EUR",
        "bought_amount": 1000,
    }  # fmt: skip
    write(settings, CURRENCY_EXCHANGES, exchange)
    [found] = judge(settings, None)
    assert found.proof == ("account-1 GBP 2022-12-22: 5.0000",)
