"""The lakes of these tests have no broker."""

from __future__ import annotations

import pytest

from ingestion.ledger import broker_offsets


@pytest.fixture(autouse=True)
def no_wait_for_a_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker_offsets, "SECONDS_TO_CONNECT", 0.1)
