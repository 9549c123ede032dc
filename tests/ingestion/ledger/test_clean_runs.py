"""Fifty brokers in whose lakes nothing is wrong: the ledger finds nothing, from the beginning or going on."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingestion.ledger.looks import NOTHING_BEFORE
from ingestion.ledger.reading import look
from tests.ingestion.ledger.consistent import broker

A_WEEK_LATER = datetime(2022, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize("seed", range(50))
def test_nothing_is_found(tmp_path: Path, seed: int) -> None:
    settings = broker(seed).write(tmp_path)
    seen = look(settings, True, NOTHING_BEFORE, A_WEEK_LATER)
    assert [str(each) for each in seen.ledger.differences] == []
    assert sum(each.n_accepted for each in seen.ledger.accounts) > 20
