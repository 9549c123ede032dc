"""Who would break: in a checkout of two jobs and two rules, and in this one."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.consumers import consumers
from schemas.lineage import JobEntry, Lineage, RuleEntry, read_lineage
from schemas.transactions import FILL, ORDER

ROOT = Path(__file__).resolve().parents[2]
LINEAGE = Lineage(
    jobs=(
        JobEntry("corrected_fills", "silver.corrected_fills", ("silver.fills",), "Fills as they stand."),
        JobEntry("alerts", "gold.alerts", ("silver.alerts",), "Alerts."),
    ),
    rules=(RuleEntry("R02", "price_deviation", ORDER.topic), RuleEntry("R07", "order_rate", ORDER.topic)),
)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    sources = {
        "jobs/transactions/corrected_fills.py": "from jobs.transactions.chains import KEY\nX = ['reported_at']",
        "jobs/transactions/chains.py": "KEY = 'corrects_fill_id, fill_id'",
        "models/risk/rules/price_deviation.py": "SQL = 'limit_price > reference_price'",
        "models/risk/rules/order_rate.py": "COUNTS = ('new',)",
        "jobs/risk/watched_events.py": "from models.risk.rules import order_rate\nSHARED = ['account_id']",
    }
    for name, text in sources.items():
        tmp_path.joinpath(name).parent.mkdir(parents=True, exist_ok=True)
        tmp_path.joinpath(name).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("column", "found"),
    [
        pytest.param("reported_at", ["job corrected_fills"], id="named by the job"),
        pytest.param("corrects_fill_id", ["job corrected_fills"], id="named by what it imports"),
        pytest.param("quantity", ["job corrected_fills"], id="a column of the table that it writes"),
        pytest.param("liquidity_flag", [], id="named by nobody"),
        pytest.param("", ["job corrected_fills"], id="the event itself"),
    ],
)
def test_jobs(checkout: Path, column: str, found: list[str]) -> None:
    assert consumers(checkout, LINEAGE, FILL, column) == found


@pytest.mark.parametrize(
    ("column", "found"),
    [
        ("reference_price", ["rule R02 (price_deviation)"]),
        ("account_id", ["rule R02 (price_deviation)", "rule R07 (order_rate)"]),
        ("channel", []),
    ],
)
def test_rules(checkout: Path, column: str, found: list[str]) -> None:
    assert consumers(checkout, LINEAGE, ORDER, column) == found


def test_without_its_source_a_reader_counts(tmp_path: Path) -> None:
    assert consumers(tmp_path, LINEAGE, FILL, "liquidity_flag") == ["job corrected_fills"]


def test_in_this_repository() -> None:
    lineage = read_lineage(ROOT)
    assert consumers(ROOT, lineage, FILL, "corrects_fill_id") == ["job corrected_fills"]
    assert {rule.rule for rule in lineage.rules} == {"R02", "R07", "R20", "R21", "R23", "R30"}
    assert "rule R02 (price_deviation)" in consumers(ROOT, lineage, ORDER, "reference_price")
