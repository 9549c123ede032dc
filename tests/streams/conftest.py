"""A broker of their own for the tests of streams, which read the declared topics from their beginning."""

from collections.abc import Iterator

import pytest

from tests.ingestion import broker


@pytest.fixture(scope="module")
def brokers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a broker without topics."""
    with broker.running(tmp_path_factory.mktemp("kafka")) as address:
        yield address
