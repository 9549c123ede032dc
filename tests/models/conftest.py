"""Where the real data lies for the tests of models; without it they are skipped, visibly."""

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def real_data() -> Path:
    folder = Path(os.environ.get("BROKERLAKE_REAL_DATA") or REPOSITORY / ".." / "shared" / "data").resolve()
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}; BROKERLAKE_REAL_DATA may say where else it lies")
    return folder
