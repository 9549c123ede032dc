"""One Spark session for every test that needs one, and where the real data lies."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# How long an example takes depends on what else the machine does, and proves nothing. Airflow's environment draws none.
with suppress(ImportError):
    from hypothesis import settings

    settings.register_profile("untimed", deadline=None)
    settings.load_profile("untimed")
# Spark takes a process whose main module has no file for a doctest and ends it: that of one of several runners has none.
if not hasattr(main := sys.modules["__main__"], "__file__"):
    main.__file__ = __file__
# What it asserts is shown when it fails, as in a test's own module.
pytest.register_assert_rewrite("tests.acceptance.played")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object:
    from tests.side_by_side import Scheduling

    return Scheduling(config, log)


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """One for the whole run."""
    from tests.session import small_session

    session = small_session(tmp_path_factory.mktemp("spark"))
    yield session
    session.stop()


@pytest.fixture(scope="module", autouse=True)
def _small_heap() -> Iterator[None]:
    yield
    # Airflow's environment has no Spark, and most modules need none.
    if "pyspark.sql" in sys.modules:
        from pyspark.sql import SparkSession

        from tests.session import forget

        if (session := SparkSession.getActiveSession()) is not None:
            forget(session)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data beside the project; without it a test is skipped, visibly."""
    repository = Path(__file__).resolve().parents[1]
    folder = Path(os.environ.get("BROKERLAKE_REAL_DATA") or repository / ".." / "shared" / "data").resolve()
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}; BROKERLAKE_REAL_DATA may say where else it lies")
    return folder
