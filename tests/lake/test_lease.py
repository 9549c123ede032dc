"""A renewed lease: refused while its holder is awake, taken over from one that is silent for too long."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from lake.errors import LeaseError
from lake.lease import is_held, lease, renewed_lease


def let_pass(folder: Path, seconds: float) -> None:
    """As if the holder had said nothing for so long."""
    then = time.time() - seconds
    os.utime(folder / "streams.holder", (then, then))


def test_who_is_awake_keeps_it(tmp_path: Path) -> None:
    with renewed_lease(tmp_path, "streams"):
        let_pass(tmp_path, 59)
        assert is_held(tmp_path, "streams")
        with (
            pytest.raises(LeaseError, match=rf"holds the lease 'streams' .*, process {os.getpid()}\)"),
            renewed_lease(tmp_path, "streams"),
        ):
            pass
    assert not is_held(tmp_path, "streams")


def test_who_is_silent_loses_it_and_cannot_give_it_away(tmp_path: Path) -> None:
    sleeping = renewed_lease(tmp_path, "streams")
    sleeping.__enter__()
    let_pass(tmp_path, 61)
    assert not is_held(tmp_path, "streams")
    with renewed_lease(tmp_path, "streams"):
        sleeping.__exit__(None, None, None)
        assert is_held(tmp_path, "streams")
        with pytest.raises(LeaseError), renewed_lease(tmp_path, "streams"):
            pass


def test_what_nobody_renews_does_not_expire(tmp_path: Path) -> None:
    with lease(tmp_path, "streams"):
        assert is_held(tmp_path, "streams")
        with pytest.raises(LeaseError), renewed_lease(tmp_path, "streams"):
            pass
