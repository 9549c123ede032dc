"""A tiny lake and a tiny truth, through the command: every question is asked of real tables."""

from __future__ import annotations

import json
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from evaluation.__main__ import main
from ingestion.simulator.truth import Fault, Leaver, Plant, StatementBreak, SuspectPrice, Taste, Truth
from lake.settings import Settings
from schemas import catalog
from tests.written import new_lake, write

FRIDAY, TUESDAY = date(2022, 12, 23), date(2022, 12, 27)
FILLS = "transactions.fills.v1"
BROKEN = b'{"price": "NaN"}'
TRUTH = Truth(
    size="tiny",
    seed=1,
    leavers=(Leaver("client-1", "2022-12-01", 1.0, "2022-12-27", "2022-12-28", None, "assets_moved_out"),),
    tastes=(Taste("client-1", (("calm", 2.0),)),),
    alerts=(Plant("R30", "2022-12-23", "client-1", "2022-12-23T15:00:00.000000Z", 5.0),),
    near_misses=(Plant("R30", "2022-12-23", "client-2", "2022-12-23T15:00:00.000000Z", 4.0, "one too few"),),
    faults=(
        Fault("not_finite", "2022-12-23", FILLS, "quarantined", ("not_finite",), sha256(BROKEN).hexdigest(), "v-1"),
        Fault("duplicate", "2022-12-23", FILLS, "duplicate", (), "00", "v-2"),
        Fault("late_fill", "2022-12-23", FILLS, "accepted", (), "11", "v-3"),
    ),
    statement_breaks=(StatementBreak("2022-12-23", "account-1", "USD", "cash_differs"),),
    suspect_prices=(SuspectPrice("2022-12-23", "wild", "1010.0000"),),
    n_messages={FILLS: 3},
)  # fmt: skip
RISK = {
    "portfolio_type": "book", "portfolio_id": "book", "method_name": "historical_simulation", "confidence_ratio": "0.95",
    "is_in_domain": True,
}  # fmt: skip
LEVELS = {"effective_at": "2022-12-01T15:00:00Z", "recorded_at": "2022-12-01T15:00:00Z"}
WINDOW = {"outcome_from_date": "2022-12-27", "outcome_to_date": "2022-12-30"}
OFFER = {"session_date": FRIDAY, "instrument_id": "calm", "rank": 1, "revision": 1}
SHOWN: dict[str, list[dict[str, Any]]] = {
    "bronze.events": [{"origin_topic": FILLS, "origin_offset": number} for number in range(3)],
    "quarantine.events": [
        {"origin_topic": FILLS, "raw": BROKEN, "reasons": [{"code": "not_finite", "subject": "price"}] * 2}
    ],
    "ops.duplicates": [{"origin_topic": FILLS, "event_id": "v-2"}],
    "silver.fills": [{"event_id": "v-3", "is_late": True}],
    "silver.statements": [{"session_date": FRIDAY}],
    "gold.statement_breaks_daily": [
        {"session_date": FRIDAY, "statement_item_id": "USD", "statement_break_name": "cash_differs",
         "booked_cash_amount": 1, "stated_cash_amount": 2}
    ],
    "gold.suspect_prices_daily": [{"session_date": FRIDAY, "instrument_id": "wild", "close_price": 1010}],
    "gold.alerts": [
        {"rule_id": "R30", "entity_id": "client-1", "window_started_at": "2022-12-23T15:00:00Z"}
    ],
    "gold.value_at_risk_daily": [
        {"session_date": FRIDAY, "value_at_risk_amount": 10, "expected_shortfall_amount": 12, **RISK}
    ],
    "gold.value_at_risk_backtests": [
        {"session_date": FRIDAY, "backtest_verdict": "not in the report", "portfolio_type": "book", "confidence_ratio": "0.99"},
        {"session_date": TUESDAY, "backtest_verdict": "rejected: 1 hits", "profit_type": "clean",
         **{name: RISK[name] for name in ("portfolio_type", "method_name", "confidence_ratio")}},
    ],
    "gold.churn_scores_daily": [
        {"session_date": FRIDAY, "client_id": "client-1", "churn_probability_ratio": 0.9},
        {"session_date": FRIDAY, "client_id": "client-2", "churn_probability_ratio": 0.2},
    ],
    "gold.churn_labels_daily": [
        {"session_date": FRIDAY, "client_id": "client-1", "has_left": True, **WINDOW},
        {"session_date": FRIDAY, "client_id": "client-2", "has_left": False, **WINDOW},
    ],
    "silver.accounts": [{"client_risk_level": "C2", "risk_level_expires_date": "2023-01-31", **LEVELS}],
    "silver.instruments": [
        {"instrument_id": name, "product_risk_level": level, "is_tradable": True, "minimum_order_amount": "100",
         "effective_date": "2022-12-01", "recorded_at": "2022-12-01T15:00:00Z"}
        for name, level in (("calm", "R2"), ("wild", "R5"))
    ],
    "gold.recommendations_daily": [OFFER],
    "gold.interactions_daily": [{"session_date": TUESDAY, "instrument_id": "calm"}],
    "silver.corrected_fills": [{"session_date": TUESDAY, "instrument_id": "calm", "side": "buy"}],
    "gold.positions_daily": [{"session_date": FRIDAY, "instrument_id": "wild"}],
    "gold.cash_daily": [{"session_date": FRIDAY, "closing_cash_amount": "1000"}],
}  # fmt: skip


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    settings = new_lake(tmp_path)
    for name, cases in SHOWN.items():
        write(settings, catalog.table(name), *cases)
    TRUTH.write(settings.root / "truth")
    monkeypatch.setenv("BROKERLAKE_ROOT", str(settings.root))
    monkeypatch.setenv("BROKERLAKE_LAKE", settings.lake)
    monkeypatch.setenv("BROKERLAKE_PARAMS", "small")
    monkeypatch.setenv("BROKERLAKE_REAL_DATA", str(tmp_path / "nowhere"))
    return settings


def test_everything_holds(lake: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    figures = {section["name"]: section["figures"] for section in found["sections"]}
    assert found["broken"] == []
    assert [kind["n_found"] for kind in figures["pipeline"]["kinds"]] == [1, 1, 1]
    assert [row["backtest_verdict"] for row in figures["risk"]["backtests"]] == ["rejected: 1 hits"]
    assert (figures["churn"]["n_samples"], figures["churn"]["n_agreed"]) == (2, 1)
    assert figures["suitability"] == {
        "n_rows": 1, "n_sessions": 1, "n_unsuitable": 0, "share_above_level_ratio": 0.0,
    }  # fmt: skip
    assert figures["recommendation"]["tastes"]["share"]["recommended"]["value"] == 1.0
    assert figures["published"] == {"skipped": True}


def test_people_read_tables_and_a_verdict(lake: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "evaluation: all 13 facts hold" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("table", "case", "sentence"),
    [
        pytest.param(
            "quarantine.events", {"origin_topic": FILLS, "origin_offset": 9},
            "pipeline: 1 messages were set aside for no planted reason", id="quarantine",
        ),
        pytest.param(
            "gold.alerts", {"rule_id": "R30", "entity_id": "client-2", "window_started_at": "2022-12-23T15:00:00Z"},
            "alerts: 0 of 1 near misses stayed silent", id="a near miss",
        ),
        pytest.param(
            "gold.value_at_risk_daily",
            {"value_at_risk_amount": 10, "expected_shortfall_amount": 9, **RISK, "revision": 2},
            "risk: expected shortfall is at least value at risk in 1 of 2 rows", id="shortfall",
        ),
        pytest.param(
            "gold.recommendations_daily", {**OFFER, "instrument_id": "wild", "revision": 2},
            "suitability: 1 of 2 recommendations in 1 sessions are above the client's level", id="unsuitable",
        ),
    ],
)  # fmt: skip
def test_one_planted_row_breaks_a_fact(
    lake: Settings, capsys: pytest.CaptureFixture[str], table: str, case: dict[str, Any], sentence: str
) -> None:
    write(lake, catalog.table(table), case)
    assert main(["--json"]) == 1
    assert sentence in json.loads(capsys.readouterr().out)["broken"]


def test_no_truth_is_one_sentence(lake: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    (lake.root / "truth" / "truth.json").unlink()
    assert main([]) == 2
    assert capsys.readouterr().err.startswith("there is no truth in ")
