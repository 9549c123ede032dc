"""A real broker on free ports, shared by the tests of ingestion: it never meets a running demo."""

from collections.abc import Iterator

import pytest

from infra.local import servers
from infra.local.server_profile import Ports, Profile


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a broker without topics; each test takes topics of its own."""
    profile = Profile(root=tmp_path_factory.mktemp("kafka"), ports=Ports.free())
    with servers.running(profile, ["kafka"]):
        yield profile.brokers
