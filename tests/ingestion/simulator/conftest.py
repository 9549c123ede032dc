"""One tiny simulation for all tests of the simulator, and one without planted faults and abuse."""

import pytest

from ingestion.simulator import TINY
from tests.ingestion.simulator.recording import Recording, record


@pytest.fixture(scope="session")
def recording() -> Recording:
    return record(TINY)


@pytest.fixture(scope="session")
def honest_recording() -> Recording:
    return record(TINY, faults=False, abuse=False)
