"""Real servers on free ports, under a folder of their own: they never meet a running demo."""

from collections.abc import Iterator

import pytest

from infra.local import servers
from infra.local.server_profile import Ports, Profile


@pytest.fixture
def profile(tmp_path) -> Iterator[Profile]:
    """A profile with nothing running; whatever a test leaves is stopped."""
    fresh = Profile(root=tmp_path / "var", ports=Ports.free())
    yield fresh
    servers.stop(fresh)


@pytest.fixture(scope="module")
def live(tmp_path_factory) -> Iterator[Profile]:
    """Kafka and Flume, shared by the tests of one module."""
    fresh = Profile(root=tmp_path_factory.mktemp("live"), ports=Ports.free())
    with servers.running(fresh, ["kafka", "flume"]):
        yield fresh
