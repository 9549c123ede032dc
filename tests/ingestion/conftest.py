"""A real broker, shared by the tests of ingestion."""

from collections.abc import Iterator

import pytest

from tests.ingestion import broker


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a broker without topics; each test takes topics of its own."""
    with broker.running(tmp_path_factory.mktemp("kafka")) as brokers:
        yield brokers
